import type { ScanScope } from '../store/document-store.ts';
import type { ReadView } from '../store/read-view.ts';
import { runToEnd, type Steps } from '../store/steps.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { compareValues } from '../values/compare-values.ts';
import { projectFields } from '../values/field-path.ts';
import { endOfPrefix, parseDocumentName, sortKey } from '../values/resource-name.ts';
import type { Value } from '../values/value.ts';
import { type Filter, matches, operandValue } from './filter.ts';
import { nearestSteps } from './find-nearest.ts';
import { concatenated } from './narrowing.ts';
import type { Cursor, Order, Query } from './query.ts';
import { isInScanOrder, prepareIndexes } from './query-indexes.ts';
import { countByIndex, DEEP_OFFSET, type IndexPlan, planByIndex } from './query-plan.ts';
import { sortInSteps } from './sort-in-steps.ts';

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
  /** How many documents were read to find them. */
  readonly examined: number;
}

/** How many documents a query looks at before others may go on. */
const DOCUMENTS_PER_STEP = 32;

/** Runs a query at once. Fields are cut down to those selected. */
export function runQuery(query: Query, view: ReadView): QueryResult {
  return runToEnd(querySteps(query, view));
}

/** Runs a query in parts. Fields are cut down to those selected. */
export function* querySteps(query: Query, view: ReadView): Steps<QueryResult> {
  const { nearest } = query;
  if (nearest === undefined) return yield* searchSteps(query, view);
  const found = yield* searchSteps({ ...query, select: undefined }, view);
  const documents = yield* nearestSteps(nearest, found.documents);
  return { ...found, documents: documents.map((document) => selectFields(query, document)) };
}

function* searchSteps(query: Query, view: ReadView): Steps<QueryResult> {
  yield* prepareIndexes(query, view, !isInScanOrder(query) || query.offset >= DEEP_OFFSET);
  const wanted = query.limit === undefined ? Number.POSITIVE_INFINITY : query.offset + query.limit;
  const plan = planByIndex(query, view, wanted);
  const search: Search = { query, view, examined: 0 };
  const { skipped: skippedByIndex = 0 } = plan ?? {};
  const found = yield* findCandidates(search, wanted - skippedByIndex, plan);
  const offset = query.offset - skippedByIndex;
  const skipped = Math.min(offset, found.length);
  const documents: StoredDocument[] = [];
  for (const { document } of found.slice(offset, wanted - skippedByIndex)) {
    documents.push(selectFields(query, document));
    if (query.select !== undefined && documents.length % DOCUMENTS_PER_STEP === 0) yield;
  }
  return { documents, skipped: skippedByIndex + skipped, examined: search.examined };
}

/** A query that is being run. */
interface Search {
  readonly query: Query;
  readonly view: ReadView;
  examined: number;
}

/** The number of a query's results, with its offset and its limit. */
export function* countSteps(query: Query, view: ReadView): Steps<{ count: number; examined: number }> {
  yield* prepareIndexes(query, view, true);
  const wanted = query.limit === undefined ? Number.POSITIVE_INFINITY : query.offset + query.limit;
  const search: Search = { query, view, examined: 0 };
  const all = countByIndex(query, view) ?? (yield* countCandidates(search, wanted));
  return { count: Math.max(0, Math.min(all, wanted) - query.offset), examined: search.examined };
}

/** Counts candidates in whatever order, until there are enough. */
function* countCandidates(search: Search, wanted: number): Steps<number> {
  // An offset is no matter here: all that it skips is counted.
  const query = { ...search.query, offset: 0 };
  const plan = planByIndex(query, search.view, Number.POSITIVE_INFINITY);
  const { documents, changed } = placesOf(query, search.view, plan);
  let count = 0;
  for (const document of concatenated([documents, changed])) {
    if (count >= wanted) break;
    if (examine(search, document) !== undefined) count++;
    if (search.examined % DOCUMENTS_PER_STEP === 0) yield;
  }
  return count;
}

/** Cuts a document down to the fields that a query selects. */
export function selectFields(query: Query, document: StoredDocument): StoredDocument {
  const { select } = query;
  if (select === undefined) return document;
  const { name, createMicros, updateMicros, dataBytes } = document;
  return { name, createMicros, updateMicros, dataBytes, fields: projectFields(document.fields, select) };
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
function* findCandidates(search: Search, wanted: number, plan: IndexPlan | undefined): Steps<Candidate[]> {
  const { documents, changed, order } = placesOf(search.query, search.view, plan);
  const { found, isCutOff } = yield* candidates(search, documents, order, wanted);
  const isEnough = order === 'first' ? isCutOff : found.length >= wanted;
  if (plan?.otherwise !== undefined && !isEnough) {
    return yield* findCandidates(search, wanted, plan.otherwise);
  }
  const { found: foundChanged } = yield* candidates(search, changed, 'none', wanted);
  if (order === 'all' && foundChanged.length === 0) return found;
  const compare = ({ keys: left }: Candidate, { keys: right }: Candidate): number =>
    compareKeys(search.query.orders, left, right);
  return yield* sortInSteps([...found, ...foundChanged], compare);
}

/** Where to look for results. */
interface Places {
  readonly documents: Iterable<StoredDocument>;
  /** Where documents come in order, the first ones are enough for a limit. */
  readonly order: IndexPlan['order'];
  /** Documents that an index may lack, in no order. */
  readonly changed: Iterable<StoredDocument>;
}

function placesOf(query: Query, view: ReadView, plan: IndexPlan | undefined): Places {
  const scope = scopeOf(query);
  if (plan === undefined) {
    return { documents: view.scan(scope), order: isInScanOrder(query) ? 'all' : 'none', changed: [] };
  }
  return { documents: view.lookUp(plan.names), order: plan.order, changed: view.changed(scope) };
}

/**
 * Candidates out of some documents, until there are enough: where documents come by the first order only, all that
 * share its value with the last one.
 */
function* candidates(
  search: Search,
  documents: Iterable<StoredDocument>,
  order: IndexPlan['order'],
  wanted: number,
): Steps<{ found: Candidate[]; isCutOff: boolean }> {
  const found: Candidate[] = [];
  if (wanted <= 0) return { found, isCutOff: true };
  for (const document of documents) {
    const candidate = examine(search, document);
    if (search.examined % DOCUMENTS_PER_STEP === 0) yield;
    if (
      order === 'first' &&
      found.length >= wanted &&
      !sharesFirstKey(search.query, document, found.at(-1))
    ) {
      return { found, isCutOff: true };
    }
    if (candidate === undefined) continue;
    found.push(candidate);
    if (order === 'all' && found.length >= wanted) return { found, isCutOff: true };
  }
  return { found, isCutOff: false };
}

function examine(search: Search, document: StoredDocument): Candidate | undefined {
  search.examined++;
  return isInScope(search.query, document.name) ? candidateOf(search.query, document) : undefined;
}

function sharesFirstKey(query: Query, document: StoredDocument, other: Candidate | undefined): boolean {
  const [first] = query.orders;
  const key = first && operandValue(document, first.operand);
  const [otherKey] = other?.keys ?? [];
  return key !== undefined && otherKey !== undefined && compareValues(key, otherKey) === 0;
}

function candidateOf(query: Query, document: StoredDocument): Candidate | undefined {
  if (query.filter !== undefined && !matches(query.filter, document)) return undefined;
  const keys = keysOf(query.orders, document);
  return keys === undefined || !isWithinCursors(query, keys) ? undefined : { document, keys };
}

/** The values that sort a result; undefined if the document lacks a field that the query orders by: then it is none. */
export function keysOf(orders: readonly Order[], document: StoredDocument): Value[] | undefined {
  const keys: Value[] = [];
  for (const order of orders) {
    const value = operandValue(document, order.operand);
    if (value === undefined) return undefined;
    keys.push(value);
  }
  return keys;
}

/** Orders two results by their keys; of fewer keys than orders by these alone. */
export function compareKeys(
  orders: readonly Order[],
  left: readonly Value[],
  right: readonly Value[],
): number {
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
    const end = op === '<' ? key : op === '<=' ? endOfPrefix(key) : undefined;
    if (end !== undefined && (range.to === undefined || Buffer.compare(end, range.to) < 0)) range.to = end;
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
  const end = query.endAt?.values[0];
  if (isInScanOrder(query) && start?.kind === 'reference') bounds.push({ op: '>=', name: start.reference });
  if (isInScanOrder(query) && end?.kind === 'reference') bounds.push({ op: '<=', name: end.reference });
  return bounds;
}

function keyOfName(name: string, query: Query): Uint8Array {
  const { database, segments } = parseDocumentName(name, query.parent.database);
  return sortKey(database, segments);
}
