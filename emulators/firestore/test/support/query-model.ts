import { type Filter, matches, operandValue } from '../../src/queries/filter.ts';
import type { Cursor, Query } from '../../src/queries/query.ts';
import type { StoredDocument } from '../../src/store/stored-document.ts';
import { compareValues } from '../../src/values/compare-values.ts';
import type { Value } from '../../src/values/value.ts';

/** A query's results in the plainest way: a look at each document, a sort, a cut. Offset and limit included. */
export function modelResults(query: Query, documents: Iterable<StoredDocument>): StoredDocument[] {
  const { offset, limit = Number.POSITIVE_INFINITY } = query;
  return allModelResults(query, documents).slice(offset, offset + limit);
}

/** The same without offset and limit. */
export function allModelResults(query: Query, documents: Iterable<StoredDocument>): StoredDocument[] {
  const found: { document: StoredDocument; keys: Value[] }[] = [];
  for (const document of documents) {
    if (!isInScope(query, document.name) || !fulfils(query.filter, document)) continue;
    const keys = query.orders.flatMap(({ operand }) => operandValue(document, operand) ?? []);
    if (keys.length < query.orders.length) continue;
    if (query.startAt !== undefined && isBefore(query, keys, query.startAt)) continue;
    if (query.endAt !== undefined && !isBefore(query, keys, query.endAt)) continue;
    found.push({ document, keys });
  }
  return found
    .sort((left, right) => compareKeys(query, left.keys, right.keys))
    .map(({ document }) => document);
}

function fulfils(filter: Filter | undefined, document: StoredDocument): boolean {
  return filter === undefined || matches(filter, document);
}

function isInScope({ parent, collectionId, allDescendants }: Query, name: string): boolean {
  if (!name.startsWith(`${parent.name}/`)) return false;
  const segments = name.slice(parent.name.length + 1).split('/');
  if (!allDescendants && segments.length !== 2) return false;
  return collectionId === undefined || segments.at(-2) === collectionId;
}

function isBefore(query: Query, keys: readonly Value[], { values, before }: Cursor): boolean {
  const order = compareKeys(query, keys, values);
  return before ? order < 0 : order <= 0;
}

function compareKeys({ orders }: Query, left: readonly Value[], right: readonly Value[]): number {
  for (const [index, { descending }] of orders.entries()) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined || b === undefined) return 0;
    const order = compareValues(a, b);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}
