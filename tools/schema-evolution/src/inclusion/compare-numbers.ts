import type { NumberAlternative } from '../alternatives/alternative.ts';
import { type Bound, numberLineOf } from '../alternatives/number-line.ts';
import { sampleNumbers } from '../samples/sample-numbers.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';
import type { Difference } from './difference.ts';
import { pointerOfKeyword } from './schema-pointers.ts';

/** Compares two alternatives for numbers. */
export function compareNumbers(
  space: SchemaSpace,
  sent: NumberAlternative,
  read: NumberAlternative,
): readonly Difference[] {
  const from = numberLineOf(sent.shape);
  const to = numberLineOf(read.shape);
  const candidates = (): readonly unknown[] => sampleNumbers(from, to);
  const differences: Difference[] = [];
  const report = (keywords: readonly string[], message: string): void => {
    const pointer = pointerOfKeyword(space, read, ...keywords);
    differences.push({ kind: 'number', pointer, message, candidates });
  };
  if (from.lower.value < to.lower.value || isTighter(to.lower, from.lower)) {
    const words = to.lower.exclusive ? 'more than' : 'at least';
    report(['minimum', 'exclusiveMinimum'], `must be ${words} ${to.lower.value}`);
  }
  if (from.upper.value > to.upper.value || isTighter(to.upper, from.upper)) {
    const words = to.upper.exclusive ? 'less than' : 'at most';
    report(['maximum', 'exclusiveMaximum'], `must be ${words} ${to.upper.value}`);
  }
  for (const multiple of to.multiples) {
    if (from.multiples.some((own) => isMultiple(own, multiple))) continue;
    report(
      multiple === 1 ? ['type', 'multipleOf', 'format'] : ['multipleOf'],
      multiple === 1 ? 'must be a whole number' : `must be a multiple of ${multiple}`,
    );
  }
  return differences;
}

/** Whether a bound at the same value excludes the value and the other does not. */
function isTighter(bound: Bound, other: Bound): boolean {
  return bound.value === other.value && bound.exclusive && !other.exclusive;
}

/**
 * Whether all multiples of one number are multiples of the other, as ajv computes it. Fractions must be equal: in floating
 * point 0.07 is no multiple of 0.01. Whole numbers beyond 2^53 are ignored, because no JSON reader keeps them.
 */
function isMultiple(one: number, of: number): boolean {
  return one === of || (Number.isInteger(one) && Number.isInteger(of) && one % of === 0);
}
