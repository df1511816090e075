import type * as Protobuf from 'protobufjs';
import protobuf from 'protobufjs';
import type { SecondsAndNanos } from '../api/time-messages.ts';

/** Choices of a caller about the form of a response. */
export interface JsonForm {
  /** Enums as numbers, as `$alt=json;enum-encoding=int` asks. */
  readonly enumsAsNumbers: boolean;
}

/**
 * Writes a message as the service writes JSON: fields in the order of their numbers, without those that have their
 * default value.
 */
export function writeJson(
  type: Protobuf.Type,
  message: Readonly<Record<string, unknown>>,
  form: JsonForm,
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const field of type.fieldsArray.toSorted((a, b) => a.id - b.id)) {
    const written = writeField(field.resolve(), message[field.name], form);
    if (written !== undefined) json[field.name] = written;
  }
  return json;
}

/** @returns undefined where the field is left out */
function writeField(field: Protobuf.Field, value: unknown, form: JsonForm): unknown {
  if (value === undefined || value === null) return undefined;
  if (field.repeated) {
    const items = value as unknown[];
    return items.length === 0 ? undefined : items.map((item) => writeValue(field, item, form));
  }
  if (field.map) {
    const entries = Object.entries(value);
    if (entries.length === 0) return undefined;
    return Object.fromEntries(entries.map(([key, item]) => [key, writeValue(field, item, form)]));
  }
  const hasPresence =
    field.partOf !== null || (field.resolvedType !== null && 'fields' in field.resolvedType);
  return !hasPresence && isDefault(field, value) ? undefined : writeValue(field, value, form);
}

function writeValue({ resolvedType, type }: Protobuf.Field, value: unknown, form: JsonForm): unknown {
  if (resolvedType !== null && 'values' in resolvedType) return writeEnum(resolvedType, value, form);
  if (resolvedType !== null) {
    if (resolvedType.fullName === '.google.protobuf.Duration') return durationText(value as SecondsAndNanos);
    if (resolvedType.fullName === '.google.protobuf.Timestamp')
      return timestampText(value as SecondsAndNanos);
    if (resolvedType.fullName === '.google.protobuf.Any') return writeAny(resolvedType, value as Any, form);
    return writeJson(resolvedType, value as Record<string, unknown>, form);
  }
  if (type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  return type === 'int64' ? String(value) : value;
}

interface Any {
  readonly type_url?: string;
  readonly value?: Uint8Array;
}

/** The packed message with its type, which comes first. A type that the definitions lack is shown without its fields. */
function writeAny(anyType: Protobuf.Type, { type_url: url = '', value }: Any, form: JsonForm): object {
  const type = anyType.root.lookup(url.slice(url.lastIndexOf('/') + 1));
  if (!(type instanceof protobuf.Type)) return { '@type': url };
  const message = type.toObject(type.decode(value ?? new Uint8Array()), { longs: Number, enums: String });
  return { '@type': url, ...writeJson(type, message, form) };
}

function writeEnum(type: Protobuf.Enum, value: unknown, form: JsonForm): unknown {
  const number = typeof value === 'number' ? value : type.values[String(value)];
  return form.enumsAsNumbers ? number : (type.valuesById[number ?? 0] ?? number);
}

function isDefault({ resolvedType }: Protobuf.Field, value: unknown): boolean {
  if (resolvedType !== null && 'values' in resolvedType) {
    return value === 0 || resolvedType.values[String(value)] === 0;
  }
  return (
    value === 0 || value === '' || value === false || (value instanceof Uint8Array && value.length === 0)
  );
}

function durationText({ seconds, nanos }: SecondsAndNanos): string {
  const isNegative = Number(seconds ?? 0) < 0 || (nanos ?? 0) < 0;
  const whole = `${isNegative ? '-' : ''}${Math.abs(Number(seconds ?? 0))}`;
  return `${whole}${fractionText(Math.abs(nanos ?? 0))}s`;
}

function timestampText({ seconds, nanos }: SecondsAndNanos): string {
  const whole = new Date(Number(seconds ?? 0) * 1_000).toISOString().slice(0, 19);
  return `${whole}${fractionText(nanos ?? 0)}Z`;
}

/** A fraction of a second with 0, 3, 6 or 9 digits. */
function fractionText(nanos: number): string {
  if (nanos === 0) return '';
  return `.${String(nanos)
    .padStart(9, '0')
    .replace(/(000){1,2}$/, '')}`;
}
