import type { NumberLine } from '../alternatives/number-line.ts';

/** Numbers near all bounds, some between and beyond. Not all are on the line. */
export function sampleNumbers(...lines: readonly NumberLine[]): readonly number[] {
  const bounds = lines
    .flatMap(({ lower, upper }) => [lower.value, upper.value])
    .filter((value) => Number.isFinite(value));
  const steps = [1, 0.5, ...lines.flatMap(({ multiples }) => multiples)];
  const near = [...new Set([...bounds, 0])].flatMap((bound) => [
    bound,
    ...steps.flatMap((step) => [
      bound - step,
      bound + step,
      Math.ceil(bound / step) * step,
      Math.floor(bound / step) * step,
    ]),
  ]);
  const middle = bounds.flatMap((one) => bounds.map((other) => (one + other) / 2));
  const multiples = steps.flatMap((step) => [step, 2 * step, 3 * step, 7 * step, -step, 101 * step]);
  const all = [...near, ...middle, ...multiples, 1e6 + 0.25, -1e6];
  return [...new Set(all.map((value) => value + 0).filter((value) => Number.isFinite(value)))];
}
