import type { Fields, Value } from '../values/value.ts';

// Source: "Encoding" in the documentation of Protocol Buffers, and google/firestore/v1/document.proto. A tag is a field's
// number and its wire type. A map is a repeated field of messages with the key as 1 and the value as 2.
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const tag = (field: number, wireType: number): number => (field << 3) | wireType;
const DOCUMENT_FIELDS = tag(2, BYTES);
const MAP_FIELDS = tag(1, BYTES);
const ARRAY_VALUES = tag(1, BYTES);
const ENTRY_KEY = tag(1, BYTES);
const ENTRY_VALUE = tag(2, BYTES);

/** The fields of a document that `encodeDocument` made of fields alone. */
export function decodeStoredFields(bytes: Uint8Array): Fields {
  const reader = new WireReader(bytes);
  return reader.entries(bytes.length, DOCUMENT_FIELDS);
}

/** One field of such a document, without decoding the others; undefined where it has no such field. */
export function decodeStoredField(bytes: Uint8Array, name: string): Value | undefined {
  const nameBytes = Buffer.from(name);
  const reader = new WireReader(bytes);
  while (reader.position < bytes.length) {
    reader.expect(DOCUMENT_FIELDS);
    const end = reader.end();
    reader.expect(ENTRY_KEY);
    if (reader.skipIfEqual(nameBytes)) {
      reader.expect(ENTRY_VALUE);
      return reader.value(reader.end());
    }
    reader.position = end;
  }
  return undefined;
}

/** Reads what protobufjs has written: each field of a message once, in the order of their numbers. */
class WireReader {
  readonly #bytes: Buffer;
  position = 0;
  /** The halves of the last number that was read. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A map's entries, up to a position. */
  entries(to: number, entryTag: number): Fields {
    const fields = new Map<string, Value>();
    while (this.position < to) {
      this.expect(entryTag);
      this.end();
      this.expect(ENTRY_KEY);
      const name = this.#text();
      this.expect(ENTRY_VALUE);
      fields.set(name, this.value(this.end()));
    }
    return fields;
  }

  /** A Value message, up to a position. */
  value(to: number): Value {
    if (this.position >= to) throw new Error(`A stored value is empty at byte ${to}`);
    const valueTag = this.#number();
    switch (valueTag) {
      case tag(1, VARINT):
        return { kind: 'boolean', boolean: this.#number() !== 0 };
      case tag(2, VARINT):
        return { kind: 'integer', integer: this.#integer() };
      case tag(3, FIXED64):
        return { kind: 'double', double: this.#double() };
      case tag(5, BYTES):
        return { kind: 'reference', reference: this.#text() };
      case tag(6, BYTES):
        return { kind: 'map', fields: this.entries(this.end(), MAP_FIELDS) };
      case tag(8, BYTES):
        return this.#geoPoint(this.end());
      case tag(9, BYTES):
        return { kind: 'array', values: this.#values(this.end()) };
      case tag(10, BYTES):
        return this.#timestamp(this.end());
      case tag(11, VARINT):
        this.#number();
        return { kind: 'null' };
      case tag(17, BYTES):
        return { kind: 'string', string: this.#text() };
      case tag(18, BYTES):
        // A copy: an index may keep the value for longer than the document.
        return { kind: 'bytes', bytes: new Uint8Array(this.#take(this.end())) };
      default:
        throw new Error(`A stored value has tag ${valueTag}, which is of no type that can be stored`);
    }
  }

  expect(wanted: number): void {
    const found = this.#number();
    if (found !== wanted) throw new Error(`A stored document has tag ${found} where ${wanted} must be`);
  }

  /** Reads a length. Returns the position where what follows ends. */
  end(): number {
    return this.#number() + this.position;
  }

  /** Reads bytes with their length. Returns whether they are those. */
  skipIfEqual(wanted: Buffer): boolean {
    const end = this.end();
    if (end - this.position !== wanted.length) return false;
    if (this.#bytes.compare(wanted, 0, wanted.length, this.position, end) !== 0) return false;
    this.position = end;
    return true;
  }

  #values(to: number): Value[] {
    const values: Value[] = [];
    while (this.position < to) {
      this.expect(ARRAY_VALUES);
      values.push(this.value(this.end()));
    }
    return values;
  }

  #geoPoint(to: number): Value {
    // A zero may be left out.
    let latitude = 0;
    let longitude = 0;
    while (this.position < to) {
      const field = this.#number();
      if (field === tag(1, FIXED64)) latitude = this.#double();
      else if (field === tag(2, FIXED64)) longitude = this.#double();
      else this.#skip(field);
    }
    return { kind: 'geoPoint', latitude, longitude };
  }

  #timestamp(to: number): Value {
    let seconds = 0;
    let nanos = 0;
    while (this.position < to) {
      const field = this.#number();
      if (field === tag(1, VARINT)) seconds = Number(this.#integer());
      else if (field === tag(2, VARINT)) nanos = Number(this.#integer());
      else this.#skip(field);
    }
    // Older versions stored nanoseconds.
    return { kind: 'timestamp', seconds, nanos: Math.floor(nanos / 1_000) * 1_000 };
  }

  #skip(field: number): void {
    const wireType = field & 7;
    if (wireType === VARINT) this.#number();
    else if (wireType === BYTES) this.position = this.end();
    else this.position += wireType === FIXED32 ? 4 : 8;
  }

  #text(): string {
    const end = this.end();
    const text = this.#bytes.toString('utf8', this.position, end);
    this.position = end;
    return text;
  }

  #take(end: number): Buffer {
    const taken = this.#bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }

  #double(): number {
    const double = this.#bytes.readDoubleLE(this.position);
    this.position += 8;
    return double;
  }

  #integer(): bigint {
    this.#varint();
    const [low, high] = [this.#low, this.#high];
    if (high === 0) return BigInt(low);
    if (high === 0xffff_ffff) return BigInt(low - 2 ** 32);
    return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  }

  /** A tag, a length or another number below 2^32: documents are at most 1 MiB. */
  #number(): number {
    const byte = this.#bytes[this.position];
    if (byte !== undefined && byte < 0x80) {
      this.position++;
      return byte;
    }
    this.#varint();
    return this.#low;
  }

  /** Reads up to 64 bits into `#low` and `#high`. */
  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.position++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.#low = low >>> 0;
    this.#high = high >>> 0;
  }
}
