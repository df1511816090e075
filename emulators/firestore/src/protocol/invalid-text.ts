import { isUtf8 } from 'node:buffer';

/** The character that stands for bytes that are no UTF-8 once they are decoded. */
const REPLACEMENT = '\uFFFD';
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);

/**
 * Whether a decoded message holds text that was not UTF-8: the decoder puts replacement characters in its place. More of
 * these than the bytes hold cannot have been sent.
 */
export function hasInvalidText(message: unknown, bytes: Buffer): boolean {
  if (isUtf8(bytes)) return false;
  const decoded = countReplacements(message);
  return decoded > 0 && decoded > countIn(bytes);
}

function countReplacements(value: unknown): number {
  if (typeof value === 'string') return value.includes(REPLACEMENT) ? value.split(REPLACEMENT).length - 1 : 0;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 0;
  let count = 0;
  for (const [key, inner] of Object.entries(value)) {
    count += countReplacements(key) + countReplacements(inner);
  }
  return count;
}

function countIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(REPLACEMENT_BYTES); at >= 0; count++) {
    at = bytes.indexOf(REPLACEMENT_BYTES, at + REPLACEMENT_BYTES.length);
  }
  return count;
}
