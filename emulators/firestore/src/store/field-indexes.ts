import { compareValues } from '../values/compare-values.ts';
import { type FieldPath, formatFieldPath } from '../values/field-path.ts';
import { NULL, type Value } from '../values/value.ts';
import { FieldIndex, type IndexEntry } from './field-index.ts';
import type { IndexScope } from './index-scope.ts';
import { runToEnd, type Steps } from './steps.ts';
import { fieldOf, type StoredDocument } from './stored-document.ts';

/** The entries of an index: of a field's values, of the elements of its arrays, or of the documents' names alone. */
export type IndexedPart =
  | { readonly kind: 'values' | 'elements'; readonly path: FieldPath }
  | { readonly kind: 'names' };

/** Names an index. */
export interface IndexSpec {
  readonly scope: IndexScope;
  readonly part: IndexedPart;
}

/** A present document as an index takes it. */
export interface IndexedDocument {
  readonly key: Uint8Array;
  readonly document: StoredDocument;
}

/** Some documents that follow each other. */
export interface IndexedPage {
  readonly documents: readonly IndexedDocument[];
  readonly isLast: boolean;
}

/** A write, as indexes take it. */
export interface IndexedChange {
  readonly key: Uint8Array;
  readonly scopes: readonly IndexScope[];
  readonly before: StoredDocument | undefined;
  readonly after: StoredDocument | undefined;
}

interface Held {
  readonly spec: IndexSpec;
  readonly index: FieldIndex;
  /** Documents up to this key are in it; undefined: all. */
  builtUpTo: Uint8Array | undefined;
  /** Goes on with building it. */
  readonly building: Steps<void>;
}

/** Beyond these limits, the index that was asked for longest ago goes. */
const MAX_INDEXES = 1_000;
const MAX_ENTRIES = 4_000_000;
const NO_VALUES: readonly Value[] = [];
const NAME_ONLY: readonly Value[] = [NULL];

/**
 * Indexes over the present documents: made when a query first asks for them, kept in step with each write, in memory
 * alone.
 */
export class FieldIndexes {
  /** The order is that of use: the first one was not used for longest. */
  readonly #held = new Map<string, Held>();
  readonly #byScope = new Map<string, Set<Held>>();
  readonly #pagesOf: (spec: IndexSpec) => Iterable<IndexedPage>;

  /** @param pagesOf the present documents of a scope in the order of their keys; each page is read when it is asked for */
  constructor(pagesOf: (spec: IndexSpec) => Iterable<IndexedPage>) {
    this.#pagesOf = pagesOf;
  }

  get(spec: IndexSpec): FieldIndex {
    const held = this.#hold(spec);
    if (held.builtUpTo !== undefined) {
      runToEnd(held.building);
      this.#evict();
    }
    return held.index;
  }

  /** Makes an index in parts, unless it is there. Others may ask for the same one meanwhile: they share the work. */
  *prepare(spec: IndexSpec): Steps<void> {
    // Looked up anew each time: it may have gone meanwhile.
    for (let held = this.#hold(spec); held.builtUpTo !== undefined; held = this.#hold(spec)) {
      if (held.building.next().done === true) this.#evict();
      yield;
    }
  }

  /** A document was written or deleted. */
  changed({ key, scopes, before, after }: IndexedChange): void {
    for (const scope of scopes) {
      for (const { spec, index, builtUpTo } of this.#byScope.get(scopeKey(scope)) ?? []) {
        // The building reads later documents when it comes to them.
        if (builtUpTo !== undefined && Buffer.compare(key, builtUpTo) > 0) continue;
        applyChange(index, spec.part, before, after);
      }
    }
  }

  clear(): void {
    this.#held.clear();
    this.#byScope.clear();
  }

  #hold(spec: IndexSpec): Held {
    const key = specKey(spec);
    const known = this.#held.get(key);
    // A Map keeps the order of insertion.
    this.#held.delete(key);
    const held = known ?? this.#begin(spec);
    this.#held.set(key, held);
    return held;
  }

  #begin(spec: IndexSpec): Held {
    const held: Held = {
      spec,
      index: new FieldIndex(),
      builtUpTo: new Uint8Array(0),
      building: this.#build(spec, () => held),
    };
    const scope = scopeKey(spec.scope);
    const ofScope = this.#byScope.get(scope) ?? new Set();
    this.#byScope.set(scope, ofScope.add(held));
    return held;
  }

  *#build(spec: IndexSpec, held: () => Held): Steps<void> {
    const { index } = held();
    for (const { documents, isLast } of this.#pagesOf(spec)) {
      index.add(documents.flatMap(({ document }) => entriesOf(document, spec.part)));
      // At once with the last page: nobody reads what is written behind it.
      held().builtUpTo = isLast ? undefined : documents.at(-1)?.key;
      if (!isLast) yield;
    }
  }

  #evict(): void {
    let entries = 0;
    for (const { index } of this.#held.values()) entries += index.size;
    // The last one has just been asked for.
    while (this.#held.size > 1 && (this.#held.size > MAX_INDEXES || entries > MAX_ENTRIES)) {
      const [oldest] = this.#held;
      if (oldest === undefined) return;
      const [key, held] = oldest;
      entries -= held.index.size;
      this.#held.delete(key);
      const scope = scopeKey(held.spec.scope);
      const ofScope = this.#byScope.get(scope);
      ofScope?.delete(held);
      if (ofScope?.size === 0) this.#byScope.delete(scope);
    }
  }
}

function scopeKey({ kind, key }: IndexScope): string {
  return `${kind} ${key}`;
}

function specKey({ scope, part }: IndexSpec): string {
  return `${scopeKey(scope)} ${part.kind} ${part.kind === 'names' ? '' : formatFieldPath(part.path)}`;
}

/** The values of a document that an index has: none, one, or each element of an array once. */
function indexedValues(document: StoredDocument, part: IndexedPart): readonly Value[] {
  if (part.kind === 'names') return NAME_ONLY;
  const value = fieldOf(document, part.path);
  if (value === undefined) return NO_VALUES;
  if (part.kind === 'values') return [value];
  return value.kind === 'array' ? distinctValues(value.values) : NO_VALUES;
}

function entriesOf(document: StoredDocument, part: IndexedPart): IndexEntry[] {
  const { name } = document;
  return indexedValues(document, part).map((value) => ({ value, name }));
}

function distinctValues(values: readonly Value[]): readonly Value[] {
  if (values.length < 2) return values;
  return values.toSorted(compareValues).filter((value, index, sorted) => {
    const previous = sorted[index - 1];
    return previous === undefined || compareValues(previous, value) !== 0;
  });
}

/** Values that stay are left alone: most writes change few fields. */
function applyChange(
  index: FieldIndex,
  part: IndexedPart,
  before: StoredDocument | undefined,
  after: StoredDocument | undefined,
): void {
  const name = (after ?? before)?.name ?? '';
  const old = before === undefined ? NO_VALUES : indexedValues(before, part);
  const present = after === undefined ? NO_VALUES : indexedValues(after, part);
  for (const value of missingFrom(present, old)) index.remove({ value, name });
  const added = [...missingFrom(old, present)];
  if (added.length > 0) index.add(added.map((value) => ({ value, name })));
}

/** Those of `values` that `others` lacks; both are sorted, and each value is there once. */
function* missingFrom(others: readonly Value[], values: readonly Value[]): Generator<Value> {
  let next = 0;
  for (const value of values) {
    let order = 1;
    for (let other = others[next]; other !== undefined; other = others[++next]) {
      order = compareValues(other, value);
      if (order >= 0) break;
    }
    if (order !== 0 || next >= others.length) yield value;
  }
}
