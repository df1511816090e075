import type { Steps } from '../store/steps.ts';

/** Runs of this length are sorted at once. */
const RUN_LENGTH = 512;
const MERGED_PER_STEP = 512;

/** Sorts a list in parts: a merge sort, stable. */
export function* sortInSteps<T>(list: readonly T[], compare: (left: T, right: T) => number): Steps<T[]> {
  let runs: T[][] = [];
  for (let from = 0; from < list.length; from += RUN_LENGTH) {
    runs.push(list.slice(from, from + RUN_LENGTH).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const next: T[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      next.push(yield* merge(runs[index] ?? [], runs[index + 1] ?? [], compare));
    }
    runs = next;
  }
  return runs[0] ?? [];
}

function* merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (left: T, right: T) => number,
): Steps<T[]> {
  const merged: T[] = [];
  let [fromLeft, fromRight] = [0, 0];
  while (merged.length < left.length + right.length) {
    const isLeftNext =
      fromRight >= right.length ||
      (fromLeft < left.length && compare(left[fromLeft] as T, right[fromRight] as T) <= 0);
    merged.push((isLeftNext ? left[fromLeft++] : right[fromRight++]) as T);
    if (merged.length % MERGED_PER_STEP === 0) yield;
  }
  return merged;
}
