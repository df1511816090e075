import type * as Protobuf from 'protobufjs';
import { invalidArgument } from '../engine/cloud-tasks-error.ts';

const DURATION = /^-?\d{1,12}(\.\d{1,9})?s$/;
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const INTEGERS = ['int32', 'int64', 'uint32', 'uint64'];
/** Message types that JSON has as a string. */
const WELL_KNOWN_TYPES: Readonly<Record<string, (value: unknown) => unknown>> = {
  '.google.protobuf.Duration': readDuration,
  '.google.protobuf.Timestamp': readTimestamp,
};

/**
 * Checks JSON against a message type as a server must, and brings it into the one form that proto3-json-serializer
 * reads rightly: camelCase names, times in UTC. (The serializer serves clients: it drops what it doesn't know, and
 * reads some times wrongly.)
 * @throws {CloudTasksError} INVALID_ARGUMENT naming the place of the first problem
 */
export function checkJson(type: Protobuf.Type, json: unknown, path = ''): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidArgument(`Invalid value at '${path}' (${type.name}): expected an object.`);
  }
  type.resolveAll();
  const checked: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field === undefined) {
      const place = path === '' ? '' : ` at '${path}'`;
      throw invalidArgument(
        `Invalid JSON payload received. Unknown name "${key}"${place}: Cannot find field.`,
      );
    }
    // null means "not set", as everywhere in proto3's JSON.
    if (value === null) continue;
    checked[name] = checkField(field, value, path === '' ? name : `${path}.${name}`);
  }
  return checked;
}

function checkField(field: Protobuf.Field, value: unknown, path: string): unknown {
  if (field.repeated) {
    if (!Array.isArray(value)) throw invalidArgument(`Invalid value at '${path}': expected a list.`);
    return value.map((item, index) => checkValue(field, item, `${path}[${index}]`));
  }
  if (!field.map) return checkValue(field, value, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(`Invalid value at '${path}': expected an object.`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, checkValue(field, item, `${path}.${key}`)]),
  );
}

function checkValue(field: Protobuf.Field, value: unknown, path: string): unknown {
  const { resolvedType } = field;
  if (resolvedType !== null && 'fields' in resolvedType && !(resolvedType.fullName in WELL_KNOWN_TYPES)) {
    return checkJson(resolvedType, value, path);
  }
  const checked = readValue(field, value);
  if (checked !== undefined) return checked;
  const type = resolvedType?.name ?? field.type;
  throw invalidArgument(`Invalid value at '${path}' (${type}): ${JSON.stringify(value)}`);
}

/** The value, in the form that the serializer reads; undefined if it is none of the field's type. */
function readValue({ resolvedType, type }: Protobuf.Field, value: unknown): unknown {
  if (resolvedType !== null) {
    return 'values' in resolvedType
      ? readEnum(resolvedType, value)
      : WELL_KNOWN_TYPES[resolvedType.fullName]?.(value);
  }
  if (type === 'string') return typeof value === 'string' ? value : undefined;
  if (type === 'bytes') return typeof value === 'string' && BASE64.test(value) ? value : undefined;
  if (type === 'bool') return typeof value === 'boolean' ? value : undefined;
  return readNumber(type, value);
}

function readEnum(type: Protobuf.Enum, value: unknown): unknown {
  const isKnown =
    typeof value === 'number' ? value in type.valuesById : Object.hasOwn(type.values, String(value));
  return isKnown ? value : undefined;
}

function readNumber(type: string, value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  if (!INTEGERS.includes(type)) return number;
  const limit = type.endsWith('32') ? 2 ** 31 : Number.MAX_SAFE_INTEGER;
  return Number.isInteger(number) && Math.abs(number) < limit ? number : undefined;
}

function readDuration(value: unknown): string | undefined {
  return typeof value === 'string' && DURATION.test(value) ? value : undefined;
}

/** The same moment with `Z`, its fraction kept to the nanosecond. */
function readTimestamp(value: unknown): string | undefined {
  const match = typeof value === 'string' ? TIMESTAMP.exec(value) : null;
  if (match === null) return undefined;
  const atMs = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(atMs)) return undefined;
  return `${new Date(atMs).toISOString().slice(0, 19)}${match[2] ?? ''}Z`;
}
