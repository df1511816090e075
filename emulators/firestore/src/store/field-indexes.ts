import { type FieldPath, formatFieldPath, getField } from '../values/field-path.ts';
import { FieldIndex, type IndexEntry } from './field-index.ts';
import type { StoredDocument } from './stored-document.ts';

/** More fields than this are not kept indexed: the one that was asked for longest ago goes. */
const MAX_INDEXES = 64;

/**
 * Indexes over the present documents, one for each field of a collection group that a query has asked for: made at the
 * first time, kept in step with each write, in memory alone.
 */
export class FieldIndexes {
  readonly #indexes = new Map<string, { group: string; path: FieldPath; index: FieldIndex }>();

  /** @param entries those of all present documents of the group, in the order of the documents' names */
  get(group: string, path: FieldPath, entries: () => Iterable<IndexEntry>): FieldIndex {
    const key = `${group} ${formatFieldPath(path)}`;
    const known = this.#indexes.get(key);
    // A Map keeps the order of insertion: the first is the one not used for longest.
    this.#indexes.delete(key);
    const one = known ?? { group, path, index: new FieldIndex(entries()) };
    this.#indexes.set(key, one);
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > MAX_INDEXES && oldest !== undefined) this.#indexes.delete(oldest);
    return one.index;
  }

  /** A document of a group was written or deleted. */
  changed(group: string, before: StoredDocument | undefined, after: StoredDocument | undefined): void {
    for (const { group: indexed, path, index } of this.#indexes.values()) {
      if (indexed !== group) continue;
      const old = before && entryOf(before, path);
      const present = after && entryOf(after, path);
      if (old !== undefined) index.remove(old);
      if (present !== undefined) index.add(present);
    }
  }

  clear(): void {
    this.#indexes.clear();
  }
}

function entryOf(document: StoredDocument, path: FieldPath): IndexEntry | undefined {
  const value = getField(document.fields, path);
  return value === undefined ? undefined : { value, name: document.name };
}
