import { invalidArgument } from '../firestore-error.ts';
import type { WireTransform } from '../protocol/messages.ts';
import { compareValues, equalValues } from './compare-values.ts';
import { decodeSentValue } from './encode-value.ts';
import { type FieldPath, getField, parseFieldPath, setField } from './field-path.ts';
import type { Micros } from './timestamp.ts';
import { type Fields, NULL, saturateInt64, type Value } from './value.ts';

/** A change that the server works out from the field's present value. */
export type FieldTransform = { readonly path: FieldPath } & (
  | { readonly kind: 'serverTimestamp' }
  | { readonly kind: 'increment' | 'maximum' | 'minimum'; readonly operand: Value }
  | { readonly kind: 'arrayUnion' | 'arrayRemove'; readonly elements: readonly Value[] }
);

/**
 * Reads a transform off the wire.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function decodeTransform(wire: WireTransform): FieldTransform {
  const path = parseFieldPath(wire.fieldPath);
  switch (wire.transformType) {
    case 'setToServerValue':
      if (wire.setToServerValue !== 'REQUEST_TIME') {
        throw invalidArgument(`Unknown server value ${wire.setToServerValue}.`);
      }
      return { path, kind: 'serverTimestamp' };
    case 'increment':
      return { path, kind: 'increment', operand: numberOperand(decodeSentValue(wire.increment)) };
    case 'maximum':
      return { path, kind: 'maximum', operand: numberOperand(decodeSentValue(wire.maximum)) };
    case 'minimum':
      return { path, kind: 'minimum', operand: numberOperand(decodeSentValue(wire.minimum)) };
    case 'appendMissingElements':
      return { path, kind: 'arrayUnion', elements: decodeElements(wire.appendMissingElements) };
    case 'removeAllFromArray':
      return { path, kind: 'arrayRemove', elements: decodeElements(wire.removeAllFromArray) };
    case undefined:
      throw invalidArgument(`The transform of field "${wire.fieldPath}" has no type set.`);
  }
}

function decodeElements(wire: { values: Parameters<typeof decodeSentValue>[0][] }): Value[] {
  return wire.values.map((value) => decodeSentValue(value));
}

function numberOperand(operand: Value): Value {
  if (operand.kind === 'integer' || operand.kind === 'double') return operand;
  throw invalidArgument('Input must be int64 or double.');
}

/**
 * Applies transforms in order.
 * @param requestTimeMicros what serverTimestamp sets, cut to whole milliseconds as the real service does
 * @returns the new fields, and what the write's result tells for each transform (null for array changes)
 */
export function applyTransforms(
  fields: Fields,
  transforms: readonly FieldTransform[],
  requestTimeMicros: Micros,
): { fields: Fields; results: Value[] } {
  let changed = fields;
  const results: Value[] = [];
  for (const transform of transforms) {
    const value = transformed(getField(changed, transform.path), transform, requestTimeMicros);
    changed = setField(changed, transform.path, value);
    results.push(value.kind === 'array' ? NULL : value);
  }
  return { fields: changed, results };
}

function transformed(present: Value | undefined, transform: FieldTransform, requestTime: Micros): Value {
  switch (transform.kind) {
    case 'serverTimestamp': {
      const milliseconds = Math.floor(requestTime / 1_000);
      const seconds = Math.floor(milliseconds / 1_000);
      return { kind: 'timestamp', seconds, nanos: (milliseconds - seconds * 1_000) * 1_000_000 };
    }
    case 'increment':
      return incremented(present, transform.operand);
    case 'maximum':
    case 'minimum':
      return furthest(present, transform.operand, transform.kind === 'maximum' ? 1 : -1);
    case 'arrayUnion': {
      const values = present?.kind === 'array' ? [...present.values] : [];
      for (const element of transform.elements) {
        if (!values.some((value) => equalValues(value, element))) values.push(element);
      }
      return { kind: 'array', values };
    }
    case 'arrayRemove': {
      const values = present?.kind === 'array' ? present.values : [];
      const kept = values.filter(
        (value) => !transform.elements.some((element) => equalValues(value, element)),
      );
      return { kind: 'array', values: kept };
    }
  }
}

function isNumber(value: Value | undefined): value is Extract<Value, { kind: 'integer' | 'double' }> {
  return value?.kind === 'integer' || value?.kind === 'double';
}

function incremented(present: Value | undefined, operand: Value): Value {
  if (!isNumber(present) || !isNumber(operand)) return operand;
  if (present.kind === 'integer' && operand.kind === 'integer') {
    return { kind: 'integer', integer: saturateInt64(present.integer + operand.integer) };
  }
  return { kind: 'double', double: asDouble(present) + asDouble(operand) };
}

/** The greater (sign 1) or lesser (sign -1) of two numbers; of equal ones the stored, and NaN wins over all. */
function furthest(present: Value | undefined, operand: Value, sign: 1 | -1): Value {
  if (!isNumber(present) || !isNumber(operand)) return operand;
  if (Number.isNaN(asDouble(present))) return present;
  if (Number.isNaN(asDouble(operand))) return operand;
  return sign * compareValues(operand, present) > 0 ? operand : present;
}

function asDouble(value: Extract<Value, { kind: 'integer' | 'double' }>): number {
  return value.kind === 'integer' ? Number(value.integer) : value.double;
}
