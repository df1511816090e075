import type { FieldIndex, IndexRange, RangeOp } from '../store/field-index.ts';
import type { ReadView } from '../store/read-view.ts';
import type { FieldPath } from '../values/field-path.ts';
import type { Filter } from './filter.ts';
import type { Query } from './query.ts';

/** Where to look for a query's results, instead of at every document of its collection. */
export interface IndexPlan {
  /** Names of documents that hold all results, and maybe more; each once. */
  readonly names: Iterable<string>;
  /** Whether they come in the order of the results, so that the first ones are enough for a limit. */
  readonly isOrdered: boolean;
}

type IndexOf = (path: FieldPath) => FieldIndex;

/** What one of a query's conditions leaves of an index. Several ranges are of an `in`. */
interface Narrowing {
  readonly index: FieldIndex;
  readonly ranges: readonly IndexRange[];
  /** Of documents with one value, which an index has in the order of their names. */
  readonly isOneValue: boolean;
  readonly size: number;
}

/**
 * The cheapest way to a query's results by one index: through what its most telling condition leaves, or in the order
 * of its first field until there are enough.
 * @param wanted how many results are enough
 * @returns undefined where no index helps
 */
export function planByIndex(query: Query, view: ReadView, wanted: number): IndexPlan | undefined {
  const { collectionId } = query;
  if (collectionId === undefined) return undefined;
  const indexOf: IndexOf = (path) => view.fieldIndex(query.parent.database, collectionId, path);
  const narrowings = narrowingsOf(query, indexOf);
  const [best] = narrowings.toSorted((left, right) => left.size - right.size);
  const ordered =
    view.isPresent && Number.isFinite(wanted) ? orderedPlan(query, indexOf, narrowings) : undefined;
  if (ordered !== undefined) {
    // As if what the best condition leaves lay evenly over the whole: so many are to be looked at.
    const share = best === undefined || best.size === 0 ? 1 : best.index.size / best.size;
    if (best === undefined || wanted * share < best.size) return ordered;
  }
  if (best === undefined) return undefined;
  return { names: namesOf(best), isOrdered: isOrderedByName(query) && best.isOneValue };
}

function narrowingsOf({ filter }: Query, indexOf: IndexOf): Narrowing[] {
  const conditions = filter?.kind === 'and' ? filter.filters : filter === undefined ? [] : [filter];
  return conditions.flatMap((condition) => narrowingOf(condition, indexOf) ?? []);
}

function narrowingOf(filter: Filter, indexOf: IndexOf): Narrowing | undefined {
  if ('filters' in filter || filter.operand.kind === 'name') return undefined;
  const values = filter.kind === 'list' ? filter.values : [filter.value];
  const op = filter.op === 'in' ? '==' : filter.op;
  if (!isRangeOp(op)) return undefined;
  const index = indexOf(filter.operand.path);
  const ranges = distinct(values.map((value) => index.range(op, value)));
  const size = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  return { index, ranges, isOneValue: op === '==' && ranges.length <= 1, size };
}

function isRangeOp(op: string): op is RangeOp {
  return op === '==' || op === '<' || op === '<=' || op === '>' || op === '>=';
}

/** Those that hold something, each once: the same value may be listed twice, also as 1 and 1.0. */
function distinct(ranges: readonly IndexRange[]): IndexRange[] {
  return [
    ...new Map(ranges.filter(({ from, to }) => to > from).map((range) => [range.from, range])).values(),
  ];
}

/** Through the index of the first field that results are ordered by, from the query's start on. */
function orderedPlan(
  query: Query,
  indexOf: IndexOf,
  narrowings: readonly Narrowing[],
): IndexPlan | undefined {
  const [first, second, ...others] = query.orders;
  // An index breaks ties by the name, and is read in one direction.
  if (first?.operand.kind !== 'field' || second?.operand.kind !== 'name' || others.length > 0)
    return undefined;
  if (first.descending !== second.descending) return undefined;
  const { descending, operand } = first;
  const index = indexOf(operand.path);
  let range: IndexRange = { from: 0, to: index.size };
  for (const narrowing of narrowings) {
    const [only, ...rest] = narrowing.ranges;
    if (narrowing.index === index && only !== undefined && rest.length === 0) range = overlap(range, only);
  }
  const start = query.startAt?.values[0];
  if (start !== undefined) range = overlap(range, index.rangeFrom(start, descending));
  return { names: index.names(range, descending), isOrdered: true };
}

function overlap(left: IndexRange, right: IndexRange): IndexRange {
  const from = Math.max(left.from, right.from);
  return { from, to: Math.max(from, Math.min(left.to, right.to)) };
}

function* namesOf({ index, ranges }: Narrowing): Generator<string> {
  for (const range of ranges) yield* index.names(range);
}

function isOrderedByName({ orders: [first] }: Query): boolean {
  return first?.operand.kind === 'name' && !first.descending;
}
