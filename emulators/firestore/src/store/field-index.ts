import { compareNames, compareValues, typeRank } from '../values/compare-values.ts';
import { NULL, type Value } from '../values/value.ts';

/** A document's value in the field of an index. */
export interface IndexEntry {
  readonly value: Value;
  readonly name: string;
}

/** A part of an index: from the position `from`, included, to `to`, excluded. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** Operators that pick one range of an index. */
export type RangeOp = '==' | '<' | '<=' | '>' | '>=';

/** Blocks are split in two beyond this. A change copies one block. */
const MAX_BLOCK_ENTRIES = 512;
const NAN: Value = { kind: 'double', double: Number.NaN };

type Block = readonly IndexEntry[];

/**
 * Entries in the order of their values, and of the documents' names where these are equal. Blocks are never changed but
 * replaced: whoever goes through names sees the entries of the moment when it began.
 */
export class FieldIndex {
  #blocks: readonly Block[] = [];
  /** The position of each block's first entry; the last element is the size. */
  #starts: readonly number[] = [0];

  get size(): number {
    return this.#starts[this.#blocks.length] ?? 0;
  }

  /** Adds entries that are not in it; many at once cost less than one by one. */
  add(added: readonly IndexEntry[]): void {
    const byBlock = new Map<number, IndexEntry[]>();
    const lastBlock = Math.max(0, this.#blocks.length - 1);
    for (const entry of added) {
      // An entry after all others goes into the last block.
      const block = Math.min(lastBlock, this.#find((other) => compareEntries(other, entry) >= 0).block);
      const ofBlock = byBlock.get(block);
      if (ofBlock === undefined) byBlock.set(block, [entry]);
      else ofBlock.push(entry);
    }
    const blocks = this.#blocks.length === 0 ? [[]] : this.#blocks;
    this.#replace(
      blocks.flatMap((entries, index) => {
        const ofBlock = byBlock.get(index);
        return ofBlock === undefined ? [entries] : split(merge(entries, ofBlock.sort(compareEntries)));
      }),
    );
  }

  /** Takes out an entry; nothing happens if it is not there. */
  remove(entry: IndexEntry): void {
    const { block, offset } = this.#find((other) => compareEntries(other, entry) >= 0);
    const entries = this.#blocks[block];
    const found = entries?.[offset];
    if (entries === undefined || found === undefined || compareEntries(found, entry) !== 0) return;
    const left = entries.toSpliced(offset, 1);
    this.#replace(this.#blocks.toSpliced(block, 1, ...(left.length === 0 ? [] : [left])));
  }

  /** Where the values are that compare with `value` in that way; as in a filter, those of other types don't. */
  range(op: RangeOp, value: Value): IndexRange {
    if (op === '==') return { from: this.#lowerBound(value), to: this.#upperBound(value) };
    const isOfNaN = value.kind === 'double' && Number.isNaN(value.double);
    const rank = typeRank(value);
    // NaN is a number that is in no range but its own.
    const first = isOfNaN || rank !== typeRank(NAN) ? this.#firstOfRank(rank) : this.#upperBound(NAN);
    const last = isOfNaN ? this.#upperBound(NAN) : this.#firstOfRank(rank + 1);
    switch (op) {
      case '<':
        return { from: first, to: Math.max(first, this.#lowerBound(value)) };
      case '<=':
        return { from: first, to: Math.max(first, this.#upperBound(value)) };
      case '>':
        return { from: this.#upperBound(value), to: last };
      case '>=':
        return { from: this.#lowerBound(value), to: last };
    }
  }

  /** Everything but null. */
  aboveNull(): IndexRange {
    return { from: this.#upperBound(NULL), to: this.size };
  }

  /**
   * How many entries come before a value of any type, or before a name that has it; with `isAfter`, before what comes
   * right after these.
   */
  position(value: Value, name: string | undefined, isAfter: boolean): number {
    const { block, offset } = this.#find((entry) => {
      const order =
        compareValues(entry.value, value) || (name === undefined ? 0 : compareNames(entry.name, name));
      return isAfter ? order > 0 : order >= 0;
    });
    return (this.#starts[block] ?? 0) + offset;
  }

  /** The value at a position. */
  valueAt(position: number): Value | undefined {
    const block = blockAt(this.#starts, position);
    return this.#blocks[block]?.[position - (this.#starts[block] ?? 0)]?.value;
  }

  /** The names in a range, as they are now: later changes do not show. */
  names(range: IndexRange, descending = false): Iterable<string> {
    return namesIn(this.#blocks, this.#starts, range, descending);
  }

  #lowerBound(value: Value): number {
    return this.position(value, undefined, false);
  }

  #upperBound(value: Value): number {
    return this.position(value, undefined, true);
  }

  #firstOfRank(rank: number): number {
    const { block, offset } = this.#find((entry) => typeRank(entry.value) >= rank);
    return (this.#starts[block] ?? 0) + offset;
  }

  /** The first place from which on `holds` is true; after the last block if it never is. */
  #find(holds: (entry: IndexEntry) => boolean): { block: number; offset: number } {
    const block = firstIndex(this.#blocks, (entries) => {
      const last = entries.at(-1);
      return last !== undefined && holds(last);
    });
    return { block, offset: firstIndex(this.#blocks[block] ?? [], holds) };
  }

  #replace(blocks: readonly Block[]): void {
    const starts = [0];
    let start = 0;
    for (const { length } of blocks) {
      start += length;
      starts.push(start);
    }
    this.#blocks = blocks;
    this.#starts = starts;
  }
}

/** A block with further entries, both in order. Equal values are one object: many documents have few values. */
function merge(block: Block, added: Block): Block {
  const merged: IndexEntry[] = [];
  let next = 0;
  for (const entry of added) {
    for (
      let other = block[next];
      other !== undefined && compareEntries(other, entry) < 0;
      other = block[next]
    ) {
      merged.push(other);
      next++;
    }
    const neighbour = block[next] ?? merged.at(-1);
    const isShared = neighbour !== undefined && compareValues(entry.value, neighbour.value) === 0;
    merged.push(isShared ? { value: neighbour.value, name: entry.name } : entry);
  }
  return next === 0 ? merged.concat(block) : merged.concat(block.slice(next));
}

function split(block: Block): Block[] {
  if (block.length <= MAX_BLOCK_ENTRIES) return [block];
  const parts = Math.ceil(block.length / MAX_BLOCK_ENTRIES);
  const length = Math.ceil(block.length / parts);
  return Array.from({ length: parts }, (_, part) => block.slice(part * length, (part + 1) * length));
}

function compareEntries(left: IndexEntry, right: IndexEntry): number {
  return compareValues(left.value, right.value) || compareNames(left.name, right.name);
}

function* namesIn(
  blocks: readonly Block[],
  starts: readonly number[],
  { from, to }: IndexRange,
  descending: boolean,
): Generator<string> {
  let position = descending ? to - 1 : from;
  for (
    let block = blockAt(starts, position);
    position >= from && position < to;
    block += descending ? -1 : 1
  ) {
    const entries = blocks[block];
    const start = starts[block];
    if (entries === undefined || start === undefined) return;
    while (position >= from && position < to) {
      const entry = entries[position - start];
      if (entry === undefined) break;
      yield entry.name;
      position += descending ? -1 : 1;
    }
  }
}

/** The block that a position lies in. */
function blockAt(starts: readonly number[], position: number): number {
  return firstIndex(starts, (start) => start > position) - 1;
}

/** The first index of a list from which on `holds` is true; its length if it never is. */
function firstIndex<T>(list: readonly T[], holds: (element: T) => boolean): number {
  let from = 0;
  let to = list.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (holds(list[middle] as T)) to = middle;
    else from = middle + 1;
  }
  return from;
}
