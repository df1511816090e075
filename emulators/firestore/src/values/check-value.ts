import { invalidArgument } from '../firestore-error.ts';
import { checkReference } from './resource-name.ts';
import { type Fields, type Value, VECTOR_MARK } from './value.ts';

const MAX_LATITUDE = 90;
const MAX_LONGITUDE = 180;
/** The year 1 begins. Source: the comments of google.protobuf.Timestamp. */
const MIN_SECONDS = -62_135_596_800;
/** The year 9999 ends. Source: the same. */
const MAX_SECONDS = 253_402_300_799;
const MAX_NANOS = 999_999_999;
/** Source: Firestore's vector search page, "maximum supported embedding dimension". */
const MAX_DIMENSIONS = 2_048;

/**
 * Checks that a value is one that clients of each language can read: ranges of geo points and times, references, vectors.
 * @returns the same value
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function checkValue(value: Value): Value {
  switch (value.kind) {
    case 'geoPoint':
      checkDegrees('latitude', value.latitude, MAX_LATITUDE);
      checkDegrees('longitude', value.longitude, MAX_LONGITUDE);
      break;
    case 'timestamp':
      checkTimestamp(value);
      break;
    case 'reference':
      checkReference(value.reference);
      break;
    case 'array':
      value.values.forEach(checkValue);
      break;
    case 'map':
      checkMap(value.fields);
      break;
  }
  return value;
}

function checkDegrees(name: 'latitude' | 'longitude', degrees: number, max: number): void {
  if (Math.abs(degrees) <= max) return;
  const shown = Number.isInteger(degrees) ? degrees.toFixed(1) : String(degrees);
  throw invalidArgument(
    `Geo point ${name} '${shown}' outside permitted range -${max.toFixed(1)} to ${max.toFixed(1)}.`,
  );
}

function checkTimestamp({ seconds, nanos }: { seconds: number; nanos: number }): void {
  if (!(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS)) {
    throw invalidArgument('Timestamp seconds exceeds limit for field.');
  }
  if (nanos < 0 || nanos > MAX_NANOS) throw invalidArgument('Timestamp nanos exceeds limit for field.');
}

function checkMap(fields: Fields): void {
  const mark = fields.get('__type__');
  if (mark !== undefined && mark.kind !== 'string') {
    throw invalidArgument('Field __type__ is not a string.');
  }
  if (mark?.string === VECTOR_MARK) checkVector(fields);
  else for (const value of fields.values()) checkValue(value);
}

function checkVector(fields: Fields): void {
  const vector = fields.get('value');
  if (vector === undefined) throw invalidArgument("Vector map is missing key 'value'.");
  if (vector.kind !== 'array') throw invalidArgument('Vector Value type must be an array.');
  if (fields.size > 2) throw invalidArgument('Vector Value map has extraneous entries.');
  if (vector.values.length === 0) throw invalidArgument('Cannot have a zero length vector.');
  if (vector.values.length > MAX_DIMENSIONS) {
    throw invalidArgument(`Vectors must be at most ${MAX_DIMENSIONS} dimensions.`);
  }
  for (const element of vector.values) {
    if (element.kind !== 'double') throw invalidArgument("Vector must only contain values of type 'double'");
  }
}
