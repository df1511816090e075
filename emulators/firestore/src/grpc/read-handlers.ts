import { notFound } from '../firestore-error.ts';
import type {
  BatchGetDocumentsRequest,
  GetDocumentRequest,
  RunAggregationQueryRequest,
  RunQueryRequest,
} from '../protocol/messages.ts';
import { aggregatedOperands, decodeAggregations } from '../queries/aggregate.ts';
import { decodeQuery } from '../queries/decode-query.ts';
import type { Query } from '../queries/query.ts';
import { type AggregationResult, aggregationSteps } from '../queries/run-aggregation.ts';
import { type QueryResult, querySteps } from '../queries/run-query.ts';
import { PausableRead } from '../store/steps.ts';
import type { CallContext, Consistency, FirestoreEngine } from '../transactions/firestore-engine.ts';
import { readsOfAggregation, readsOfQuery } from '../usage/usage-meter.ts';
import { encodeFields } from '../values/encode-value.ts';
import { parseDocumentName } from '../values/resource-name.ts';
import { type Micros, timestampOfMicros } from '../values/timestamp.ts';
import { decodeConsistency } from './decode-consistency.ts';
import { decodeMask, encodeStored } from './encode-messages.ts';
import { explainMetrics } from './explain.ts';

/** BatchGetDocuments: a stream of what was found and what is missing; a new transaction's id comes first, alone. */
export async function* batchGetDocuments(
  engine: FirestoreEngine,
  request: BatchGetDocumentsRequest,
  context: CallContext,
) {
  const names = [...new Set(request.documents)].map((name) => parseDocumentName(name, context.database));
  const mask = decodeMask(request.mask);
  const { result, readMicros, newTransaction } = await engine.read(context, decodeConsistency(request), {
    kind: 'documents',
    names: names.map(({ name }) => name),
    run: (view) => names.map((name) => ({ name: name.name, document: view.get(name) })),
    billedReads: (found) => found.length,
  });
  if (newTransaction !== undefined) yield { transaction: newTransaction };
  const readTime = timestampOfMicros(readMicros);
  for (const { name, document } of result) {
    yield document === undefined
      ? { missing: name, readTime }
      : { found: encodeStored(document, mask), readTime };
  }
}

/** GetDocument. With `atMicros`, as the document was then: what a write answers, and no read of its own. */
export async function getDocument(
  engine: FirestoreEngine,
  request: GetDocumentRequest,
  context: CallContext,
  atMicros?: Micros,
) {
  const name = parseDocumentName(request.name, context.database);
  const mask = decodeMask(request.mask);
  const consistency: Consistency =
    atMicros === undefined ? decodeConsistency(request) : { kind: 'readTime', micros: atMicros };
  const { result } = await engine.read(context, consistency, {
    kind: 'documents',
    names: [name.name],
    run: (view) => view.get(name),
    billedReads: () => (atMicros === undefined ? 1 : 0),
  });
  if (result === undefined) throw notFound(`Document "${name.name}" not found.`);
  return encodeStored(result, mask);
}

/** RunQuery: a stream of documents; the last message says that it is done, and alone tells the time if none matched. */
export async function* runQueryCall(engine: FirestoreEngine, request: RunQueryRequest, context: CallContext) {
  const query = decodeQuery(request.parent, request.structuredQuery);
  engine.checkIndexes(query);
  const consistency = decodeConsistency(request);
  const { explainOptions } = request;
  if (explainOptions?.analyze === false) {
    yield* planOnly(engine, { query, consistency }, context);
    return;
  }
  const startedAtMs = performance.now();
  const { result, readMicros, newTransaction } = await engine.read<QueryResult>(context, consistency, {
    kind: 'query',
    run: (view) => new PausableRead(querySteps(query, view)),
    collectionId: query.collectionId,
    foundNames: ({ documents }) => documents.map(({ name }) => name),
    fingerprint: ({ documents }) => documents.map((one) => `${one.name}@${one.updateMicros}`).join('\n'),
    billedReads: ({ documents, skipped }) => readsOfQuery(documents.length + skipped),
  });
  if (newTransaction !== undefined) yield { transaction: newTransaction };
  const readTime = timestampOfMicros(readMicros);
  const { documents, skipped } = result;
  const explained = explainOptions && {
    explainMetrics: explainMetrics(query, {
      results: documents.length,
      reads: readsOfQuery(documents.length + skipped),
      durationMs: performance.now() - startedAtMs,
      documentsScanned: result.examined,
      entriesScanned: documents.length + skipped,
    }),
  };
  if (documents.length === 0) {
    yield { readTime, skippedResults: skipped, done: true, ...explained };
    return;
  }
  for (const [index, document] of documents.entries()) {
    yield {
      document: encodeStored(document),
      readTime,
      ...(index === 0 && skipped > 0 ? { skippedResults: skipped } : {}),
      // With the last document come the metrics: the Node client's own tests against the service count responses. Of a response
      // that is `done` that client drops them.
      ...(index === documents.length - 1 && (explained ?? (query.limit === undefined ? {} : { done: true }))),
    };
  }
}

/** RunAggregationQuery: one result. */
export async function* runAggregationQuery(
  engine: FirestoreEngine,
  request: RunAggregationQueryRequest,
  context: CallContext,
) {
  const wire = request.structuredAggregationQuery;
  const aggregations = decodeAggregations(wire?.aggregations ?? []);
  const query = decodeQuery(request.parent, wire?.structuredQuery, aggregatedOperands(aggregations));
  engine.checkIndexes(query);
  const consistency = decodeConsistency(request);
  const { explainOptions } = request;
  if (explainOptions?.analyze === false) {
    yield* planOnly(engine, { query, consistency }, context);
    return;
  }
  const startedAtMs = performance.now();
  const { result, readMicros, newTransaction } = await engine.read<AggregationResult>(context, consistency, {
    kind: 'query',
    run: (view) => new PausableRead(aggregationSteps(aggregations, query, view)),
    collectionId: query.collectionId,
    foundNames: () => [],
    fingerprint: ({ values }) => JSON.stringify(encodeFields(values)),
    billedReads: ({ documents }) => readsOfAggregation(documents),
  });
  if (newTransaction !== undefined) yield { transaction: newTransaction };
  const explained = explainOptions && {
    explainMetrics: explainMetrics(query, {
      results: 1,
      reads: readsOfAggregation(result.documents),
      durationMs: performance.now() - startedAtMs,
      documentsScanned: result.examined,
      entriesScanned: result.documents,
    }),
  };
  yield {
    result: { aggregateFields: encodeFields(result.values) },
    readTime: timestampOfMicros(readMicros),
    ...explained,
  };
}

/** The plan of a query that is not run. It reads nothing, but may begin a transaction. */
async function* planOnly(
  engine: FirestoreEngine,
  request: { readonly query: Query } & { readonly consistency: Consistency },
  context: CallContext,
) {
  const { newTransaction } = await engine.read<undefined>(context, request.consistency, {
    kind: 'documents',
    names: [],
    run: () => undefined,
    billedReads: () => 0,
  });
  if (newTransaction !== undefined) yield { transaction: newTransaction };
  // Clients take a read time as a sign that the query was run.
  yield { explainMetrics: explainMetrics(request.query) };
}
