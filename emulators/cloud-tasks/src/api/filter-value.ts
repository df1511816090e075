import type { SecondsAndNanos } from '@waybill/emulator-kit/rest';
import type { Enum, Field } from 'protobufjs';
import { invalidArgument } from '../engine/cloud-tasks-error.ts';

/** An operator of a filter. `:` looks for a part of a text, or for presence (`: *`). */
export type Comparison = ':' | '=' | '!=' | '<' | '<=' | '>' | '>=';

const DURATION = /^-?\d+(\.\d{1,9})?s$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/**
 * Compares values of a field with the value of a filter, as the service was recorded to do by the field's type.
 * @returns whether a value fits; undefined is an absent one
 * @throws {CloudTasksError} INVALID_ARGUMENT if the filter's value is none of the field's type
 */
export function compareValue(
  field: Field,
  operator: Comparison,
  expected: string,
  isQuoted: boolean,
): (value: unknown) => boolean {
  const { resolvedType, type } = field;
  const wantsPresence = operator === ':' && expected === '*' && !isQuoted;
  if (resolvedType !== null && 'values' in resolvedType) {
    const number = enumNumber(resolvedType, expected);
    return (value) => holds(operator, numberOf(resolvedType, value) - number);
  }
  const isMoment =
    resolvedType !== null && /\.google\.protobuf\.(Timestamp|Duration)$/.test(resolvedType.fullName);
  if (resolvedType !== null && !isMoment) {
    if (wantsPresence) return isPresent;
    throw invalidArgument(
      `Cannot match a nested type '${protoName(field)}'. A member field of scalar or enum type must be provided.`,
    );
  }
  if (wantsPresence && (isMoment || type === 'string')) return isPresent;
  if (isMoment) {
    const isDuration = resolvedType?.fullName.endsWith('Duration') ?? false;
    const nanos = isDuration ? durationNanos(expected) : timestampNanos(expected, isQuoted);
    return (value) => holds(operator, Number(nanosOf(value) - nanos));
  }
  if (type === 'string') return (value) => compareText(operator, String(value ?? ''), expected);
  const number = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(expected)
    ? Number(expected)
    : refuseValue(expected);
  return (value) => holds(operator, Number(value ?? 0) - number);
}

function compareText(operator: Comparison, value: string, expected: string): boolean {
  if (operator === ':') return value.toLowerCase().includes(expected.toLowerCase());
  return holds(operator, value === expected ? 0 : value < expected ? -1 : 1);
}

/** @param difference of the queue's value and the filter's */
function holds(operator: Comparison, difference: number): boolean {
  switch (operator) {
    case ':':
    case '=':
      return difference === 0;
    case '!=':
      return difference !== 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

/** Whether a value is set: text, list and message alike. */
function isPresent(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '';
}

function enumNumber(type: Enum, expected: string): number {
  const name = Object.keys(type.values).find((candidate) => candidate === expected.toUpperCase());
  return name === undefined ? refuseValue(expected) : (type.values[name] ?? 0);
}

function numberOf(type: Enum, value: unknown): number {
  return typeof value === 'number' ? value : (type.values[String(value)] ?? 0);
}

function durationNanos(expected: string): bigint {
  if (!DURATION.test(expected)) return refuseValue(expected);
  const [whole = '0', fraction = ''] = expected.slice(0, -1).split('.');
  const nanos = BigInt(fraction.padEnd(9, '0'));
  return BigInt(whole) * 1_000_000_000n + (whole.startsWith('-') ? -nanos : nanos);
}

function timestampNanos(expected: string, isQuoted: boolean): bigint {
  const match = isQuoted ? TIMESTAMP.exec(expected) : null;
  const atMs = match === null ? Number.NaN : Date.parse(expected.replace(match[1] ?? '', ''));
  if (Number.isNaN(atMs)) return refuseValue(expected);
  return BigInt(atMs) * 1_000_000n + BigInt((match?.[1] ?? '.').slice(1).padEnd(9, '0'));
}

function nanosOf(value: unknown): bigint {
  const { seconds, nanos } = (value ?? {}) as SecondsAndNanos;
  return BigInt(Number(seconds ?? 0)) * 1_000_000_000n + BigInt(nanos ?? 0);
}

function protoName({ name }: Field): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function refuseValue(expected: string): never {
  throw invalidArgument(`The value '${expected.toLowerCase()}' is of incorrect type.`);
}
