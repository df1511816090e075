import { join } from 'node:path';
import { type CompositeIndex, readIndexFile } from '@waybill/google-config';

/** A query as Firestore's client sends it, as far as it matters to indexes. */
export interface SentQuery {
  readonly where?: SentFilter | null;
  readonly orderBy?: readonly { readonly field: Field; readonly direction: string }[] | null;
}
type SentFilter =
  | { readonly compositeFilter: { readonly filters: readonly SentFilter[] } }
  | { readonly fieldFilter: { readonly field: Field; readonly op: string } };
interface Field {
  readonly fieldPath: string;
}

const EQUALITIES = ['EQUAL', 'IN'];

/** The composite indexes of a collection in the repository's `firestore.indexes.json`. */
export function readIndexes(collection: string): CompositeIndex[] {
  const { indexes } = readIndexFile(join(import.meta.dirname, '../../../firestore.indexes.json'));
  return indexes.filter(({ collectionGroup }) => collectionGroup === collection);
}

/**
 * Whether composite indexes answer a query where no single field has an index: one, or several merged, that begin with
 * fields that are compared for equality, together all of these, and go on with exactly the order.
 * Source: https://cloud.google.com/firestore/docs/query-data/index-overview, "Index merging"
 */
export function isIndexed(query: SentQuery, indexes: readonly CompositeIndex[]): boolean {
  const filters = query.where ? fieldFilters(query.where) : [];
  const isEquality = ({ op }: { op: string }): boolean => EQUALITIES.includes(op);
  const equal = new Set(filters.filter(isEquality).map(({ field }) => field.fieldPath));
  const given = (query.orderBy ?? []).filter(({ field }) => field.fieldPath !== '__name__');
  const ranged = filters.find((filter) => !isEquality(filter))?.field.fieldPath;
  // A range without an order is read in ascending order.
  const order = given.map(({ field, direction }) => `${field.fieldPath} ${direction}`);
  if (order.length === 0 && ranged !== undefined) order.push(`${ranged} ASCENDING`);
  const covered = new Set<string>();
  for (const { fields } of indexes) {
    const rest = fields
      .slice(fields.length - order.length)
      .map(({ fieldPath, order }) => `${fieldPath} ${order}`);
    const first = fields.slice(0, fields.length - order.length).map(({ fieldPath }) => fieldPath);
    if (first.length === 0 || rest.join() !== order.join() || !first.every((field) => equal.has(field)))
      continue;
    for (const field of first) covered.add(field);
  }
  return covered.size === equal.size;
}

function fieldFilters(filter: SentFilter): { readonly field: Field; readonly op: string }[] {
  if ('fieldFilter' in filter && filter.fieldFilter) return [filter.fieldFilter];
  return 'compositeFilter' in filter ? filter.compositeFilter.filters.flatMap(fieldFilters) : [];
}
