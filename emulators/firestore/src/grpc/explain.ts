import { queryShapes } from '../indexes/query-shape.ts';
import type { Query } from '../queries/query.ts';

/** The costs of running a query. */
export interface Execution {
  readonly results: number;
  readonly reads: number;
  readonly durationMs: number;
  readonly documentsScanned: number;
  readonly entriesScanned: number;
}

/** Metrics of a query: its plan, and what running it took if it was run. */
export function explainMetrics(query: Query, execution?: Execution): object {
  return {
    planSummary: { indexesUsed: indexesUsed(query).map(structOf) },
    executionStats: execution === undefined ? null : executionStats(execution),
  };
}

/** The indexes that the real service would take: one for each condition where the order is that of names, else one with all. */
function indexesUsed(query: Query): { query_scope: string; properties: string }[] {
  const scope = query.allDescendants ? 'Collection group' : 'Collection';
  const properties = new Set(
    queryShapes(query).flatMap(({ equalities, arrayField, order }) => {
      const conditions = [...equalities].map((field) => `${field} ASC`);
      if (arrayField !== undefined) conditions.push(`${arrayField} CONTAINS`);
      const ordered = order.map(({ field, descending }) => `${field} ${descending ? 'DESC' : 'ASC'}`);
      const areMerged = order.length === 1 && conditions.length > 0;
      const indexes = areMerged ? conditions.map((one) => [one, ...ordered]) : [[...conditions, ...ordered]];
      return indexes.map((parts) => `(${parts.join(', ')})`);
    }),
  );
  return [...properties].map((one) => ({ query_scope: scope, properties: one }));
}

function executionStats({ results, reads, durationMs, documentsScanned, entriesScanned }: Execution) {
  const micros = Math.round(durationMs * 1_000);
  return {
    resultsReturned: String(results),
    executionDuration: {
      seconds: String(Math.floor(micros / 1_000_000)),
      nanos: (micros % 1_000_000) * 1_000,
    },
    readOperations: String(reads),
    debugStats: structOf({
      indexes_entries_scanned: String(entriesScanned),
      documents_scanned: String(documentsScanned),
      billing_details: {
        documents_billable: String(reads),
        index_entries_billable: '0',
        min_query_cost: '0',
      },
    }),
  };
}

type Texts = { readonly [key: string]: string | Texts };

/** A google.protobuf.Struct. */
interface Struct {
  readonly fields: Record<string, { stringValue: string } | { structValue: Struct }>;
}

function structOf(texts: Texts): Struct {
  const entries = Object.entries(texts).map(([key, value]) => [
    key,
    typeof value === 'string' ? { stringValue: value } : { structValue: structOf(value) },
  ]);
  return { fields: Object.fromEntries(entries) };
}
