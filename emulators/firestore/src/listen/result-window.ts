import type { ReadView } from '../store/read-view.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import type { Micros } from '../values/timestamp.ts';
import type { Value } from '../values/value.ts';

/** A source that has more documents than its results. */
export interface LimitedSource {
  /** How many documents before the results are left out. */
  readonly offset: number;
  readonly limit: number;
  /** Whether a document may be a result. */
  covers(document: StoredDocument): boolean;
  /** The keys that sort a covered document; undefined for another document. */
  keysOf(document: StoredDocument): readonly Value[] | undefined;
  compareKeys(left: readonly Value[], right: readonly Value[]): number;
  /** The first covered documents, or the first ones after a place. */
  first(view: ReadView, count: number, after: readonly Value[] | undefined): readonly StoredDocument[];
}

/** A document in the window. */
export interface WindowEntry {
  readonly name: string;
  readonly updateMicros: Micros;
  readonly keys: readonly Value[];
}

/** How many documents are kept beyond the results: so many may go before the source is asked again. */
const MAX_RESERVE = 50;

/**
 * The first documents of a source in order, the results among them and some more. A change moves what it touches; the
 * source is asked again only when too few are left, and then for what lacks.
 */
export class ResultWindow {
  readonly #source: LimitedSource;
  readonly #wanted: number;
  readonly #reserve: number;
  #entries: WindowEntry[] = [];
  readonly #byName = new Map<string, WindowEntry>();
  /** Covered documents that are not in the window come after this place; undefined: there are none. */
  #end: readonly Value[] | undefined;

  constructor(source: LimitedSource) {
    this.#source = source;
    this.#wanted = source.offset + source.limit;
    this.#reserve = Math.min(source.limit, MAX_RESERVE);
  }

  /** Reads the whole window. */
  load(view: ReadView): void {
    this.#entries = [];
    this.#byName.clear();
    this.#refill(view, undefined);
  }

  /** Takes in what has changed; the view has seen it. */
  apply(changes: ReadonlyMap<string, StoredDocument | undefined>, view: ReadView): void {
    for (const [name, after] of changes) {
      this.#remove(name);
      if (after !== undefined && this.#source.covers(after)) this.#insert(after);
    }
    if (this.#entries.length < this.#wanted && this.#end !== undefined) this.#refill(view, this.#end);
    if (this.#entries.length > this.#wanted + 2 * this.#reserve) this.#trim();
  }

  /** The results in order. */
  results(): readonly WindowEntry[] {
    return this.#entries.slice(this.#source.offset, this.#wanted);
  }

  #refill(view: ReadView, after: readonly Value[] | undefined): void {
    const count = this.#wanted + this.#reserve - this.#entries.length;
    const documents = this.#source.first(view, count, after);
    for (const document of documents) {
      const entry = this.#entryOf(document);
      if (entry === undefined) continue;
      this.#entries.push(entry);
      this.#byName.set(entry.name, entry);
    }
    this.#end = documents.length < count ? undefined : this.#entries.at(-1)?.keys;
  }

  #trim(): void {
    for (const { name } of this.#entries.splice(this.#wanted + this.#reserve)) this.#byName.delete(name);
    this.#end = this.#entries.at(-1)?.keys;
  }

  #remove(name: string): void {
    const entry = this.#byName.get(name);
    if (entry === undefined) return;
    this.#byName.delete(name);
    this.#entries.splice(this.#position(entry.keys), 1);
  }

  #insert(document: StoredDocument): void {
    const entry = this.#entryOf(document);
    // Others may lie between the window and what comes after its end.
    if (entry === undefined || (this.#end !== undefined && this.#compare(entry.keys, this.#end) > 0)) return;
    this.#entries.splice(this.#position(entry.keys), 0, entry);
    this.#byName.set(entry.name, entry);
  }

  #entryOf(document: StoredDocument): WindowEntry | undefined {
    const keys = this.#source.keysOf(document);
    return keys && { name: document.name, updateMicros: document.updateMicros, keys };
  }

  /** How many entries come before these keys. */
  #position(keys: readonly Value[]): number {
    let from = 0;
    let to = this.#entries.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && this.#compare(entry.keys, keys) >= 0) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  #compare(left: readonly Value[], right: readonly Value[]): number {
    return this.#source.compareKeys(left, right);
  }
}
