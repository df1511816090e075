import { findStrings } from './find-strings.ts';
import { automatonOf } from './pattern-automaton.ts';

/**
 * How the strings of two patterns overlap.
 *
 * `none`: no string matches both. `inside`: each string of the first matches the second. `some`: neither, or unknown.
 * @param own undefined for the strings that match no pattern
 */
export function overlapOf(own: string | undefined, other: string): 'none' | 'inside' | 'some' {
  if (own === other) return 'inside';
  const [one, two] = [own === undefined ? undefined : automatonOf(own), automatonOf(other)];
  if (one === undefined || two === undefined) return 'some';
  const bounds = { minLength: 0, maxLength: Number.POSITIVE_INFINITY };
  if (findStrings({ automata: [one, two], ...bounds }, [])?.length === 0) return 'none';
  const inside = findStrings({ automata: [one], ...bounds }, [{ automata: [two], ...bounds }])?.length === 0;
  return inside ? 'inside' : 'some';
}
