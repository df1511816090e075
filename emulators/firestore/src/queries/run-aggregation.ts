import type { ReadView } from '../store/read-view.ts';
import type { Steps } from '../store/steps.ts';
import type { Value } from '../values/value.ts';
import { type Aggregation, aggregate, countsOf } from './aggregate.ts';
import type { Query } from './query.ts';
import { countSteps, querySteps } from './run-query.ts';

/** Figures over a query's results. */
export interface AggregationResult {
  readonly values: ReadonlyMap<string, Value>;
  /** How many results they are of. */
  readonly documents: number;
  /** How many documents were read to find them. */
  readonly examined: number;
}

/** Works out aggregations over a query's results, in parts. Counts alone need no documents where an index tells them. */
export function* aggregationSteps(
  aggregations: readonly Aggregation[],
  query: Query,
  view: ReadView,
): Steps<AggregationResult> {
  const maxima = aggregations.map((one) => maxCount(one, query));
  if (maxima.includes(undefined)) {
    const { documents, examined } = yield* querySteps(query, view);
    return { values: aggregate(aggregations, documents), documents: documents.length, examined };
  }
  const limit = Math.max(...maxima.filter((maximum) => maximum !== undefined));
  const limited = { ...query, limit: Number.isFinite(limit) ? limit : undefined };
  const { count, examined } = yield* countSteps(limited, view);
  return { values: countsOf(aggregations, count), documents: count, examined };
}

/** How many results an aggregation counts at most; undefined if it needs to see them. */
function maxCount(
  aggregation: Aggregation,
  { limit = Number.POSITIVE_INFINITY, nearest }: Query,
): number | undefined {
  if (aggregation.kind !== 'count' || nearest !== undefined) return undefined;
  return Math.min(limit, aggregation.upTo ?? Number.POSITIVE_INFINITY);
}
