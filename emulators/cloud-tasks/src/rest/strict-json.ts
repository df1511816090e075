import type * as Protobuf from 'protobufjs';
import { invalidArgument } from '../engine/cloud-tasks-error.ts';

const DURATION = /^-?\d{1,12}(\.\d{1,9})?s$/;
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const INTEGERS = ['int32', 'int64', 'uint32', 'uint64'];

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
  const resolved = field.resolvedType;
  const problem = (): never => {
    const type = resolved?.name ?? field.type;
    throw invalidArgument(`Invalid value at '${path}' (${type}): ${JSON.stringify(value)}`);
  };
  if (resolved !== null && 'values' in resolved) {
    const known =
      typeof value === 'number'
        ? value in resolved.valuesById
        : Object.hasOwn(resolved.values, String(value));
    return known ? value : problem();
  }
  if (resolved !== null) {
    if (resolved.fullName === '.google.protobuf.Duration') {
      return typeof value === 'string' && DURATION.test(value) ? value : problem();
    }
    if (resolved.fullName === '.google.protobuf.Timestamp') return inUtc(value) ?? problem();
    return checkJson(resolved as Protobuf.Type, value, path);
  }
  if (field.type === 'string') return typeof value === 'string' ? value : problem();
  if (field.type === 'bytes') return typeof value === 'string' && BASE64.test(value) ? value : problem();
  if (field.type === 'bool') return typeof value === 'boolean' ? value : problem();
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return problem();
  if (!INTEGERS.includes(field.type)) return number;
  const limit = field.type.endsWith('32') ? 2 ** 31 : Number.MAX_SAFE_INTEGER;
  return Number.isInteger(number) && Math.abs(number) < limit ? number : problem();
}

/** The same moment with `Z`, its fraction kept to the nanosecond. */
function inUtc(value: unknown): string | undefined {
  const match = typeof value === 'string' ? TIMESTAMP.exec(value) : null;
  if (match === null) return undefined;
  const atMs = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(atMs)) return undefined;
  return `${new Date(atMs).toISOString().slice(0, 19)}${match[2] ?? ''}Z`;
}
