import { invalidArgument } from '../firestore-error.ts';
import type { WireValue } from '../protocol/messages.ts';
import { checkValue } from './check-value.ts';
import type { Fields, Value } from './value.ts';

/**
 * Reads fields off the wire.
 * @throws {FirestoreError} INVALID_ARGUMENT for a value that can't be stored
 */
export function decodeFields(wire: Record<string, WireValue>): Fields {
  const fields = new Map<string, Value>();
  for (const [name, value] of Object.entries(wire)) fields.set(name, decodeValue(value));
  return fields;
}

/**
 * Reads one value off the wire.
 * @throws {FirestoreError} INVALID_ARGUMENT for a value that can't be stored
 */
function decodeValue(wire: WireValue): Value {
  switch (wire.valueType) {
    case 'nullValue':
      return { kind: 'null' };
    case 'booleanValue':
      return { kind: 'boolean', boolean: wire.booleanValue };
    case 'integerValue':
      return { kind: 'integer', integer: BigInt(wire.integerValue) };
    case 'doubleValue':
      return { kind: 'double', double: wire.doubleValue };
    case 'timestampValue': {
      const { seconds, nanos } = wire.timestampValue;
      // Stored to the microsecond, rounded down, as the real service does.
      return { kind: 'timestamp', seconds: Number(seconds), nanos: Math.floor(nanos / 1_000) * 1_000 };
    }
    case 'stringValue':
      return { kind: 'string', string: wire.stringValue };
    case 'bytesValue':
      return { kind: 'bytes', bytes: wire.bytesValue };
    case 'referenceValue':
      return { kind: 'reference', reference: wire.referenceValue };
    case 'geoPointValue':
      return { kind: 'geoPoint', ...wire.geoPointValue };
    case 'arrayValue':
      return { kind: 'array', values: wire.arrayValue.values.map(decodeValue) };
    case 'mapValue':
      return { kind: 'map', fields: decodeFields(wire.mapValue.fields) };
    case undefined:
      throw invalidArgument('Cannot convert firestore.v1.Value with type unset.');
    default:
      throw invalidArgument(`A value of type ${wire.valueType} can't be stored or compared.`);
  }
}

/**
 * Reads fields that a client sends. Those in the store were checked when they were written, maybe by an older version.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function decodeSentFields(wire: Record<string, WireValue>): Fields {
  const fields = decodeFields(wire);
  for (const value of fields.values()) checkValue(value);
  return fields;
}

/**
 * Reads one value that a client sends.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function decodeSentValue(wire: WireValue): Value {
  return checkValue(decodeValue(wire));
}

/** Writes fields for the wire. */
export function encodeFields(fields: Fields): Record<string, WireValue> {
  const wire: Record<string, WireValue> = {};
  for (const [name, value] of fields) wire[name] = encodeValue(value);
  return wire;
}

/** Writes one value for the wire. */
export function encodeValue(value: Value): WireValue {
  switch (value.kind) {
    case 'null':
      return { valueType: 'nullValue', nullValue: 'NULL_VALUE' };
    case 'boolean':
      return { valueType: 'booleanValue', booleanValue: value.boolean };
    case 'integer':
      return { valueType: 'integerValue', integerValue: String(value.integer) };
    case 'double':
      return { valueType: 'doubleValue', doubleValue: value.double };
    case 'timestamp':
      return {
        valueType: 'timestampValue',
        timestampValue: { seconds: String(value.seconds), nanos: value.nanos },
      };
    case 'string':
      return { valueType: 'stringValue', stringValue: value.string };
    case 'bytes':
      return { valueType: 'bytesValue', bytesValue: value.bytes };
    case 'reference':
      return { valueType: 'referenceValue', referenceValue: value.reference };
    case 'geoPoint': {
      const { latitude, longitude } = value;
      return { valueType: 'geoPointValue', geoPointValue: { latitude, longitude } };
    }
    case 'array':
      return { valueType: 'arrayValue', arrayValue: { values: value.values.map(encodeValue) } };
    case 'map':
      return { valueType: 'mapValue', mapValue: { fields: encodeFields(value.fields) } };
  }
}
