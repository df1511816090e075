import { numericId } from './resource-name.ts';
import { type Fields, type Value, vectorOf } from './value.ts';

/** Firestore's order over types. Source: "Value type ordering" in its data types page; NaN is the least number. */
const TYPE_ORDER = {
  null: 0,
  boolean: 1,
  number: 2,
  timestamp: 3,
  string: 4,
  bytes: 5,
  reference: 6,
  geoPoint: 7,
  array: 8,
  vector: 9,
  map: 10,
} as const;

/** Where a value's type stands among the types. Values of one rank can be compared by `<` in a filter. */
export function typeRank(value: Value): number {
  switch (value.kind) {
    case 'integer':
    case 'double':
      return TYPE_ORDER.number;
    case 'map':
      return vectorOf(value) === undefined ? TYPE_ORDER.map : TYPE_ORDER.vector;
    default:
      return TYPE_ORDER[value.kind];
  }
}

/** Orders two values of any types: negative, 0 or positive. 1 and 1.0 are equal here, and so are 0 and -0. */
export function compareValues(left: Value, right: Value): number {
  const byType = typeRank(left) - typeRank(right);
  if (byType !== 0) return byType;
  switch (left.kind) {
    case 'null':
      return 0;
    case 'boolean':
      return right.kind === 'boolean' ? Number(left.boolean) - Number(right.boolean) : 0;
    case 'integer':
    case 'double':
      return compareNumbers(left, right);
    case 'timestamp':
      return right.kind === 'timestamp' ? left.seconds - right.seconds || left.nanos - right.nanos : 0;
    case 'string':
      return right.kind === 'string' ? compareStrings(left.string, right.string) : 0;
    case 'bytes':
      return right.kind === 'bytes' ? Buffer.compare(left.bytes, right.bytes) : 0;
    case 'reference':
      return right.kind === 'reference' ? compareNames(left.reference, right.reference) : 0;
    case 'geoPoint':
      return right.kind === 'geoPoint'
        ? compareDoubles(left.latitude, right.latitude) || compareDoubles(left.longitude, right.longitude)
        : 0;
    case 'array':
      return right.kind === 'array' ? compareArrays(left.values, right.values) : 0;
    case 'map':
      return right.kind === 'map' ? compareMaps(left, right) : 0;
  }
}

/** Whether two values are the same by Firestore's `==`: 1 equals 1.0, NaN equals NaN, null equals null. */
export function equalValues(left: Value, right: Value): boolean {
  return compareValues(left, right) === 0;
}

/** Whether nothing at all would change if one took the other's place: unlike `equalValues`, 1 is not 1.0. */
function identicalValues(left: Value, right: Value): boolean {
  if (left.kind !== right.kind) return false;
  if (left.kind === 'double' && right.kind === 'double') return Object.is(left.double, right.double);
  if (left.kind === 'array' && right.kind === 'array') {
    if (left.values.length !== right.values.length) return false;
    return left.values.every((value, index) => {
      const other = right.values[index];
      return other !== undefined && identicalValues(value, other);
    });
  }
  if (left.kind === 'map' && right.kind === 'map') return identicalFields(left.fields, right.fields);
  return compareValues(left, right) === 0;
}

/** `identicalValues` over all fields. */
export function identicalFields(left: Fields, right: Fields): boolean {
  if (left.size !== right.size) return false;
  for (const [name, value] of left) {
    const other = right.get(name);
    if (other === undefined || !identicalValues(value, other)) return false;
  }
  return true;
}

/** Orders strings by their UTF-8 bytes. JavaScript's `<` compares UTF-16, which puts surrogates too early. */
export function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    const byPlane = Number(isSurrogate(a)) - Number(isSurrogate(b));
    return byPlane === 0 ? a - b : byPlane;
  }
  return left.length - right.length;
}

/** Orders document names segment by segment. */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  let same = 0;
  while (same < length && left.charCodeAt(same) === right.charCodeAt(same)) same++;
  // The first segments that differ; where one name is the other's beginning, they may be the same.
  const start = left.lastIndexOf('/', same - 1) + 1;
  return compareSegments(segmentAt(left, start), segmentAt(right, start)) || left.length - right.length;
}

function segmentAt(name: string, start: number): string {
  const end = name.indexOf('/', start);
  return name.slice(start, end < 0 ? name.length : end);
}

function compareSegments(left: string, right: string): number {
  const a = numericId(left);
  const b = numericId(right);
  if (a !== undefined && b !== undefined) return a < b ? -1 : Number(a > b);
  if (a !== undefined) return -1;
  return b === undefined ? compareStrings(left, right) : 1;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function compareNumbers(left: Value, right: Value): number {
  if (left.kind === 'integer' && right.kind === 'integer') {
    return left.integer < right.integer ? -1 : Number(left.integer > right.integer);
  }
  if (left.kind === 'double' && right.kind === 'double') return compareDoubles(left.double, right.double);
  if (left.kind === 'integer' && right.kind === 'double') return compareMixed(left.integer, right.double);
  if (left.kind === 'double' && right.kind === 'integer') return -compareMixed(right.integer, left.double);
  return 0;
}

/** NaN before everything; -0 equals 0. */
function compareDoubles(left: number, right: number): number {
  if (Number.isNaN(left)) return Number.isNaN(right) ? 0 : -1;
  if (Number.isNaN(right)) return 1;
  return left < right ? -1 : Number(left > right);
}

function compareMixed(integer: bigint, double: number): number {
  if (Number.isNaN(double)) return 1;
  // JavaScript compares a bigint with a number by their mathematical values, without rounding either.
  return integer < double ? -1 : Number(integer > double);
}

function compareArrays(left: readonly Value[], right: readonly Value[]): number {
  for (const [index, value] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareValues(value, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareMaps(left: Value, right: Value): number {
  const leftVector = vectorOf(left);
  const rightVector = vectorOf(right);
  if (leftVector !== undefined && rightVector !== undefined) {
    return leftVector.length - rightVector.length || compareArrays(leftVector, rightVector);
  }
  if (left.kind !== 'map' || right.kind !== 'map') return 0;
  const lefts = sortedEntries(left.fields);
  const rights = sortedEntries(right.fields);
  for (const [index, [name, value]] of lefts.entries()) {
    const other = rights[index];
    if (other === undefined) return 1;
    const order = compareStrings(name, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return lefts.length - rights.length;
}

function sortedEntries(fields: Fields): [string, Value][] {
  return [...fields].sort(([left], [right]) => compareStrings(left, right));
}
