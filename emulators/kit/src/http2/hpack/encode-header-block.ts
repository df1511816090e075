import { STATIC_TABLE } from './static-table.ts';

const LITERAL_WITHOUT_INDEXING = 0x00;
const INDEXED = 0x80;
const indexByField = new Map<string, number>();
const indexByName = new Map<string, number>();
for (const [index, { name, value }] of STATIC_TABLE.entries()) {
  indexByField.set(`${name}\0${value}`, index + 1);
  if (!indexByName.has(name)) indexByName.set(name, index + 1);
}

/**
 * Encodes a header block with the static table alone: without state, equal fields are equal bytes that can be kept.
 * Names and values hold one byte in each character.
 */
export function encodeHeaderBlock(fields: Iterable<readonly [name: string, value: string]>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of fields) {
    const index = indexByField.get(`${name}\0${value}`);
    if (index !== undefined) {
      parts.push(integer(INDEXED, 7, index));
      continue;
    }
    const nameIndex = indexByName.get(name) ?? 0;
    parts.push(integer(LITERAL_WITHOUT_INDEXING, 4, nameIndex));
    if (nameIndex === 0) parts.push(text(name));
    parts.push(text(value));
  }
  return Buffer.concat(parts);
}

function text(value: string): Buffer {
  return Buffer.concat([integer(0, 7, value.length), Buffer.from(value, 'latin1')]);
}

function integer(pattern: number, prefixBits: number, value: number): Buffer {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) return Buffer.of(pattern | value);
  const bytes = [pattern | mask];
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
