import type { Alternative, StringAlternative } from '../alternatives/alternative.ts';
import type { StringShape } from '../alternatives/shapes.ts';
import { stringSetsOf } from '../alternatives/string-sets.ts';
import { findStrings, type StringSet } from '../patterns/find-strings.ts';
import { automatonOf } from '../patterns/pattern-automaton.ts';
import { sampleStrings } from '../samples/sample-strings.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';
import type { Difference, DifferenceKind } from './difference.ts';
import { pointerOfKeyword } from './schema-pointers.ts';

/** Limits the listed values that are compared with patterns. */
const MAX_LISTED_WORDS = 64;
/** Number of strings that are searched to show a difference. */
const MAX_COUNTEREXAMPLES = 8;

const ANY_STRING: StringSet = { automata: [], minLength: 0, maxLength: Number.POSITIVE_INFINITY };
const NO_CONDITIONS: StringShape = { minLengths: [], maxLengths: [], patterns: [], formats: [] };

/** Formats of ajv-formats whose strings all match another format too. */
const WIDER_FORMATS: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['iso-date-time'],
  time: ['iso-time'],
};

/** Compares two alternatives for strings. */
export function compareStrings(
  space: SchemaSpace,
  sent: StringAlternative,
  read: StringAlternative,
): readonly Difference[] {
  const from = stringSetsOf(sent.shape).outer;
  const differences: Difference[] = [];
  /** Reports a condition, unless it is proven that all strings of `sent` are in its set. */
  const compareWith = (
    set: StringSet | undefined,
    condition: { readonly kind: DifferenceKind; readonly keyword: string; readonly message: string },
  ): void => {
    const found = set === undefined ? [] : findStrings(from, [set], MAX_COUNTEREXAMPLES);
    if (set !== undefined && found?.length === 0) return;
    const candidates = (): readonly unknown[] => [...(found ?? []), ...sampleStrings(sent.shape, read.shape)];
    const { kind, keyword, message } = condition;
    differences.push({ kind, pointer: pointerOfKeyword(space, read, keyword), message, candidates });
  };

  for (const minLength of read.shape.minLengths) {
    if (from.minLength >= minLength) continue;
    const message = `must have at least ${minLength} characters`;
    compareWith({ ...ANY_STRING, minLength }, { kind: 'text', keyword: 'minLength', message });
  }
  for (const maxLength of read.shape.maxLengths) {
    if (from.maxLength <= maxLength) continue;
    const message = `must have at most ${maxLength} characters`;
    compareWith({ ...ANY_STRING, maxLength }, { kind: 'text', keyword: 'maxLength', message });
  }
  for (const pattern of read.shape.patterns) {
    if (sent.shape.patterns.includes(pattern)) continue;
    const { inner } = stringSetsOf({ ...NO_CONDITIONS, patterns: [pattern] });
    compareWith(inner, { kind: 'pattern', keyword: 'pattern', message: `must match ${pattern}` });
  }
  for (const format of read.shape.formats) {
    if (sent.shape.formats.some((own) => own === format || WIDER_FORMATS[own]?.includes(format))) continue;
    const { inner } = stringSetsOf({ ...NO_CONDITIONS, formats: [format] });
    compareWith(inner, { kind: 'format', keyword: 'format', message: `must be of format ${format}` });
  }
  return differences;
}

/** Whether it is proven that several alternatives together accept all strings of one. */
export function isCoveredByStrings(sent: StringAlternative, read: readonly Alternative[]): boolean {
  const words = read
    .flatMap((target) => (target.kind === 'finite' ? target.values : []))
    .filter((value) => typeof value === 'string')
    .slice(0, MAX_LISTED_WORDS);
  const strings = read.filter((target) => target.kind === 'string');
  // A single alternative has been compared already.
  if (strings.length + words.length < 2) return false;
  const sets = words.flatMap((word): readonly StringSet[] => {
    const automaton = automatonOf(`^${word.replace(/[\^$.*+?()[\]{}|/\\]/g, '\\$&')}$`);
    return automaton === undefined ? [] : [{ automata: [automaton], minLength: 0, maxLength: word.length }];
  });
  for (const { shape, nots, opaque } of strings) {
    const { inner } = stringSetsOf(shape);
    if (inner !== undefined && nots.length === 0 && opaque.length === 0) sets.push(inner);
  }
  return findStrings(stringSetsOf(sent.shape).outer, sets)?.length === 0;
}
