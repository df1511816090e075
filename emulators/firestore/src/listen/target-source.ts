import { invalidArgument, unimplemented } from '../firestore-error.ts';
import type { IndexRules } from '../indexes/index-rules.ts';
import type { WireTarget } from '../protocol/messages.ts';
import { decodeQuery } from '../queries/decode-query.ts';
import type { Query } from '../queries/query.ts';
import { prepareIndexes } from '../queries/query-indexes.ts';
import {
  compareKeys,
  isCandidate,
  keysOf,
  querySteps,
  runQuery,
  selectFields,
} from '../queries/run-query.ts';
import type { ReadView } from '../store/read-view.ts';
import type { Steps } from '../store/steps.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { parseDocumentName } from '../values/resource-name.ts';
import type { LimitedSource } from './result-window.ts';

/** What a target listens to. */
export interface TargetSource {
  /** All results in the data of one moment. */
  run(view: ReadView): readonly StoredDocument[];
  /** Does in parts what `run` needs; with all results, unless there is a limit. */
  prepare(view: ReadView): Steps<readonly StoredDocument[] | undefined>;
  /** Whether a document is a result, other documents aside (so a limit may still leave it out). */
  covers(document: StoredDocument): boolean;
  /** What the client is shown of a result. */
  project(document: StoredDocument): StoredDocument;
  /** Set if one document can push out another; otherwise whatever is covered is a result. */
  readonly limited: LimitedSource | undefined;
  /** Names whose absence the client is told of. */
  readonly names: readonly string[];
}

/**
 * Reads what an added target asks for.
 * @throws {FirestoreError} INVALID_ARGUMENT; FAILED_PRECONDITION if no index serves it; UNIMPLEMENTED for a vector search
 */
export function decodeTargetSource(wire: WireTarget, database: string, indexes?: IndexRules): TargetSource {
  switch (wire.targetType) {
    case 'documents':
      return documentsSource(wire.documents.documents, database);
    case 'query': {
      if (wire.query.structuredQuery?.findNearest) {
        throw unimplemented('Listening to StructuredQuery.find_nearest is not implemented by this emulator.');
      }
      const query = decodeQuery(wire.query.parent, wire.query.structuredQuery);
      if (query.parent.database !== database) {
        throw invalidArgument(
          `The target's parent "${wire.query.parent}" lies in another database than "${database}".`,
        );
      }
      checkSelector(query);
      indexes?.check(query);
      return querySource(query);
    }
    case undefined:
      throw invalidArgument('A target must be a query or a set of documents.');
  }
}

/** Descendants of a document, or of no matter which collection, can be asked for but not listened to. */
function checkSelector({ collectionId, allDescendants, parent }: Query): void {
  if (!allDescendants) return;
  if (collectionId === undefined) {
    throw invalidArgument('All-collection queries are not supported by real-time queries.');
  }
  if (parent.segments.length > 0) {
    throw invalidArgument(
      "'all_descendants' in CollectionSelector with document parent is not supported by real-time queries.",
    );
  }
}

function documentsSource(wireNames: readonly string[], database: string): TargetSource {
  const names = [...new Set(wireNames)].map((name) => parseDocumentName(name, database));
  if (names.length === 0) throw invalidArgument('A target must name at least one document.');
  const known = new Set(names.map(({ name }) => name));
  const run: TargetSource['run'] = (view) =>
    names.map((name) => view.get(name)).filter((document) => document !== undefined);
  return {
    run,
    // biome-ignore lint/correctness/useYield: so few documents need no parts
    *prepare(view) {
      return run(view);
    },
    covers: (document) => known.has(document.name),
    project: (document) => document,
    limited: undefined,
    names: [...known],
  };
}

/** The results of a query. */
export function querySource(query: Query): TargetSource {
  return {
    run: (view) => runQuery(query, view).documents,
    *prepare(view) {
      if (query.limit === undefined && query.offset === 0) return (yield* querySteps(query, view)).documents;
      yield* prepareIndexes(query, view, true);
      return undefined;
    },
    covers: (document) => isCandidate(query, document),
    project: (document) => selectFields(query, document),
    limited: query.limit === undefined && query.offset === 0 ? undefined : limitedSource(query),
    names: [],
  };
}

function limitedSource(query: Query): LimitedSource {
  const { offset, limit = Number.POSITIVE_INFINITY } = query;
  return {
    offset,
    limit,
    covers: (document) => isCandidate(query, document),
    keysOf: (document) => keysOf(query.orders, document),
    compareKeys: (left, right) => compareKeys(query.orders, left, right),
    first(view, count, after) {
      const startAt = after === undefined ? query.startAt : { values: after, before: false };
      const first = Number.isFinite(count) ? count : undefined;
      return runQuery({ ...query, offset: 0, limit: first, startAt, select: undefined }, view).documents;
    },
  };
}
