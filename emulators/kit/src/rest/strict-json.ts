import type * as Protobuf from 'protobufjs';
import { type FieldViolation, RestRequestError } from './field-violation.ts';
import type { SecondsAndNanos } from './seconds-and-nanos.ts';

const DURATION = /^(-?)(\d{1,12})(\.\d{1,9})?s$/;
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
/** As in protobuf's own decoders. */
const MAX_DEPTH = 100;
/** Doubles that JSON has as text. */
const NOT_FINITE = ['NaN', 'Infinity', '-Infinity'];
const INTEGERS = ['int32', 'int64', 'uint32', 'uint64'];
/** Message types that JSON has as a string. */
const WELL_KNOWN_TYPES: Readonly<Record<string, (value: unknown) => unknown>> = {
  '.google.protobuf.Duration': readDuration,
  '.google.protobuf.Timestamp': readTimestamp,
  '.google.protobuf.FieldMask': readFieldMask,
  '.google.protobuf.Int32Value': (value) => wrapped(readNumber('int32', value)),
  '.google.protobuf.Int64Value': (value) => wrapped(readNumber('int64', value)),
  '.google.protobuf.DoubleValue': (value) => wrapped(readNumber('double', value)),
};

/** A place in a request, and where its problems go. */
export interface Place {
  /** In protobuf's spelling, such as `task.http_request`; '' for the whole request. */
  readonly path: string;
  readonly report: (violation: FieldViolation) => void;
  /** Messages around this place; default 0. */
  readonly depth?: number;
}

/**
 * Checks JSON against a message type as the service does, and reads it into the plain form that `Type.fromObject`
 * takes. Reports each problem, and leaves its value out.
 */
export function checkJson(
  type: Protobuf.Type,
  json: Readonly<Record<string, unknown>>,
  { path, report, depth = 0 }: Place,
): Record<string, unknown> {
  if (depth > MAX_DEPTH) {
    throw new RestRequestError(
      `Invalid JSON payload received. Messages may lie at most ${MAX_DEPTH} deep in each other.`,
    );
  }
  const checked: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    const field = fieldNamed(type, key);
    if (field === undefined) {
      const at = path === '' ? '' : ` at '${path}'`;
      const description = `Invalid JSON payload received. Unknown name "${key}"${at}: Cannot find field.`;
      report({ ...(path !== '' && { field: path }), description });
    } else if (value !== null || isNullValue(field)) {
      // null means "not set", as everywhere in proto3's JSON, except in a field whose only value it is.
      const name = protoName(field);
      const place = { path: path === '' ? name : `${path}.${name}`, report, depth: depth + 1 };
      checked[field.name] = checkField(field, value, place);
    }
  }
  return checked;
}

/** Checks a parameter of the query, where every value is a text. */
export function checkQueryValue(field: Protobuf.Field, value: string, place: Place): unknown {
  const isEnum = field.resolvedType !== null && 'values' in field.resolvedType;
  const given = isEnum && /^\d+$/.test(value) ? Number(value) : value;
  // Unescaped, the plus signs of base64 and of time zones arrive as spaces.
  const isSpaced = field.type === 'bytes' || field.resolvedType?.fullName === '.google.protobuf.Timestamp';
  if (isSpaced) return checkValue(field, value.replaceAll(' ', '+'), place);
  const isBoolean = field.type === 'bool' && /^(true|false)$/.test(value);
  return checkValue(field, isBoolean ? value === 'true' : given, place);
}

/** The field of that name, in JSON's or in protobuf's spelling. */
export function fieldNamed(type: Protobuf.Type, key: string): Protobuf.Field | undefined {
  const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.hasOwn(type.fields, name) ? type.fields[name]?.resolve() : undefined;
}

function protoName({ name }: Protobuf.Field): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function checkField(field: Protobuf.Field, value: unknown, place: Place): unknown {
  const { path } = place;
  if (field.repeated) {
    if (!Array.isArray(value)) return reportValue(field, value, place);
    return value.map((item, index) => checkValue(field, item, { ...place, path: `${path}[${index}]` }));
  }
  if (!field.map) return checkValue(field, value, place);
  if (!isObject(value)) return reportValue(field, value, place);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, checkValue(field, item, place)]),
  );
}

function checkValue(field: Protobuf.Field, value: unknown, place: Place): unknown {
  const { resolvedType } = field;
  if (resolvedType !== null && 'fields' in resolvedType && !(resolvedType.fullName in WELL_KNOWN_TYPES)) {
    return isObject(value) ? checkJson(resolvedType, value, place) : reportValue(field, value, place);
  }
  return readValue(field, value) ?? reportValue(field, value, place);
}

/** @returns undefined: the request is refused, so the value counts no more */
function reportValue({ resolvedType, type }: Protobuf.Field, value: unknown, place: Place): undefined {
  const { path, report } = place;
  const typeName = resolvedType
    ? `type.googleapis.com/${resolvedType.fullName.slice(1)}`
    : `TYPE_${type.toUpperCase()}`;
  const shown = JSON.stringify(value);
  const problem = type === 'bytes' ? `Base64 decoding failed for ${shown}` : shown;
  report({ field: path, description: `Invalid value at '${path}' (${typeName}), ${problem}` });
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value in the form that protobufjs reads; undefined if it is none of the field's type. */
function readValue({ resolvedType, type }: Protobuf.Field, value: unknown): unknown {
  if (resolvedType !== null) {
    return 'values' in resolvedType
      ? readEnum(resolvedType, value)
      : WELL_KNOWN_TYPES[resolvedType.fullName]?.(value);
  }
  if (type === 'string') return typeof value === 'string' ? value : undefined;
  if (type === 'bytes') {
    return typeof value === 'string' && BASE64.test(value) ? Buffer.from(value, 'base64') : undefined;
  }
  if (type === 'bool') return typeof value === 'boolean' ? value : undefined;
  return readNumber(type, value);
}

/** Whether JSON has a field's value as null. */
function isNullValue({ resolvedType }: Protobuf.Field): boolean {
  return resolvedType?.fullName === '.google.protobuf.NullValue';
}

function wrapped(value: unknown): { value: unknown } | undefined {
  return value === undefined ? undefined : { value };
}

/** Names must be known; any number is one, as the enums of proto3 are open. */
function readEnum(type: Protobuf.Enum, value: unknown): unknown {
  if (value === null) return type.fullName === '.google.protobuf.NullValue' ? 0 : undefined;
  const isKnown =
    typeof value === 'number' ? Number.isInteger(value) : Object.hasOwn(type.values, String(value));
  return isKnown ? value : undefined;
}

/** Numbers come as numbers or as text. @returns integers of 64 bits as text, since a number would lose digits */
function readNumber(type: string, value: unknown): number | string | undefined {
  if (type.endsWith('64')) return readInt64(type, value);
  const isFloat = !INTEGERS.includes(type);
  if (isFloat && typeof value === 'string' && NOT_FINITE.includes(value)) return Number(value);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  if (isFloat) return number;
  return Number.isInteger(number) && Math.abs(number) < 2 ** 31 ? number : undefined;
}

function readInt64(type: string, value: unknown): string | undefined {
  // A number in JSON beyond this has lost digits before it is read.
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value);
  if (!isWhole && !(typeof value === 'string' && /^-?\d{1,19}(\.0+)?$/.test(value))) return undefined;
  const integer = BigInt(String(value).replace(/\.0+$/, ''));
  const inRange = type === 'int64' ? BigInt.asIntN(64, integer) : BigInt.asUintN(64, integer);
  return integer === inRange ? String(integer) : undefined;
}

function readDuration(value: unknown): SecondsAndNanos | undefined {
  const match = typeof value === 'string' ? DURATION.exec(value) : null;
  if (match === null) return undefined;
  const sign = match[1] === '-' ? -1 : 1;
  return { seconds: sign * Number(match[2]), nanos: sign * nanosOf(match[3]) };
}

function readTimestamp(value: unknown): SecondsAndNanos | undefined {
  const match = typeof value === 'string' ? TIMESTAMP.exec(value) : null;
  if (match === null) return undefined;
  const atMs = Date.parse(`${match[1]}${match[3]}`);
  return Number.isNaN(atMs) ? undefined : { seconds: atMs / 1_000, nanos: nanosOf(match[2]) };
}

/** A mask in JSON is a text, with its paths in camelCase. */
function readFieldMask(value: unknown): { paths: string[] } | undefined {
  if (typeof value !== 'string') return undefined;
  return { paths: value === '' ? [] : value.split(',').map(toProtoPath) };
}

/** Spells a path as protobuf does. */
export function toProtoPath(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** @param fraction such as `.5`; absent for a whole second */
function nanosOf(fraction: string | undefined): number {
  return Number((fraction ?? '.').slice(1).padEnd(9, '0'));
}
