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

/** The first multiple of a whole number within a bound. */
function wholeBound({ value, exclusive }: Bound, step: number, direction: 1 | -1): Bound {
  const rounded = (direction > 0 ? Math.ceil(value / step) : Math.floor(value / step)) * step;
  // Avoids -0, which equals 0 but is written differently.
  return {
    value: (exclusive && rounded === value ? rounded + direction * step : rounded) + 0,
    exclusive: false,
  };
}

/** Whether it is proven that no number is on the line. */
export function isEmptyLine({ lower, upper }: NumberLine): boolean {
  return lower.value > upper.value || (lower.value === upper.value && (lower.exclusive || upper.exclusive));
}

/** All numbers of the line, where it is a short range of whole numbers; otherwise undefined. */
export function listOf({ lower, upper, multiples }: NumberLine): readonly number[] | undefined {
  if (!multiples.includes(1) || !(upper.value - lower.value < MAX_LIST_LENGTH)) return undefined;
  if (!Number.isSafeInteger(lower.value) || !Number.isSafeInteger(upper.value)) return undefined;
  const list: number[] = [];
  for (let value = lower.value; value <= upper.value; value += 1) list.push(value);
  return list;
}
