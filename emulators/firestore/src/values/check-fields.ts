import { invalidArgument } from '../firestore-error.ts';
import { type Fields, type Value, vectorOf } from './value.ts';

/** Source: Firestore's quotas page, "maximum size of a field value" (1 MiB - 89 bytes). */
const MAX_VALUE_BYTES = 1_048_487;
/** Source: the same, "constraints on field names". */
const MAX_NAME_BYTES = 1_500;
/** Source: the same, "maximum depth of fields in a map or array". */
const MAX_DEPTH = 20;
const RESERVED_NAME = /^__.+__$/s;

/** Whether a name is Firestore's own: something between two underscores on each side. */
export function isReservedName(name: string): boolean {
  return RESERVED_NAME.test(name);
}

/**
 * Checks that fields may be stored: names, depth, single values' sizes, no array directly in an array.
 * @returns the same fields
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function checkFields(fields: Fields): Fields {
  for (const [name, value] of fields) {
    if (isReservedName(name)) throw invalidArgument(`field name ${name} is reserved`);
    checkName(name);
    if (byteLength(value) > MAX_VALUE_BYTES) {
      throw invalidArgument(`The value of property "${name}" is longer than ${MAX_VALUE_BYTES} bytes.`);
    }
    checkNested(name, value, 0);
  }
  return fields;
}

function checkName(name: string): void {
  if (name === '') throw invalidArgument('The property.name is the empty string.');
  if (name.length > MAX_NAME_BYTES / 4 && Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw invalidArgument(`The property.name is longer than ${MAX_NAME_BYTES} bytes.`);
  }
}

/** @param property the document's field that all this is in */
function checkNested(property: string, value: Value, depth: number): void {
  const vector = vectorOf(value);
  if (vector !== undefined) {
    checkVectorNumbers(vector);
    return;
  }
  if (depth > MAX_DEPTH || (depth > 0 && byteLength(value) > MAX_VALUE_BYTES)) {
    throw invalidArgument(`Property ${property} contains an invalid nested entity.`);
  }
  if (value.kind === 'array') {
    for (const element of value.values) {
      if (element.kind === 'array') throw invalidArgument('Cannot convert an array value in an array value.');
      if (vectorOf(element) !== undefined)
        throw invalidArgument('Cannot convert a vector value in an array value.');
      checkNested(property, element, depth + 1);
    }
  }
  if (value.kind !== 'map') return;
  for (const [name, inner] of value.fields) {
    if (isReservedName(name)) throw invalidArgument(`field name '${name}' is reserved.`);
    checkName(name);
    checkNested(property, inner, depth + 1);
  }
}

/** Filters may hold a vector with NaN, documents may not. */
function checkVectorNumbers(vector: readonly Value[]): void {
  if (vector.some((element) => element.kind === 'double' && Number.isNaN(element.double))) {
    throw invalidArgument('Vector cannot contain NaN values.');
  }
}

/** Of strings and bytes; 0 for what can't be too long by itself. */
function byteLength(value: Value): number {
  if (value.kind === 'bytes') return value.bytes.length;
  // A character takes at most 3 bytes per UTF-16 unit: short strings need no counting.
  if (value.kind !== 'string' || value.string.length * 3 <= MAX_VALUE_BYTES) return 0;
  return Buffer.byteLength(value.string);
}
