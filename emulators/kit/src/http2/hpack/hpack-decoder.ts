import { type HeaderField, headerField } from './header-field.ts';
import { HpackError } from './hpack-error.ts';
import { huffmanDecode } from './huffman-decode.ts';
import { STATIC_TABLE } from './static-table.ts';

/** The table's size where no setting changes it (RFC 9113, section 6.5.2). */
const TABLE_BYTES = 4096;
/** Longer than any header block may be: an integer above it is an attack. */
const MAX_INTEGER = 2 ** 28;

/** Decodes the header blocks of a connection, in their order, with its table. */
export class HpackDecoder {
  /** The newest entry is the last. */
  #entries: HeaderField[] = [];
  #tableBytes = 0;
  #maxTableBytes = TABLE_BYTES;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /**
   * Decodes a block. Fields beyond `maxListBytes` are decoded for the table alone.
   * @returns undefined where the list is longer than `maxListBytes`
   * @throws {HpackError} if the block breaks RFC 7541; the connection cannot go on then
   */
  decode(block: Buffer, maxListBytes: number): HeaderField[] | undefined {
    this.#block = block;
    this.#at = 0;
    const fields: HeaderField[] = [];
    let listBytes = 0;
    let mayResize = true;
    while (this.#at < block.length) {
      const first = block[this.#at] ?? 0;
      if ((first & 0xe0) === 0x20) {
        if (!mayResize) throw new HpackError('A table size update follows a field');
        this.#resize(this.#integer(5));
        continue;
      }
      mayResize = false;
      const field = this.#field(first);
      listBytes += field.sizeBytes;
      if (listBytes <= maxListBytes) fields.push(field);
    }
    return listBytes <= maxListBytes ? fields : undefined;
  }

  #field(first: number): HeaderField {
    if (first & 0x80) return this.#entry(this.#integer(7));
    const isAdded = (first & 0x40) !== 0;
    const nameIndex = this.#integer(isAdded ? 6 : 4);
    const name = nameIndex === 0 ? this.#string() : this.#entry(nameIndex).name;
    const field = headerField(name, this.#string());
    if (isAdded) this.#add(field);
    return field;
  }

  #entry(index: number): HeaderField {
    const field =
      index <= STATIC_TABLE.length
        ? STATIC_TABLE[index - 1]
        : this.#entries[this.#entries.length - (index - STATIC_TABLE.length)];
    if (field === undefined) throw new HpackError(`There is no field of index ${index}`);
    return field;
  }

  #add(field: HeaderField): void {
    this.#tableBytes += field.sizeBytes;
    this.#entries.push(field);
    this.#evict();
  }

  #resize(bytes: number): void {
    if (bytes > TABLE_BYTES) {
      throw new HpackError(`A table size update to ${bytes} bytes; at most ${TABLE_BYTES} are allowed`);
    }
    this.#maxTableBytes = bytes;
    this.#evict();
  }

  #evict(): void {
    let evicted = 0;
    while (this.#tableBytes > this.#maxTableBytes) {
      this.#tableBytes -= this.#entries[evicted++]?.sizeBytes ?? 0;
    }
    if (evicted > 0) this.#entries.splice(0, evicted);
  }

  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (value > MAX_INTEGER || factor > MAX_INTEGER) throw new HpackError('An integer is too large');
      if (byte < 0x80) return value;
    }
  }

  #string(): string {
    const isHuffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#block.length) throw new HpackError('A string goes beyond the end of its header block');
    this.#at = end;
    return isHuffman ? huffmanDecode(this.#block, start, end) : this.#block.toString('latin1', start, end);
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw new HpackError('The header block ends within a field');
    return byte;
  }
}
