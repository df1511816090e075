import { invalidArgument } from '../firestore-error.ts';
import type {
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  WireConsistency,
  WireStructuredQuery,
} from '../protocol/messages.ts';
import { decodeQuery } from '../queries/decode-query.ts';
import { type ListedDocument, listWithMissing } from '../queries/list-documents.ts';
import type { Query } from '../queries/query.ts';
import { querySteps } from '../queries/run-query.ts';
import type { ReadView } from '../store/read-view.ts';
import { PausableRead, type Steps } from '../store/steps.ts';
import type { CallContext, Consistency, FirestoreEngine } from '../transactions/firestore-engine.ts';
import { readsOfQuery } from '../usage/usage-meter.ts';
import { parseParent } from '../values/resource-name.ts';
import { decodeConsistency } from './decode-consistency.ts';
import { decodeMask, encodeStored } from './encode-messages.ts';
import { decodePageToken, encodePageToken, type PagePosition } from './page-token.ts';

/** Where a request names no page size, or a greater one than the real service's greatest. */
const DOCUMENTS_PER_PAGE = 300;
const COLLECTIONS_PER_PAGE = 10_000;

/** ListDocuments: a page of a collection, also of names that only have collections under them if `showMissing`. */
export async function listDocuments(
  engine: FirestoreEngine,
  request: ListDocumentsRequest,
  context: CallContext,
) {
  const { collectionId, showMissing, orderBy } = request;
  const parent = parseParent(request.parent, context.database);
  if (showMissing && orderBy !== '') {
    throw invalidArgument('cannot specify an order when show_missing is true');
  }
  const mask = decodeMask(request.mask);
  const query = decodeQuery(request.parent, listingQuery(collectionId, orderBy));
  engine.checkIndexes(query);
  const listed = (view: ReadView, offset: number, count: number): Steps<Page<ListedDocument>> => {
    if (showMissing && collectionId !== '') {
      return take(listWithMissing(view, parent, collectionId), offset, count);
    }
    return queryPage(query, view, offset, count);
  };
  const page = await readPage(engine, request, context, {
    defaultPageSize: DOCUMENTS_PER_PAGE,
    collectionId,
    pageOf: listed,
    fingerprintOf: ({ name, document }) =>
      document === undefined ? name : `${name}@${document.updateMicros}`,
    billedReads: (entries) => readsOfQuery(entries.length),
  });
  return {
    documents: page.entries.map(({ name, document }) =>
      document === undefined ? { name } : encodeStored(document, mask),
    ),
    nextPageToken: page.nextPageToken,
  };
}

/** ListCollectionIds: the collections directly under a document or the root. */
export async function listCollectionIds(
  engine: FirestoreEngine,
  request: ListCollectionIdsRequest,
  context: CallContext,
) {
  const parent = parseParent(request.parent, context.database);
  const page = await readPage(engine, request, context, {
    defaultPageSize: COLLECTIONS_PER_PAGE,
    collectionId: undefined,
    pageOf: (view, offset, count) => take(view.collectionIds(parent), offset, count),
    fingerprintOf: (id) => id,
    // One for each page, however many ids.
    billedReads: () => 1,
  });
  return { collectionIds: page.entries, nextPageToken: page.nextPageToken };
}

/** A part of a listing. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly hasMore: boolean;
}

/** Something that is listed in pages. */
interface Listing<T> {
  readonly defaultPageSize: number;
  readonly collectionId: string | undefined;
  pageOf(view: ReadView, offset: number, count: number): Steps<Page<T>>;
  fingerprintOf(entry: T): string;
  billedReads(entries: readonly T[]): number;
}

/** Reads the page that a request names by its token. */
export async function readPage<T>(
  engine: FirestoreEngine,
  request: { pageSize: number; pageToken: string } & WireConsistency,
  context: CallContext,
  listing: Listing<T>,
): Promise<{ entries: readonly T[]; nextPageToken: string }> {
  if (request.pageSize < 0) throw invalidArgument('Page size must be nonnegative.');
  const { defaultPageSize, collectionId } = listing;
  const pageSize = Math.min(request.pageSize === 0 ? defaultPageSize : request.pageSize, defaultPageSize);
  const position = decodePageToken(request.pageToken);
  const offset = position?.offset ?? 0;
  const { result, readMicros } = await engine.read<Page<T>>(context, consistencyOf(request, position), {
    kind: 'query',
    collectionId,
    run: (view) => new PausableRead(listing.pageOf(view, offset, pageSize)),
    foundNames: () => [],
    fingerprint: ({ entries }) => entries.map(listing.fingerprintOf).join('\n'),
    billedReads: ({ entries }) => listing.billedReads(entries),
  });
  const nextPageToken = result.hasMore ? encodePageToken({ readMicros, offset: offset + pageSize }) : '';
  return { entries: result.entries, nextPageToken };
}

/** Later pages show the data of the first one, unless the request says by itself what it wants to see. */
function consistencyOf(request: WireConsistency, position: PagePosition | undefined): Consistency {
  const requested = decodeConsistency(request);
  if (requested.kind !== 'strong' || position === undefined) return requested;
  return { kind: 'readTime', micros: position.readMicros };
}

function* queryPage(
  query: Query,
  view: ReadView,
  offset: number,
  count: number,
): Steps<Page<ListedDocument>> {
  // One more than the page has tells whether there is another one.
  const { documents } = yield* querySteps({ ...query, offset, limit: count + 1 }, view);
  const entries = documents.slice(0, count).map((document) => ({ name: document.name, document }));
  return { entries, hasMore: documents.length > count };
}

function* take<T>(entries: Iterable<T>, offset: number, count: number): Steps<Page<T>> {
  const taken: T[] = [];
  let index = 0;
  for (const entry of entries) {
    if (index >= offset + count) return { entries: taken, hasMore: true };
    if (index >= offset) taken.push(entry);
    index++;
    yield;
  }
  return { entries: taken, hasMore: false };
}

/** An order in words, such as `priority desc, name`. */
function listingQuery(collectionId: string, orderBy: string): WireStructuredQuery {
  const orders = orderBy === '' ? [] : orderBy.split(',').map((part) => decodeOrderWords(part, orderBy));
  return {
    select: null,
    from: [{ collectionId, allDescendants: false }],
    where: null,
    orderBy: orders,
    startAt: null,
    endAt: null,
    offset: 0,
    limit: null,
    findNearest: null,
  };
}

function decodeOrderWords(part: string, orderBy: string): WireStructuredQuery['orderBy'][number] {
  const [fieldPath = '', direction = 'asc', ...more] = part.trim().split(/\s+/);
  const isDescending = direction.toLowerCase() === 'desc';
  if (fieldPath === '' || more.length > 0 || (!isDescending && direction.toLowerCase() !== 'asc')) {
    throw invalidArgument(`Invalid order by clause "${orderBy}".`);
  }
  return { field: { fieldPath }, direction: isDescending ? 'DESCENDING' : 'ASCENDING' };
}
