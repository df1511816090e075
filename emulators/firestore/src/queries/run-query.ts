import type { ScanScope } from '../store/document-store.ts';
import type { ReadView } from '../store/read-view.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { compareValues } from '../values/compare-values.ts';
import { projectFields } from '../values/field-path.ts';
import { parseDocumentName, sortKey } from '../values/resource-name.ts';
import type { Value } from '../values/value.ts';
import { type Filter, matches, operandValue } from './filter.ts';
import type { Cursor, Order, Query } from './query.ts';
import { type IndexPlan, planByIndex } from './query-plan.ts';

/** Documents in order, with what sorts them. */
interface Candidate {
  readonly document: StoredDocument;
  readonly keys: readonly Value[];
}

/** A query's results. */
export interface QueryResult {
  readonly documents: readonly StoredDocument[];
  /** How many the offset skipped. */
  readonly skipped: number;
}

/** Runs a query. Fields are cut down to those selected. */
export function runQuery(query: Query, view: ReadView): QueryResult {
  const wanted = query.limit === undefined ? Number.POSITIVE_INFINITY : query.offset + query.limit;
  const found = findCandidates(query, view, wanted, planByIndex(query, view, wanted));
  const skipped = Math.min(query.offset, found.length);
  const documents = found.slice(query.offset, wanted).map(({ document }) => document);
  return { documents: documents.map((document) => selectFields(query, document)), skipped };
}

/** Cuts a document down to the fields that a query selects. */
export function selectFields(query: Query, document: StoredDocument): StoredDocument {
  const { select } = query;
  return select === undefined ? document : { ...document, fields: projectFields(document.fields, select) };
}

/** Whether a document fulfils all that a query asks for, its offset and its limit aside. */
export function isCandidate(query: Query, document: StoredDocument): boolean {
  return isInScope(query, document.name) && candidateOf(query, document) !== undefined;
}

function isInScope(query: Query, name: string): boolean {
  const { parent, collectionId, allDescendants } = query;
  const prefix = `${parent.name}/`;
  if (!name.startsWith(prefix)) return false;
  const segments = name.slice(prefix.length).split('/');
  if (!allDescendants && segments.length !== 2) return false;
  return collectionId === undefined || segments.at(-2) === collectionId;
}

/** The results in order: at least as many as are wanted, as far as there are. */
function findCandidates(
  query: Query,
  view: ReadView,
  wanted: number,
  plan: IndexPlan | undefined,
): Candidate[] {
  const { documents: places, isOrdered } = placesOf(query, view, plan);
  const found = isOrdered ? firstCandidates(query, places, wanted) : sortedCandidates(query, places);
  if (plan?.otherwise === undefined || found.length >= wanted) return found;
  return findCandidates(query, view, wanted, plan.otherwise);
}

/** Where to look for results; where they come in order, the first ones are enough for a limit. */
function placesOf(
  query: Query,
  view: ReadView,
  plan: IndexPlan | undefined,
): { documents: Iterable<StoredDocument>; isOrdered: boolean } {
  const scope = scopeOf(query);
  if (plan === undefined) return { documents: view.scan(scope), isOrdered: isInScanOrder(query) };
  const names = namesInScope(query, plan.names);
  return { documents: view.lookUp(names, scope), isOrdered: plan.isOrdered && view.isPresent };
}

/** An index is of all collections of an id: most of what it names may lie under other parents, and is not worth a look. */
function* namesInScope(query: Query, names: Iterable<string>): Generator<string> {
  for (const name of names) if (isInScope(query, name)) yield name;
}

/** Results that come by name alone can stop at the limit, as recursive deletes and listings rely on. */
function isInScanOrder(query: Query): boolean {
  const [first] = query.orders;
  return first?.operand.kind === 'name' && !first.descending;
}

function firstCandidates(query: Query, places: Iterable<StoredDocument>, wanted: number): Candidate[] {
  const found: Candidate[] = [];
  if (wanted === 0) return found;
  for (const candidate of candidates(query, places)) {
    found.push(candidate);
    if (found.length >= wanted) break;
  }
  return found;
}

function sortedCandidates(query: Query, places: Iterable<StoredDocument>): Candidate[] {
  const found = [...candidates(query, places)];
  return found.sort((left, right) => compareKeys(query.orders, left.keys, right.keys));
}

function* candidates(query: Query, places: Iterable<StoredDocument>): Generator<Candidate> {
  for (const document of places) {
    if (!isInScope(query, document.name)) continue;
    const candidate = candidateOf(query, document);
    if (candidate !== undefined) yield candidate;
  }
}

function candidateOf(query: Query, document: StoredDocument): Candidate | undefined {
  if (query.filter !== undefined && !matches(query.filter, document)) return undefined;
  const keys = keysOf(query.orders, document);
  return keys === undefined || !isWithinCursors(query, keys) ? undefined : { document, keys };
}

/** undefined if the document lacks a field that the query orders by: then it is no result. */
function keysOf(orders: readonly Order[], document: StoredDocument): Value[] | undefined {
  const keys: Value[] = [];
  for (const order of orders) {
    const value = operandValue(document, order.operand);
    if (value === undefined) return undefined;
    keys.push(value);
  }
  return keys;
}

function compareKeys(orders: readonly Order[], left: readonly Value[], right: readonly Value[]): number {
  for (const [index, order] of orders.entries()) {
    const a = left[index];
    const b = right[index];
    if (a === undefined || b === undefined) return 0;
    const compared = compareValues(a, b);
    if (compared !== 0) return order.descending ? -compared : compared;
  }
  return 0;
}

function isWithinCursors(query: Query, keys: readonly Value[]): boolean {
  const { orders, startAt, endAt } = query;
  if (startAt !== undefined && isBefore(orders, keys, startAt)) return false;
  return endAt === undefined || isBefore(orders, keys, endAt);
}

/** Whether a result comes before a cursor's place. */
function isBefore(orders: readonly Order[], keys: readonly Value[], cursor: Cursor): boolean {
  const order = compareKeys(orders, keys, cursor.values);
  return order < 0 || (order === 0 && !cursor.before);
}

/** The part of the store that can hold results: conditions on the name narrow it. */
function scopeOf(query: Query): ScanScope {
  const { parent, collectionId } = query;
  // Of documents in no matter which collection, those directly below the parent are picked one by one.
  const allDescendants = query.allDescendants || collectionId === undefined;
  const range = { from: undefined as Uint8Array | undefined, to: undefined as Uint8Array | undefined };
  for (const { op, name } of nameBounds(query)) {
    const key = keyOfName(name, query);
    // Wider than the condition where that is simpler; the conditions themselves are checked on each document.
    if ((op === '>' || op === '>=') && (range.from === undefined || Buffer.compare(key, range.from) > 0)) {
      range.from = key;
    }
    if (op === '<' && (range.to === undefined || Buffer.compare(key, range.to) < 0)) range.to = key;
  }
  return { parent, collectionId, allDescendants, fromKey: range.from, toKey: range.to };
}

function nameBounds(query: Query): { op: string; name: string }[] {
  const bounds: { op: string; name: string }[] = [];
  const collect = (filter: Filter | undefined): void => {
    if (filter?.kind === 'and') filter.filters.forEach(collect);
    if (filter?.kind !== 'compare' || filter.operand.kind !== 'name') return;
    if (filter.value.kind === 'reference') bounds.push({ op: filter.op, name: filter.value.reference });
  };
  collect(query.filter);
  const start = query.startAt?.values[0];
  if (isInScanOrder(query) && start?.kind === 'reference') bounds.push({ op: '>=', name: start.reference });
  return bounds;
}

function keyOfName(name: string, query: Query): Uint8Array {
  const { database, segments } = parseDocumentName(name, query.parent.database);
  return sortKey(database, segments);
}
