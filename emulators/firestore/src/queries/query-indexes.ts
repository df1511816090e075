import type { FieldIndex } from '../store/field-index.ts';
import type { IndexedPart, IndexSpec } from '../store/field-indexes.ts';
import { collectionScope, groupScope, type IndexScope } from '../store/index-scope.ts';
import type { ReadView } from '../store/read-view.ts';
import type { Steps } from '../store/steps.ts';
import type { Filter } from './filter.ts';
import type { Query } from './query.ts';

/** The indexes over the documents that a query is about. */
export interface QueryIndexes {
  index(part: IndexedPart): FieldIndex;
}

/** The indexes for a query; undefined for one that asks for documents in no matter which collection. */
export function queryIndexes(query: Query, view: ReadView): QueryIndexes | undefined {
  const scope = indexScopeOf(query);
  return scope && { index: (part) => view.fieldIndex({ scope, part }) };
}

/** Makes the indexes that a query uses, in parts. */
export function* prepareIndexes(query: Query, view: ReadView, usesNames: boolean): Steps<void> {
  const scope = indexScopeOf(query);
  if (scope === undefined) return;
  for (const part of partsOf(query, usesNames)) {
    const spec: IndexSpec = { scope, part };
    yield* view.prepareIndex(spec);
  }
}

/** Whether results come by name alone, which is how documents are stored. */
export function isInScanOrder({ orders: [first] }: Query): boolean {
  return first?.operand.kind === 'name' && !first.descending;
}

function indexScopeOf({ parent, collectionId, allDescendants }: Query): IndexScope | undefined {
  if (collectionId === undefined) return undefined;
  if (!allDescendants) return collectionScope(`${parent.name}/${collectionId}`);
  // Descendants of a document can be asked for by their names alone, and are stored together.
  return parent.segments.length === 0 ? groupScope(parent.database, collectionId) : undefined;
}

function partsOf(query: Query, usesNames: boolean): IndexedPart[] {
  const [first] = query.orders;
  const parts = query.filter === undefined ? [] : partsOfFilter(query.filter);
  if (first?.operand.kind === 'field') parts.push({ kind: 'values', path: first.operand.path });
  else if (usesNames && query.filter === undefined) parts.push({ kind: 'names' });
  return parts;
}

function partsOfFilter(filter: Filter): IndexedPart[] {
  if ('filters' in filter) return filter.filters.flatMap(partsOfFilter);
  const { op, operand } = filter;
  if (operand.kind === 'name') return [];
  return [{ kind: op.startsWith('array-contains') ? 'elements' : 'values', path: operand.path }];
}
