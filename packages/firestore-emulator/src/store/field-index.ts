import { compareNames, compareValues, typeRank } from '../values/compare-values.ts';
import type { Value } from '../values/value.ts';

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

/** What a range of an index is picked by. */
export type RangeOp = '==' | '<' | '<=' | '>' | '>=';

/** The documents that have a field, in the order of its values, and of their names where these are equal. */
export class FieldIndex {
  readonly #entries: IndexEntry[];

  /** @param entries in the order of their names */
  constructor(entries: Iterable<IndexEntry>) {
    // The sort is stable: names stay in order.
    this.#entries = [...entries].sort((left, right) => compareValues(left.value, right.value));
  }

  get size(): number {
    return this.#entries.length;
  }

  add(entry: IndexEntry): void {
    this.#entries.splice(this.#positionOf(entry), 0, entry);
  }

  /** Takes out an entry that is in it. */
  remove(entry: IndexEntry): void {
    this.#entries.splice(this.#positionOf(entry), 1);
  }

  /** Where the values are that compare with `value` in that way; as in a filter, those of other types don't. */
  range(op: RangeOp, value: Value): IndexRange {
    const rank = typeRank(value);
    switch (op) {
      case '==':
        return { from: this.#lowerBound(value), to: this.#upperBound(value) };
      case '<':
        return { from: this.#firstOfRank(rank), to: this.#lowerBound(value) };
      case '<=':
        return { from: this.#firstOfRank(rank), to: this.#upperBound(value) };
      case '>':
        return { from: this.#upperBound(value), to: this.#firstOfRank(rank + 1) };
      case '>=':
        return { from: this.#lowerBound(value), to: this.#firstOfRank(rank + 1) };
    }
  }

  /** The part that is not before (descending: not after) a value, of whichever type. */
  rangeFrom(value: Value, descending: boolean): IndexRange {
    return descending
      ? { from: 0, to: this.#upperBound(value) }
      : { from: this.#lowerBound(value), to: this.size };
  }

  /** The names in a range. Nothing may change meanwhile. */
  *names({ from, to }: IndexRange, descending = false): Generator<string> {
    for (let step = 0; step < to - from; step++) {
      const entry = this.#entries[descending ? to - 1 - step : from + step];
      if (entry !== undefined) yield entry.name;
    }
  }

  #positionOf(entry: IndexEntry): number {
    return this.#first(
      (other) => (compareValues(other.value, entry.value) || compareNames(other.name, entry.name)) >= 0,
    );
  }

  #lowerBound(value: Value): number {
    return this.#first((entry) => compareValues(entry.value, value) >= 0);
  }

  #upperBound(value: Value): number {
    return this.#first((entry) => compareValues(entry.value, value) > 0);
  }

  #firstOfRank(rank: number): number {
    return this.#first((entry) => typeRank(entry.value) >= rank);
  }

  /** The first position from which on `holds` is true. */
  #first(holds: (entry: IndexEntry) => boolean): number {
    let from = 0;
    let to = this.#entries.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && holds(entry)) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}
