import { decodeDocument } from './firestore-service.ts';
import type { WireValue } from './messages.ts';

// Source: "Encoding" in the documentation of Protocol Buffers. A tag is the field's number and wire type, here 2: a
// length, then so many bytes. A map is a repeated field of messages with the key as 1 and the value as 2.
const FIELDS_TAG = (2 << 3) | 2;
const KEY_TAG = (1 << 3) | 2;

/**
 * One field of a document that `encodeDocument` made of fields alone, without decoding the others: an index over many
 * documents is made of one field of each. Undefined where it has no such field.
 */
export function decodeDocumentField(bytes: Uint8Array, name: string): WireValue | undefined {
  const nameBytes = Buffer.from(name);
  const reader = new WireReader(bytes);
  while (reader.position < bytes.length) {
    const start = reader.position;
    reader.expect(FIELDS_TAG);
    const length = reader.varint();
    const end = reader.position + length;
    reader.expect(KEY_TAG);
    const keyLength = reader.varint();
    const key = bytes.subarray(reader.position, reader.position + keyLength);
    if (Buffer.compare(key, nameBytes) === 0) return decodeDocument(bytes.subarray(start, end)).fields[name];
    reader.position = end;
  }
  return undefined;
}

class WireReader {
  readonly #bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  expect(tag: number): void {
    const found = this.varint();
    if (found !== tag) throw new Error(`A stored document has tag ${found} where ${tag} must be`);
  }

  /** A length or a tag: below 2^31 here, for documents are at most 1 MiB. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.position++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  }
}
