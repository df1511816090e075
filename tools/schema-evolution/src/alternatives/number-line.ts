import type { NumberShape } from './shapes.ts';

/** One bound of a range of numbers. */
export interface Bound {
  readonly value: number;
  /** Whether the value itself is outside the range. */
  readonly exclusive: boolean;
}

/** The numbers between two bounds that are multiples of all the given ones. */
export interface NumberLine {
  readonly lower: Bound;
  readonly upper: Bound;
  readonly multiples: readonly number[];
}

/** Ranges of whole numbers up to this size are handled as lists. */
const MAX_LIST_LENGTH = 64;

/** The tightest bounds of a shape. Those of whole numbers are whole numbers themselves. */
export function numberLineOf({ bounds, multiples }: NumberShape): NumberLine {
  let lower: Bound = { value: Number.NEGATIVE_INFINITY, exclusive: false };
  let upper: Bound = { value: Number.POSITIVE_INFINITY, exclusive: false };
  for (const { side, value, exclusive } of bounds) {
    if (side === 'lower' && (value > lower.value || (value === lower.value && exclusive))) {
      lower = { value, exclusive };
    }
    if (side === 'upper' && (value < upper.value || (value === upper.value && exclusive))) {
      upper = { value, exclusive };
    }
  }
  const known = [...new Set(multiples)];
  if (known.some(Number.isInteger)) {
    if (!known.includes(1)) known.push(1);
    const step = Math.max(...known.filter(Number.isInteger));
    if (Number.isFinite(lower.value)) lower = wholeBound(lower, step, 1);
    if (Number.isFinite(upper.value)) upper = wholeBound(upper, step, -1);
  }
  return { lower, upper, multiples: known };
}

/**
 * The first multiple of a whole number within a bound. It is computed in exact integers. The bound stays as it is where the
 * multiple is beyond the integers that a double holds exactly.
 */
function wholeBound(bound: Bound, step: number, direction: 1 | -1): Bound {
  const sign = BigInt(direction);
  // In the direction of the range, so that a lower and an upper bound are rounded up alike.
  const start = sign * BigInt(direction > 0 ? Math.ceil(bound.value) : Math.floor(bound.value));
  const remainder = start % BigInt(step);
  let first = start - remainder + (remainder > 0n ? BigInt(step) : 0n);
  if (bound.exclusive && Number(sign * first) === bound.value) first += BigInt(step);
  const value = Number(sign * first);
  return Number.isSafeInteger(value) ? { value, exclusive: false } : bound;
}

/** Whether it is proven that no number is on the line. */
export function isEmptyLine({ lower, upper }: NumberLine): boolean {
  return lower.value > upper.value || (lower.value === upper.value && (lower.exclusive || upper.exclusive));
}

/**
 * All numbers that may be on the line, where it is one point or a short range of whole numbers; otherwise undefined. The
 * caller checks them.
 */
export function listOf({ lower, upper, multiples }: NumberLine): readonly number[] | undefined {
  if (lower.value === upper.value) return [lower.value];
  if (!multiples.includes(1) || !(upper.value - lower.value < MAX_LIST_LENGTH)) return undefined;
  if (!Number.isSafeInteger(lower.value) || !Number.isSafeInteger(upper.value)) return undefined;
  const list: number[] = [];
  for (let value = lower.value; value <= upper.value; value += 1) list.push(value);
  return list;
}
