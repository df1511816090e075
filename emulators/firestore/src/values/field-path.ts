import { invalidArgument } from '../firestore-error.ts';
import { isReservedName } from './check-fields.ts';
import type { Fields, Value } from './value.ts';

/** A field's name, and the names within maps that lead to it. Never empty. */
export type FieldPath = readonly string[];

const SIMPLE_SEGMENT = /^[A-Za-z_][A-Za-z_0-9]*$/;

/**
 * Reads a path such as ``address.`house number` ``; in back-quotes, a backslash takes the next character as it is.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function parseFieldPath(text: string): FieldPath {
  const segments: string[] = [];
  let position = 0;
  while (position <= text.length) {
    const quoted = text[position] === '`';
    const end = quoted ? endOfQuoted(text, position) : endOfPlain(text, position);
    const segment = quoted ? unquote(text.slice(position + 1, end - 1)) : text.slice(position, end);
    if (segment === '' || (!quoted && !SIMPLE_SEGMENT.test(segment))) throw invalidPath(text);
    if (end < text.length && text[end] !== '.') throw invalidPath(text);
    segments.push(segment);
    position = end + 1;
  }
  if (segments.some(isReservedName)) {
    throw invalidArgument(`Invalid reserved name in field path ${segments.join('.')}`);
  }
  return segments;
}

/** Writes a path so that `parseFieldPath` reads it back. */
export function formatFieldPath(path: FieldPath): string {
  return path
    .map((segment) => (SIMPLE_SEGMENT.test(segment) ? segment : `\`${segment.replace(/[\\`]/g, '\\$&')}\``))
    .join('.');
}

function endOfPlain(text: string, start: number): number {
  const dot = text.indexOf('.', start);
  return dot < 0 ? text.length : dot;
}

function endOfQuoted(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === '`') return index + 1;
  }
  throw invalidPath(text);
}

function unquote(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

function invalidPath(text: string): Error {
  return invalidArgument(
    `Invalid property path "${text}". Unquoted property paths must match regex ([a-zA-Z_][a-zA-Z_0-9]*), ` +
      'and quoted property paths must match regex (`(?:[^`\\\\]|(?:\\\\.))+`)',
  );
}

/** The value at `path`; undefined where there is none. */
export function getField(fields: Fields, path: FieldPath): Value | undefined {
  let inside = fields;
  let value: Value | undefined;
  for (const [depth, segment] of path.entries()) {
    value = inside.get(segment);
    if (value === undefined || depth === path.length - 1) return value;
    if (value.kind !== 'map') return undefined;
    inside = value.fields;
  }
  return value;
}

/** A copy of `fields` with `value` at `path`; anything but a map on the way there is replaced by one. */
export function setField(fields: Fields, path: FieldPath, value: Value): Fields {
  const [first, ...rest] = path;
  if (first === undefined) return fields;
  const changed = new Map(fields);
  if (rest.length === 0) return changed.set(first, value);
  const inner = fields.get(first);
  const innerFields = inner?.kind === 'map' ? inner.fields : new Map<string, Value>();
  return changed.set(first, { kind: 'map', fields: setField(innerFields, rest, value) });
}

/** A copy of `fields` without what is at `path`. */
export function deleteField(fields: Fields, path: FieldPath): Fields {
  const [first, ...rest] = path;
  if (first === undefined) return fields;
  const inner = fields.get(first);
  if (inner === undefined) return fields;
  const changed = new Map(fields);
  if (rest.length === 0) {
    changed.delete(first);
    return changed;
  }
  if (inner.kind !== 'map') return fields;
  return changed.set(first, { kind: 'map', fields: deleteField(inner.fields, rest) });
}

/** Only what lies at `paths`. */
export function projectFields(fields: Fields, paths: readonly FieldPath[]): Fields {
  let projected: Fields = new Map();
  for (const path of paths) {
    const value = getField(fields, path);
    if (value !== undefined) projected = setField(projected, path, value);
  }
  return projected;
}
