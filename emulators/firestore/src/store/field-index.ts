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
    this.#entries.splice(this.position(entry.value, entry.name, false), 0, entry);
  }

  /** Takes out an entry that is in it. */
  remove(entry: IndexEntry): void {
    this.#entries.splice(this.position(entry.value, entry.name, false), 1);
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

  /**
   * How many entries come before a value of any type, or before a name that has it; with `isAfter`, before what comes
   * right after these.
   */
  position(value: Value, name: string | undefined, isAfter: boolean): number {
    return this.#first((entry) => {
      const order =
        compareValues(entry.value, value) || (name === undefined ? 0 : compareNames(entry.name, name));
      return isAfter ? order > 0 : order >= 0;
    });
  }

  /** The names in a range. Nothing may change meanwhile. */
  *names({ from, to }: IndexRange, descending = false): Generator<string> {
    for (let step = 0; step < to - from; step++) {
      const entry = this.#entries[descending ? to - 1 - step : from + step];
      if (entry !== undefined) yield entry.name;
    }
  }

  #lowerBound(value: Value): number {
    return this.position(value, undefined, false);
  }

  #upperBound(value: Value): number {
    return this.position(value, undefined, true);
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
