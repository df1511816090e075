import {
  type DocumentData,
  type DocumentReference,
  FieldValue,
  type SetOptions,
} from '@google-cloud/firestore';

/** Firestore refuses data that is nested deeper, also one that contains itself. */
const MAX_DEPTH = 21;

/** The internals of Firestore's client (9.4.1) that hold a reference's converter. It has no public accessor for it. */
interface ConvertedReference {
  readonly _converter?: { toFirestore(data: unknown, options?: SetOptions): DocumentData };
}

/**
 * Copies the data of a write, so that a later change of the caller's object has no effect. Firestore's own values
 * (Timestamp, GeoPoint, DocumentReference, vectors) never change and stay as they are.
 */
export function copyData<T>(data: T): T {
  return copyValue(data, 0) as T;
}

/**
 * Converts the data of a reference with a converter, and copies it.
 * @returns the data, and the reference without its converter
 */
export function copyConverted<D extends DocumentData>(
  reference: DocumentReference<D>,
  data: D,
  options?: SetOptions,
): { plain: DocumentReference; copy: DocumentData } {
  const converter = (reference as unknown as ConvertedReference)._converter;
  if (converter === undefined) return { plain: reference, copy: copyData(data) };
  const converted =
    options === undefined ? converter.toFirestore(data) : converter.toFirestore(data, options);
  return { plain: reference.withConverter(null), copy: copyData(converted) };
}

/** Copies the options of a write. */
export function copySetOptions(options: SetOptions): SetOptions {
  return 'mergeFields' in options && Array.isArray(options.mergeFields)
    ? { ...options, mergeFields: [...options.mergeFields] }
    : { ...options };
}

function copyValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => copyValue(item, depth + 1));
  if (value instanceof Date) return new Date(value.getTime());
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (value instanceof Uint8Array) return value.slice();
  // FieldValue.arrayUnion and arrayRemove keep the caller's elements.
  if (value instanceof FieldValue && 'elements' in value) {
    return Object.assign(Object.create(Object.getPrototypeOf(value)), copyMembers(value, depth));
  }
  // An instance of another class is Firestore's own, or Firestore refuses it by its name.
  return isPlain(value) ? copyMembers(value, depth) : value;
}

function copyMembers(value: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, copyValue(member, depth + 1)]),
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || value.constructor?.name === 'Object';
}
