import type { StringShape } from '../alternatives/shapes.ts';
import { stringSetsOf } from '../alternatives/string-sets.ts';
import { findStrings } from '../patterns/find-strings.ts';

/** In characters. A longer string of a pattern is not searched. */
const MAX_SEARCHED_LENGTH = 4_096;

/**
 * A string of a shape's patterns that is as long as they and its bounds allow, up to 4,096 characters; undefined where none
 * is found. It is searched only for shapes with patterns: a string of any other shape can be repeated.
 */
export function longestString(shape: StringShape): string | undefined {
  const { outer } = stringSetsOf(shape);
  if (outer.automata.length === 0) return undefined;
  const atLeast = (minLength: number): string | undefined =>
    findStrings({ ...outer, minLength: Math.max(minLength, outer.minLength) }, [])?.[0];
  let found: string | undefined;
  let lower = outer.minLength;
  let upper = Math.min(outer.maxLength, MAX_SEARCHED_LENGTH);
  // Doubles the length while a string is found; then halves the rest.
  for (let length = Math.max(1, lower); length <= upper; length *= 2) {
    const longer = atLeast(length);
    if (longer === undefined) {
      upper = length - 1;
      break;
    }
    found = longer;
    lower = [...longer].length;
  }
  while (lower < upper) {
    const middle = Math.ceil((lower + upper) / 2);
    const longer = atLeast(middle);
    if (longer === undefined) upper = middle - 1;
    else {
      found = longer;
      lower = Math.max(middle, [...longer].length);
    }
  }
  return found ?? atLeast(0);
}
