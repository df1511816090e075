/** DER, the binary form of X.509 certificates (ITU-T X.690): the few types that a certificate needs. */

const TAG = {
  integer: 2,
  bitString: 3,
  nullValue: 5,
  oid: 6,
  utf8: 12,
  utcTime: 23,
  generalTime: 24,
} as const;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT = 0xa0;
/** UTCTime has two digits for the year and ends with 2049. */
const FIRST_GENERALIZED_YEAR = 2_050;

/** A sequence of encoded values. */
export function sequence(...items: readonly Buffer[]): Buffer {
  return encode(SEQUENCE, Buffer.concat(items));
}

/** A set of encoded values, in the order that they are given. */
export function setOf(...items: readonly Buffer[]): Buffer {
  return encode(SET, Buffer.concat(items));
}

/** An encoded value below an explicit, context-specific tag. */
export function tagged(number: number, item: Buffer): Buffer {
  return encode(CONTEXT + number, item);
}

/** A positive integer of big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  // A first bit of 1 would make it negative.
  const isSigned = ((bytes[0] ?? 0) & 0x80) !== 0;
  return encode(TAG.integer, isSigned ? Buffer.concat([Buffer.of(0), bytes]) : Buffer.from(bytes));
}

/** A string of whole bytes. */
export function bitString(bytes: Uint8Array): Buffer {
  return encode(TAG.bitString, Buffer.concat([Buffer.of(0), bytes]));
}

/** NULL. */
export function nullValue(): Buffer {
  return encode(TAG.nullValue, Buffer.alloc(0));
}

/** A text. */
export function utf8(text: string): Buffer {
  return encode(TAG.utf8, Buffer.from(text, 'utf8'));
}

/** An object identifier such as `2.5.4.3`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return encode(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A time in whole seconds, in the form that X.509 asks of its year. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().slice(0, 19).replace(/[-:T]/g, '');
  return date.getUTCFullYear() < FIRST_GENERALIZED_YEAR
    ? encode(TAG.utcTime, Buffer.from(`${digits.slice(2)}Z`))
    : encode(TAG.generalTime, Buffer.from(`${digits}Z`));
}

function base128(value: number): number[] {
  const groups = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
  return groups;
}

function encode(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes: number[] = [];
  for (let left = length; left > 0; left >>>= 8) bytes.unshift(left & 0xff);
  return Buffer.of(0x80 | bytes.length, ...bytes);
}
