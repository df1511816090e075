import type { AnyIndexedField, AnyIndexFile } from '@waybill/google-config';
import { failedPrecondition } from '../firestore-error.ts';
import type { Query } from '../queries/query.ts';
import { type DirectedField, NAME, type QueryShape, queryShapes } from './query-shape.ts';
import { canonicalPath, SingleFieldIndexes, type SingleFieldKind } from './single-field-indexes.ts';

type QueryScope = 'COLLECTION' | 'COLLECTION_GROUP';

/** An index that a query needs, as an entry of firestore.indexes.json. */
export type MissingIndex =
  | {
      readonly list: 'indexes';
      readonly entry: {
        readonly collectionGroup: string;
        readonly queryScope: QueryScope;
        readonly fields: readonly AnyIndexedField[];
      };
    }
  | {
      readonly list: 'fieldOverrides';
      readonly entry: {
        readonly collectionGroup: string;
        readonly fieldPath: string;
        readonly indexes: readonly object[];
      };
    };

/** An index of several fields. Equalities may be asked of its first fields in any order; the rest is its order. */
interface CompositeIndex {
  readonly collectionGroup: string;
  readonly queryScope: QueryScope;
  readonly fields: readonly { readonly field: string; readonly kind: SingleFieldKind }[];
}

/**
 * Tells which queries the indexes of a file serve, as the real service decides it: by one index, or by several that have the
 * same order and are merged. Source: "Index types in Cloud Firestore", section "Indexes and index merging".
 */
export class IndexRules {
  readonly #composites: readonly CompositeIndex[];
  readonly #singles: SingleFieldIndexes;
  readonly #onMissing: (index: MissingIndex) => void;
  readonly #reported = new Set<string>();

  /** @param onMissing told of each index that a query needed, once */
  constructor(file: AnyIndexFile, onMissing: (index: MissingIndex) => void = () => {}) {
    this.#composites = file.indexes.filter(isOrdinary).map(({ collectionGroup, queryScope, fields }) => ({
      collectionGroup,
      queryScope,
      fields: withName(fields),
    }));
    this.#singles = new SingleFieldIndexes(file.fieldOverrides);
    this.#onMissing = onMissing;
  }

  /** @throws {FirestoreError} FAILED_PRECONDITION if no index serves the query; the text names the index to add */
  check(query: Query): void {
    const { collectionId, allDescendants, nearest } = query;
    // Queries without a collection go through documents by name. Vector indexes are not enforced.
    if (collectionId === undefined || nearest !== undefined) return;
    const scope = allDescendants ? 'COLLECTION_GROUP' : 'COLLECTION';
    for (const shape of queryShapes(query)) {
      if (this.#serves(collectionId, scope, shape)) continue;
      const missing = missingIndex(collectionId, scope, shape);
      const json = JSON.stringify(missing.entry);
      if (!this.#reported.has(json)) {
        this.#reported.add(json);
        this.#onMissing(missing);
      }
      throw failedPrecondition(
        `The query requires an index. Add it to "${missing.list}" in firestore.indexes.json: ${json}`,
      );
    }
  }

  #serves(group: string, scope: QueryScope, shape: QueryShape): boolean {
    const { equalities, arrayField, order } = shape;
    const wanted = new Set(equalities);
    if (arrayField !== undefined) wanted.add(elementsOf(arrayField));
    const [first, second] = order;
    if (first === undefined) return false;
    if (wanted.size === 0) {
      // Documents lie in the order of their names.
      if (first.field === NAME && !first.descending) return true;
      const isPlain = order.length === 2 && second?.field === NAME && second.descending === first.descending;
      if (isPlain && this.#hasSingle(group, first.field, kindOf(first), scope)) return true;
      return this.#coveredBy(group, scope, shape, wanted).isServed;
    }
    if (order.length === 1) this.#takeSingles(group, scope, shape, wanted);
    const { left } = this.#coveredBy(group, scope, shape, wanted);
    return left.size === 0;
  }

  /** Takes away what the indexes of single fields find, each in the order of the names. */
  #takeSingles(group: string, scope: QueryScope, shape: QueryShape, wanted: Set<string>): void {
    const { equalities, arrayField, order } = shape;
    const descending = order[0]?.descending === true;
    for (const field of equalities) {
      if (this.#hasSingle(group, field, descending ? 'DESCENDING' : 'ASCENDING', scope)) wanted.delete(field);
    }
    if (arrayField !== undefined && !descending && this.#hasSingle(group, arrayField, 'CONTAINS', scope)) {
      wanted.delete(elementsOf(arrayField));
    }
  }

  /** Merges all composite indexes that have the order of the query after fields that it wants. */
  #coveredBy(
    group: string,
    scope: QueryScope,
    shape: QueryShape,
    wanted: ReadonlySet<string>,
  ): { left: ReadonlySet<string>; isServed: boolean } {
    const all = new Set(shape.equalities);
    if (shape.arrayField !== undefined) all.add(elementsOf(shape.arrayField));
    const left = new Set(wanted);
    let isServed = false;
    for (const { collectionGroup, queryScope, fields } of this.#composites) {
      if (collectionGroup !== group || queryScope !== scope) continue;
      const head = fields.slice(0, fields.length - shape.order.length);
      const tail = fields.slice(head.length);
      if (fields.length < shape.order.length || !isOrder(tail, shape.order)) continue;
      const found = head.map(({ field, kind }) => (kind === 'CONTAINS' ? elementsOf(field) : field));
      if (!found.every((field) => all.has(field))) continue;
      isServed = true;
      for (const field of found) left.delete(field);
    }
    return { left, isServed };
  }

  #hasSingle(group: string, field: string, kind: SingleFieldKind, scope: QueryScope): boolean {
    return field !== NAME && this.#singles.has(group, field, kind, scope);
  }
}

/** Vector indexes serve searches by distance only. */
function isOrdinary({ fields }: AnyIndexFile['indexes'][number]): boolean {
  return fields.every(({ vectorConfig }) => vectorConfig === undefined);
}

/** Every index ends with the name, in the direction of the field before. */
function withName(fields: readonly AnyIndexedField[]): CompositeIndex['fields'] {
  const all = fields.map(({ fieldPath, order, arrayConfig }) => ({
    field: canonicalPath(fieldPath),
    kind: order ?? arrayConfig ?? 'ASCENDING',
  }));
  const last = all.at(-1);
  if (last === undefined || last.field === NAME) return all;
  return [...all, { field: NAME, kind: last.kind === 'DESCENDING' ? 'DESCENDING' : 'ASCENDING' }];
}

function isOrder(tail: CompositeIndex['fields'], order: readonly DirectedField[]): boolean {
  return order.every(
    (directed, at) => tail[at]?.field === directed.field && tail[at].kind === kindOf(directed),
  );
}

function kindOf({ descending }: DirectedField): 'ASCENDING' | 'DESCENDING' {
  return descending ? 'DESCENDING' : 'ASCENDING';
}

/** Elements of an array and the array itself are two things to ask for. */
function elementsOf(field: string): string {
  return `${field}[]`;
}

function missingIndex(collectionGroup: string, queryScope: QueryScope, shape: QueryShape): MissingIndex {
  const { equalities, arrayField, order } = shape;
  const ordered = order.filter(({ field }) => field !== NAME);
  const name = order.at(-1);
  const kinds: AnyIndexedField[] = [
    ...[...equalities].map((fieldPath) => ({ fieldPath, order: 'ASCENDING' as const })),
    ...(arrayField === undefined ? [] : [{ fieldPath: arrayField, arrayConfig: 'CONTAINS' as const }]),
    ...ordered.map((directed) => ({ fieldPath: directed.field, order: kindOf(directed) })),
  ];
  const [only] = kinds;
  const impliedDescending = kinds.at(-1)?.order === 'DESCENDING';
  const needsName = name !== undefined && name.descending !== impliedDescending;
  if (only !== undefined && kinds.length === 1 && !needsName) {
    const { fieldPath, ...kind } = only;
    const kept = queryScope === 'COLLECTION' ? [] : AUTOMATIC_KINDS;
    const indexes = [...kept, { ...kind, queryScope }];
    return { list: 'fieldOverrides', entry: { collectionGroup, fieldPath, indexes } };
  }
  const fields = needsName ? [...kinds, { fieldPath: NAME, order: kindOf(name) }] : kinds;
  return { list: 'indexes', entry: { collectionGroup, queryScope, fields } };
}

/** An override replaces the automatic indexes, so those are listed with it. */
const AUTOMATIC_KINDS = [
  { order: 'ASCENDING', queryScope: 'COLLECTION' },
  { order: 'DESCENDING', queryScope: 'COLLECTION' },
  { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION' },
] as const;
