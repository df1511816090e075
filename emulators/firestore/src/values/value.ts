/** A map's or a document's fields. Insertion order means nothing. */
export type Fields = ReadonlyMap<string, Value>;

/** A field's value. Integers are exact 64-bit ones. */
export type Value =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly boolean: boolean }
  | { readonly kind: 'integer'; readonly integer: bigint }
  | { readonly kind: 'double'; readonly double: number }
  | { readonly kind: 'timestamp'; readonly seconds: number; readonly nanos: number }
  | { readonly kind: 'string'; readonly string: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'geoPoint'; readonly latitude: number; readonly longitude: number }
  | { readonly kind: 'array'; readonly values: readonly Value[] }
  | { readonly kind: 'map'; readonly fields: Fields };

export const NULL: Value = { kind: 'null' };

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Whether `integer` fits the wire's integerValue. */
export function fitsInt64(integer: bigint): boolean {
  return integer >= MIN_INT64 && integer <= MAX_INT64;
}

/** The nearest 64-bit integer: what `increment` leaves on overflow. */
export function saturateInt64(integer: bigint): bigint {
  if (integer < MIN_INT64) return MIN_INT64;
  return integer > MAX_INT64 ? MAX_INT64 : integer;
}

/** The string in `__type__` that makes a map a vector. */
export const VECTOR_MARK = '__vector__';

/** The numbers of a vector (FieldValue.vector), which travels as a marked map; undefined for anything else. */
export function vectorOf(value: Value): readonly Value[] | undefined {
  if (value.kind !== 'map') return undefined;
  const mark = value.fields.get('__type__');
  if (mark?.kind !== 'string' || mark.string !== VECTOR_MARK) return undefined;
  const vector = value.fields.get('value');
  return vector?.kind === 'array' ? vector.values : undefined;
}
