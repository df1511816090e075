import { invalidArgument } from '../firestore-error.ts';
import type { PartitionQueryRequest, WireStructuredQuery } from '../protocol/messages.ts';
import { decodeQuery } from '../queries/decode-query.ts';
import type { Query } from '../queries/query.ts';
import { querySteps } from '../queries/run-query.ts';
import type { ReadView } from '../store/read-view.ts';
import type { Steps } from '../store/steps.ts';
import type { CallContext, FirestoreEngine } from '../transactions/firestore-engine.ts';
import { readsOfQuery } from '../usage/usage-meter.ts';
import { parseParent } from '../values/resource-name.ts';
import { type Page, readPage } from './list-handlers.ts';

/** Where a request names no page size, or a greater one. */
const POINTS_PER_PAGE = 300;

/** PartitionQuery: names that split the documents of a collection group into parts of about one size, in order. */
export async function partitionQuery(
  engine: FirestoreEngine,
  request: PartitionQueryRequest,
  context: CallContext,
) {
  const points = Number(request.partitionCount);
  if (points < 1) throw invalidArgument(`partition_count must be positive, got ${points}.`);
  if (parseParent(request.parent, context.database).segments.length > 0) {
    throw invalidArgument(`Expected the parent of PartitionQuery to be a database, got "${request.parent}".`);
  }
  checkPartitionable(request.structuredQuery);
  const query = decodeQuery(request.parent, request.structuredQuery);
  engine.checkIndexes(query);
  const page = await readPage(engine, request, context, {
    defaultPageSize: POINTS_PER_PAGE,
    collectionId: query.collectionId,
    pageOf: (view, offset, count) => pageOfPoints({ query, points }, view, offset, count),
    fingerprintOf: (name) => name,
    billedReads: (names) => readsOfQuery(names.length),
  });
  return {
    // Ends are before a point, so that as a start it belongs to the next part.
    partitions: page.entries.map((referenceValue) => ({
      values: [{ valueType: 'referenceValue', referenceValue }],
      before: true,
    })),
    nextPageToken: page.nextPageToken,
  };
}

/** @throws {FirestoreError} INVALID_ARGUMENT unless all of a collection group is asked for, by name */
function checkPartitionable(query: WireStructuredQuery | undefined): void {
  if (query === undefined) throw invalidArgument('only structured queries are supported');
  const [from] = query.from;
  if (!from?.allDescendants || from.collectionId === '') {
    throw invalidArgument('PartitionQuery requires one collection id with all descendants.');
  }
  const [order, ...others] = query.orderBy;
  if (order?.field?.fieldPath !== '__name__' || order.direction === 'DESCENDING' || others.length > 0) {
    throw invalidArgument('PartitionQuery requires an order by __name__ ascending.');
  }
  const { where, limit, offset, startAt, endAt, findNearest } = query;
  if (offset !== 0 || [where, limit, startAt, endAt, findNearest].some((part) => part !== null)) {
    throw invalidArgument(
      'PartitionQuery supports no filters, limits, offsets, cursors or searches by distance.',
    );
  }
}

function* pageOfPoints(
  { query, points }: { query: Query; points: number },
  view: ReadView,
  offset: number,
  count: number,
): Steps<Page<string>> {
  const { documents } = yield* querySteps({ ...query, select: undefined }, view);
  const total = documents.length;
  // Each part holds a document at least, the first one too.
  const cuts = Math.min(points, Math.max(0, total - 1));
  const names: string[] = [];
  for (let index = offset; index < Math.min(cuts, offset + count); index++) {
    const at = Math.floor(((index + 1) * total) / (cuts + 1));
    names.push(documents[at]?.name ?? '');
  }
  return { entries: names, hasMore: cuts > offset + count };
}
