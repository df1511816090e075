import type { FieldIndex, IndexRange, RangeOp } from '../store/field-index.ts';
import type { ReadView } from '../store/read-view.ts';
import type { FieldPath } from '../values/field-path.ts';
import type { Filter } from './filter.ts';
import type { Cursor, Query } from './query.ts';

/** Where to look for a query's results, instead of at every document of its collection. */
export interface IndexPlan {
  /** Names of documents that hold all results, and maybe more; each once. With `otherwise`, the first ones in order. */
  readonly names: Iterable<string>;
  /** Whether they come in the order of the results, so that the first ones are enough for a limit. */
  readonly isOrdered: boolean;
  /** Where to look instead if the names hold fewer results than are wanted. */
  readonly otherwise?: IndexPlan | undefined;
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

/** A part of an index, to be gone through in the order of a query's results. */
interface OrderedWalk {
  readonly index: FieldIndex;
  readonly range: IndexRange;
  readonly descending: boolean;
}

/**
 * The cheapest way to a query's results by one index: through what its most telling condition leaves, or, where there
 * is a limit, in the order of its first field until there are enough.
 *
 * How long the latter takes is not known before: all matches may lie at the far end. So it is tried for as many entries
 * as the condition leaves, then given up for these. However the matches lie, that is at most twice what the better of
 * the two ways takes.
 * @param wanted how many results are enough
 * @returns undefined where no index helps
 */
export function planByIndex(query: Query, view: ReadView, wanted: number): IndexPlan | undefined {
  const { collectionId } = query;
  if (collectionId === undefined) return undefined;
  const indexOf: IndexOf = (path) => view.fieldIndex(query.parent.database, collectionId, path);
  const narrowings = narrowingsOf(query, indexOf);
  const [best] = narrowings.toSorted((left, right) => left.size - right.size);
  const picked = best && { names: namesOf(best), isOrdered: isOrderedByName(query) && best.isOneValue };
  const walk =
    view.isPresent && Number.isFinite(wanted) ? orderedWalk(query, indexOf, narrowings) : undefined;
  if (walk === undefined) return picked;
  // Without a condition the other way is to look at every document: no walk is longer.
  const most = best?.size ?? Number.POSITIVE_INFINITY;
  if (sizeOf(walk.range) <= most) return { names: namesAlong(walk, most), isOrdered: true };
  if (wanted >= most) return picked;
  return { names: namesAlong(walk, most), isOrdered: true, otherwise: picked };
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
  const size = ranges.reduce((sum, range) => sum + sizeOf(range), 0);
  return { index, ranges, isOneValue: op === '==' && ranges.length <= 1, size };
}

function isRangeOp(op: string): op is RangeOp {
  return op === '==' || op === '<' || op === '<=' || op === '>' || op === '>=';
}

/** Those that hold something, each once: the same value may be listed twice, also as 1 and 1.0. */
function distinct(ranges: readonly IndexRange[]): IndexRange[] {
  return [
    ...new Map(ranges.filter((range) => sizeOf(range) > 0).map((range) => [range.from, range])).values(),
  ];
}

/** Through the index of the first field that results are ordered by, between the query's cursors. */
function orderedWalk(
  query: Query,
  indexOf: IndexOf,
  narrowings: readonly Narrowing[],
): OrderedWalk | undefined {
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
  const start = placeOf(query.startAt, index, descending);
  const end = placeOf(query.endAt, index, descending);
  const [from = 0, to = index.size] = descending ? [end, start] : [start, end];
  return { index, range: overlap(range, { from, to }), descending };
}

/** A cursor's place in an index: how many entries lie before it there. */
function placeOf(cursor: Cursor | undefined, index: FieldIndex, descending: boolean): number | undefined {
  const [value, name] = cursor?.values ?? [];
  if (cursor === undefined || value === undefined) return undefined;
  // In descending order, what comes before something lies after it in the index.
  const isAfter = cursor.before === descending;
  return index.position(value, name?.kind === 'reference' ? name.reference : undefined, isAfter);
}

function namesAlong({ index, range, descending }: OrderedWalk, most: number): Iterable<string> {
  const { from, to } = range;
  const first = descending ? { from: to - most, to } : { from, to: from + most };
  return index.names(overlap(range, first), descending);
}

function sizeOf({ from, to }: IndexRange): number {
  return to - from;
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
