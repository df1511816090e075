import type * as Protobuf from 'protobufjs';
import protobuf from 'protobufjs';
import type { SecondsAndNanos } from './seconds-and-nanos.ts';

const WRAPPERS = /^\.google\.protobuf\.(Int32|Int64|UInt32|UInt64|Double|Float|Bool|String)Value$/;
const NEGATIVE_ZERO = (JSON as unknown as { rawJSON(text: string): object }).rawJSON('-0');

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
    if (WRAPPERS.test(resolvedType.fullName)) return writeWrapped(resolvedType, value, form);
    if (resolvedType.fullName === '.google.protobuf.Struct') return structJson(value as Struct);
    if (resolvedType.fullName === '.google.protobuf.Any') return writeAny(resolvedType, value as Any, form);
    return writeJson(resolvedType, value as Record<string, unknown>, form);
  }
  if (type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  if (type === 'double' || type === 'float') return doubleJson(value as number);
  return type === 'int64' ? String(value) : value;
}

/** JSON has no NaN and no infinity: they are texts. `JSON.stringify` would drop the sign of -0. */
function doubleJson(value: number): unknown {
  if (Number.isFinite(value)) return Object.is(value, -0) ? NEGATIVE_ZERO : value;
  return String(value);
}

function writeWrapped(type: Protobuf.Type, value: unknown, form: JsonForm): unknown {
  const field = type.fields['value']?.resolve();
  return field && writeValue(field, (value as { value?: unknown }).value ?? field.defaultValue, form);
}

/** google.protobuf.Struct, which is JSON itself. */
interface Struct {
  readonly fields?: Readonly<Record<string, StructValue>>;
}

interface StructValue {
  readonly nullValue?: unknown;
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly structValue?: Struct;
  readonly listValue?: { readonly values?: readonly StructValue[] };
}

function structJson({ fields = {} }: Struct): object {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, structValueJson(value)]));
}

function structValueJson(value: StructValue): unknown {
  if (value.structValue) return structJson(value.structValue);
  if (value.listValue) return (value.listValue.values ?? []).map(structValueJson);
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null;
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
  if (type.fullName === '.google.protobuf.NullValue') return null;
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
