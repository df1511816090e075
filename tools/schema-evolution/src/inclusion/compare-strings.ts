import type { Alternative, Infinite } from '../alternatives/alternatives.ts';
import { type NumberLine, numberLineOf, sampleNumbers } from '../alternatives/number-line.ts';
import { sampleStrings, stringSetsOf } from '../alternatives/string-sets.ts';
import { findStrings, type StringSet } from '../patterns/find-strings.ts';
import { automatonOf } from '../patterns/pattern-automaton.ts';
import type { Difference, DifferenceKind } from './difference.ts';

type NumberAlternative = Extract<Infinite, { kind: 'number' }>;
type StringAlternative = Extract<Infinite, { kind: 'string' }>;
/** Where the condition of a keyword stands. */
type Locate = (alternative: Alternative, ...keywords: string[]) => string;

/** What numbers the first accepts that the second may not. */
export function compareNumbers(
  sent: NumberAlternative,
  read: NumberAlternative,
  locate: Locate,
): readonly Difference[] {
  const from = numberLineOf(sent.shape);
  const to = numberLineOf(read.shape);
  const candidates = (): readonly unknown[] => sampleNumbers(from, to);
  const differences: Difference[] = [];
  const add = (keywords: string[], message: string): void => {
    differences.push({ kind: 'number', pointer: locate(read, ...keywords), message, candidates });
  };
  if (isLower(from.least, to.least)) {
    const words = to.least.exclusive ? 'more than' : 'at least';
    add(['minimum', 'exclusiveMinimum'], `must be ${words} ${to.least.value}`);
  }
  if (isHigher(from.greatest, to.greatest)) {
    const words = to.greatest.exclusive ? 'less than' : 'at most';
    add(['maximum', 'exclusiveMaximum'], `must be ${words} ${to.greatest.value}`);
  }
  for (const multiple of to.multiples) {
    if (from.multiples.some((own) => isMultiple(own, multiple))) continue;
    add(
      multiple === 1 ? ['type', 'multipleOf', 'format'] : ['multipleOf'],
      multiple === 1 ? 'must be a whole number' : `must be a multiple of ${multiple}`,
    );
  }
  return differences;
}

function isLower(one: NumberLine['least'], other: NumberLine['least']): boolean {
  return one.value < other.value || (one.value === other.value && other.exclusive && !one.exclusive);
}

function isHigher(one: NumberLine['greatest'], other: NumberLine['greatest']): boolean {
  return one.value > other.value || (one.value === other.value && other.exclusive && !one.exclusive);
}

/**
 * Whether all multiples of one number are multiples of the other as ajv computes it. Fractions are left to equality: in
 * floating point 0.07 is no multiple of 0.01. Whole numbers beyond 2^53 are left aside, for no JSON reader keeps them.
 */
function isMultiple(one: number, of: number): boolean {
  return one === of || (Number.isInteger(one) && Number.isInteger(of) && one % of === 0);
}

/** What strings the first accepts that the second may not. */
export function compareStrings(
  sent: StringAlternative,
  read: StringAlternative,
  locate: Locate,
): readonly Difference[] {
  const from = stringSetsOf(sent.shape).outer;
  const differences: Difference[] = [];
  const add = (kind: DifferenceKind, keyword: string, message: string, found: readonly string[]): void => {
    const candidates = (): readonly unknown[] => [...found, ...sampleStrings(sent.shape, read.shape)];
    differences.push({ kind, pointer: locate(read, keyword), message, candidates });
  };
  /** Strings that are sent and not in the set; none if that is proven; undefined where it can't be told. */
  const beyond = (set: StringSet): readonly string[] | undefined => findStrings(from, [set], 8);
  const both = { automata: [], minLength: 0, maxLength: Number.POSITIVE_INFINITY };

  for (const minLength of read.shape.minLengths) {
    if (from.minLength >= minLength) continue;
    const found = beyond({ ...both, minLength });
    if (found?.length !== 0)
      add('text', 'minLength', `must have at least ${minLength} characters`, found ?? []);
  }
  for (const maxLength of read.shape.maxLengths) {
    if (from.maxLength <= maxLength) continue;
    const found = beyond({ ...both, maxLength });
    if (found?.length !== 0)
      add('text', 'maxLength', `must have at most ${maxLength} characters`, found ?? []);
  }
  for (const pattern of read.shape.patterns) {
    if (sent.shape.patterns.includes(pattern)) continue;
    const { inner } = stringSetsOf({ ...NO_CONDITIONS, patterns: [pattern] });
    const found = inner === undefined ? undefined : findStrings(from, [inner], 8);
    if (found?.length === 0) continue;
    add('pattern', 'pattern', `must match ${pattern}`, found ?? []);
  }
  for (const format of read.shape.formats) {
    if (sent.shape.formats.includes(format) || sent.shape.formats.some((own) => isNarrower(own, format)))
      continue;
    const { inner } = stringSetsOf({ ...NO_CONDITIONS, formats: [format] });
    const found = inner === undefined ? undefined : findStrings(from, [inner], 8);
    if (found?.length === 0) continue;
    add('format', 'format', `must be of format ${format}`, found ?? []);
  }
  return differences;
}

/** Whether all strings of an alternative are among those of others, or of a list. */
export function isCoveredByStrings(
  sent: StringAlternative,
  read: readonly StringAlternative[],
  listed: readonly string[],
): boolean {
  const sets: StringSet[] = listed.flatMap((text) => {
    const automaton = automatonOf(`^${text.replace(/[\^$.*+?()[\]{}|/\\]/g, '\\$&')}$`);
    return automaton === undefined ? [] : [{ automata: [automaton], minLength: 0, maxLength: text.length }];
  });
  for (const { shape, nots, opaque } of read) {
    const { inner } = stringSetsOf(shape);
    if (inner !== undefined && nots.length === 0 && opaque.length === 0) sets.push(inner);
  }
  return findStrings(stringSetsOf(sent.shape).outer, sets)?.length === 0;
}

const NO_CONDITIONS = { minLengths: [], maxLengths: [], patterns: [], formats: [] };

/** Formats of ajv-formats whose strings are all of another format too. */
const NARROWER: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['iso-date-time'],
  time: ['iso-time'],
};

function isNarrower(format: string, than: string): boolean {
  return NARROWER[format]?.includes(than) ?? false;
}
