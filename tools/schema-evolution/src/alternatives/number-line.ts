import type { NumberShape } from './shapes.ts';

/** One end of a range of numbers. */
interface End {
  readonly value: number;
  /** Whether the value itself is out of bounds. */
  readonly exclusive: boolean;
}

/** Numbers between two ends that are multiples of all the given ones. */
export interface NumberLine {
  readonly least: End;
  readonly greatest: End;
  readonly multiples: readonly number[];
}

/** Ranges of whole numbers up to this size are taken as lists. */
const MAX_LIST_LENGTH = 64;

/** The tightest ends; of whole numbers, ends that are whole numbers themselves. */
export function numberLineOf({ bounds, multiples }: NumberShape): NumberLine {
  let least: End = { value: Number.NEGATIVE_INFINITY, exclusive: false };
  let greatest: End = { value: Number.POSITIVE_INFINITY, exclusive: false };
  for (const { side, value, exclusive } of bounds) {
    if (side === 'least' && (value > least.value || (value === least.value && exclusive))) {
      least = { value, exclusive };
    }
    if (side === 'greatest' && (value < greatest.value || (value === greatest.value && exclusive))) {
      greatest = { value, exclusive };
    }
  }
  const known = [...new Set(multiples)];
  if (known.some(Number.isInteger)) {
    if (!known.includes(1)) known.push(1);
    const step = Math.max(...known.filter(Number.isInteger));
    if (Number.isFinite(least.value)) least = wholeEnd(least, step, 1);
    if (Number.isFinite(greatest.value)) greatest = wholeEnd(greatest, step, -1);
  }
  return { least, greatest, multiples: known };
}

/** The first multiple of a whole number within an end. */
function wholeEnd({ value, exclusive }: End, step: number, direction: 1 | -1): End {
  const rounded = (direction > 0 ? Math.ceil(value / step) : Math.floor(value / step)) * step;
  // Avoids -0, which is no other number but looks like one.
  return {
    value: (exclusive && rounded === value ? rounded + direction * step : rounded) + 0,
    exclusive: false,
  };
}

/** Whether no number is on the line, for certain. */
export function isEmptyLine({ least, greatest }: NumberLine): boolean {
  return (
    least.value > greatest.value ||
    (least.value === greatest.value && (least.exclusive || greatest.exclusive))
  );
}

/** All numbers of the line, where it is a short range of whole numbers. */
export function listOf(line: NumberLine): readonly number[] | undefined {
  const { least, greatest, multiples } = line;
  if (!multiples.includes(1) || !(greatest.value - least.value < MAX_LIST_LENGTH)) return undefined;
  if (!Number.isSafeInteger(least.value) || !Number.isSafeInteger(greatest.value)) return undefined;
  const list: number[] = [];
  for (let value = least.value; value <= greatest.value; value += 1) list.push(value);
  return list;
}

/** Numbers near all ends, some between and beyond. Not all are on the line. */
export function sampleNumbers(...lines: readonly NumberLine[]): readonly number[] {
  const ends = lines
    .flatMap(({ least, greatest }) => [least.value, greatest.value])
    .filter((value) => Number.isFinite(value));
  const steps = [1, 0.5, ...lines.flatMap(({ multiples }) => multiples)];
  const near = [...new Set([...ends, 0])].flatMap((end) => [
    end,
    ...steps.flatMap((step) => [
      end - step,
      end + step,
      Math.ceil(end / step) * step,
      Math.floor(end / step) * step,
    ]),
  ]);
  const middle = ends.flatMap((one) => ends.map((other) => (one + other) / 2));
  const multiples = steps.flatMap((step) => [step, 2 * step, 3 * step, 7 * step, -step, 101 * step]);
  const all = [...near, ...middle, ...multiples, 1e6 + 0.25, -1e6];
  return [...new Set(all.map((value) => value + 0).filter((value) => Number.isFinite(value)))];
}
