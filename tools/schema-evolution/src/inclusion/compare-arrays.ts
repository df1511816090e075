import type { ArrayAlternative } from '../alternatives/alternative.ts';
import { ArrayItems } from '../alternatives/array-items.ts';
import { type Difference, withCandidates } from './difference.ts';
import type { InnerComparison } from './inner-comparison.ts';
import { pointerOfKeyword } from './schema-pointers.ts';

/** Limits the items of a sample that shows a broken `maxContains`. */
const MAX_CONTAINED = 50;

/** Compares two alternatives for arrays. */
export function compareArrays(
  comparison: InnerComparison,
  sent: ArrayAlternative,
  read: ArrayAlternative,
  depth: number,
): readonly Difference[] {
  const pair = new ArrayPair(comparison, sent, read, depth);
  return [
    ...compareLengths(pair),
    ...compareItems(pair),
    ...compareUniqueness(pair),
    ...pair.to.contains.flatMap((condition) => [...compareContains(pair, condition)]),
  ];
}

/** The two alternatives, with the ways to show and report a difference between them. */
class ArrayPair {
  readonly comparison: InnerComparison;
  readonly from: ArrayItems;
  readonly to: ArrayItems;
  readonly depth: number;
  readonly #read: ArrayAlternative;

  constructor(comparison: InnerComparison, sent: ArrayAlternative, read: ArrayAlternative, depth: number) {
    const isEmpty = comparison.isEmpty.bind(comparison);
    this.comparison = comparison;
    this.from = new ArrayItems(sent, isEmpty);
    this.to = new ArrayItems(read, isEmpty);
    this.depth = depth;
    this.#read = read;
  }

  /** Arrays of the writer's side. */
  arrays(lengths: readonly number[], given?: Iterable<readonly [number, unknown]>): readonly unknown[] {
    return this.comparison.sampler.arrays(this.from, this.depth, {
      lengths,
      ...(given !== undefined && { given: new Map(given) }),
    });
  }

  difference(keyword: string, message: string, candidates: () => readonly unknown[]): Difference {
    const pointer = pointerOfKeyword(this.comparison.space, this.#read, keyword);
    return { kind: 'items', pointer, message, candidates };
  }
}

function* compareLengths(pair: ArrayPair): Generator<Difference> {
  const { from, to } = pair;
  const minItems = Math.max(0, ...to.clauses.map((clause) => clause.minItems));
  if (from.minItems < minItems) {
    const candidates = () => pair.arrays([from.minItems, minItems - 1]);
    yield pair.difference('minItems', `must have at least ${minItems} items`, candidates);
  }
  const maxItems = Math.min(Number.POSITIVE_INFINITY, ...to.clauses.map((clause) => clause.maxItems));
  if (from.maxItems > maxItems) {
    const candidates = () => pair.arrays([maxItems + 1]);
    yield pair.difference('maxItems', `must have at most ${maxItems} items`, candidates);
  }
}

function* compareItems(pair: ArrayPair): Generator<Difference> {
  const { comparison, from, to, depth } = pair;
  // Compares item by item up to the longer prefix. Behind it, all items are alike on both sides.
  const last = Math.min(from.maxItems - 1, Math.max(from.prefixLength, to.prefixLength));
  for (let index = 0; index <= last; index += 1) {
    for (const difference of comparison.compare(from.itemAt(index), to.itemAt(index), depth + 1)) {
      yield withCandidates(difference, (items) =>
        items.flatMap((item) => pair.arrays([index + 1, from.minItems], [[index, item]])),
      );
    }
  }
}

function* compareUniqueness(pair: ArrayPair): Generator<Difference> {
  const { comparison, from, to, depth } = pair;
  if (!to.unique || from.unique || from.maxItems <= 1) return;
  const twice = (item: unknown): readonly unknown[] =>
    pair.arrays(
      [2, from.minItems],
      [
        [0, item],
        [1, item],
      ],
    );
  yield pair.difference('uniqueItems', 'must not hold the same item twice', () =>
    [0, 1].flatMap((index) => comparison.sampler.samples(from.itemAt(index), depth + 1)).flatMap(twice),
  );
}

function* compareContains(
  pair: ArrayPair,
  { schema, min, max }: ArrayItems['contains'][number],
): Generator<Difference> {
  const { comparison, from, depth } = pair;
  const all = from.schemas.every((item) => comparison.compare(item, schema, depth + 1).length === 0);
  const hasEnough = from.contains.some(
    (own) => own.min >= min && comparison.compare(own.schema, schema, depth + 1).length === 0,
  );
  if (min > 0 && !hasEnough && !(all && from.minItems >= min)) {
    yield pair.difference('contains', `must hold an item of a kind at least ${min} times`, () =>
      pair.arrays([0, 1, from.minItems]),
    );
  }
  const isBounded = from.contains.some(
    (own) => own.max <= max && comparison.compare(schema, own.schema, depth + 1).length === 0,
  );
  if (Number.isFinite(max) && from.maxItems > max && !isBounded) {
    const full = (item: unknown): readonly unknown[] => {
      const length = Math.min(max + 1, MAX_CONTAINED);
      return pair.arrays(
        [max + 1],
        Array.from({ length }, (_none, index) => [index, item] as const),
      );
    };
    yield pair.difference('maxContains', `must hold an item of a kind at most ${max} times`, () =>
      comparison.sampler.samples(schema, depth + 1).flatMap(full),
    );
  }
}
