import type { FieldIndex, IndexRange } from '../store/field-index.ts';
import type { ReadView } from '../store/read-view.ts';
import { formatFieldPath } from '../values/field-path.ts';
import {
  concatenated,
  mergeNames,
  type NameList,
  type NamePlace,
  type Narrowing,
  Narrowings,
  namesOf,
  overlap,
  rangeList,
} from './narrowing.ts';
import type { Cursor, Query } from './query.ts';
import { isInScanOrder, type QueryIndexes, queryIndexes } from './query-indexes.ts';

/** Where to look for a query's results, instead of at every document of its collection. */
export interface IndexPlan {
  /** Names of documents that hold all results, and maybe more; each once. With `otherwise`, the first ones in order. */
  readonly names: Iterable<string>;
  /** How far they come in the order of the results: so far, the first ones are enough for a limit. */
  readonly order: 'all' | 'first' | 'none';
  /** Set if all of them are results, without those that the query's offset skips: this many. */
  readonly skipped?: number | undefined;
  /** Where to look instead if the names hold fewer results than are wanted. */
  readonly otherwise?: IndexPlan | undefined;
}

/** Offsets from here on are skipped in an index of names, which is made for that. */
export const DEEP_OFFSET = 256;

/** Documents in the order of a query's results. */
interface OrderedWalk {
  readonly lists: readonly NameList[];
  readonly size: number;
  /** Whether lists by name are merged; else they follow each other. */
  readonly isMerged: boolean;
  readonly descending: boolean;
  /** `first`: by the first of the query's orders. */
  readonly order: 'all' | 'first';
  /** Whether all of them are results. */
  readonly isExact: boolean;
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
  const indexes = queryIndexes(query, view);
  if (indexes === undefined) return undefined;
  const narrowings = new Narrowings(query, indexes);
  const found = narrowings.all();
  const [best] = found;
  const picked: IndexPlan | undefined = best && { names: namesOf(best), order: 'none' };
  const walk = orderedWalk(query, indexes, narrowings, found);
  if (walk === undefined) return picked;
  // Of an earlier moment an index lacks what has changed since.
  if (walk.isExact && view.isPresent) return exactPlan(query, walk);
  // Without a condition the other way is to look at every document: no walk is longer.
  const most = best?.size ?? Number.POSITIVE_INFINITY;
  if (walk.size <= most) return { names: namesAlong(walk), order: walk.order };
  if (wanted >= most) return picked;
  return { names: firstOf(namesAlong(walk), most), order: walk.order, otherwise: picked };
}

/** How many results a query has, its offset and its limit aside; undefined where indexes alone can't tell. */
export function countByIndex(query: Query, view: ReadView): number | undefined {
  const indexes = queryIndexes(query, view);
  if (indexes === undefined || !view.isPresent) return undefined;
  const narrowings = new Narrowings(query, indexes);
  const found = narrowings.all();
  const hasCursor = query.startAt !== undefined || query.endAt !== undefined;
  const [best = query.filter === undefined ? narrowings.byName() : undefined] = found;
  if (best?.isExact === true && !hasCursor && hasAllOrders(query, best)) return countOf(best);
  const walk = orderedWalk(query, indexes, narrowings, found);
  if (walk?.isExact !== true) return undefined;
  return countOf({ lists: walk.lists, isDistinct: !walk.isMerged || walk.lists.length < 2 });
}

function countOf(narrowing: Pick<Narrowing, 'lists' | 'isDistinct'>): number {
  if (narrowing.isDistinct) return sizeOf(narrowing.lists);
  let count = 0;
  for (const _name of namesOf(narrowing)) count++;
  return count;
}

/** Whether all that a narrowing holds has the fields that the query orders by: other documents are no results. */
function hasAllOrders({ orders }: Query, { path }: Narrowing): boolean {
  const text = path && formatFieldPath(path);
  return orders.every(({ operand }) => operand.kind === 'name' || formatFieldPath(operand.path) === text);
}

/** The results themselves, without those that the offset skips. */
function exactPlan({ offset }: Query, walk: OrderedWalk): IndexPlan {
  if (walk.isMerged && walk.lists.length > 1) {
    const names = namesAlong(walk)[Symbol.iterator]();
    let skipped = 0;
    while (skipped < offset && names.next().done !== true) skipped++;
    return { names: { [Symbol.iterator]: () => names }, order: 'all', skipped };
  }
  const inOrder = walk.descending ? walk.lists.toReversed() : walk.lists;
  let left = offset;
  const names = inOrder.map((list) => {
    const skip = Math.min(left, list.size);
    left -= skip;
    return list.names(walk.descending, skip);
  });
  return { names: concatenated(names), order: 'all', skipped: offset - left };
}

function orderedWalk(
  query: Query,
  indexes: QueryIndexes,
  narrowings: Narrowings,
  found: readonly Narrowing[],
): OrderedWalk | undefined {
  const [first] = query.orders;
  if (first?.operand.kind === 'field') return walkByField(query, indexes, found);
  return first === undefined ? undefined : walkByName(query, narrowings, found[0], first.descending);
}

/** Through the index of the first field that results are ordered by, between the query's cursors. */
function walkByField(
  query: Query,
  indexes: QueryIndexes,
  found: readonly Narrowing[],
): OrderedWalk | undefined {
  const [first, second, ...others] = query.orders;
  if (first?.operand.kind !== 'field') return undefined;
  const { descending } = first;
  // An index breaks ties by the name, and is read in one direction.
  const isWhole = second?.operand.kind === 'name' && second.descending === descending && others.length === 0;
  const index = indexes.index({ kind: 'values', path: first.operand.path });
  const narrowed = found.find(({ values }) => values?.index === index);
  const between = betweenCursors(query, index, descending, isWhole);
  const narrowedTo = narrowed?.values?.ranges ?? [{ from: 0, to: index.size }];
  const ranges = narrowedTo.map((range) => overlap(range, between));
  const lists = ranges.map((range) => rangeList(index, range));
  return {
    lists,
    size: sizeOf(lists),
    isMerged: false,
    descending,
    order: isWhole ? 'all' : 'first',
    isExact: isWhole && (query.filter === undefined || narrowed?.isExact === true),
  };
}

/** Through lists of documents by name: those that the best condition leaves, or all. */
function walkByName(
  query: Query,
  narrowings: Narrowings,
  best: Narrowing | undefined,
  descending: boolean,
): OrderedWalk | undefined {
  if (best === undefined && isInScanOrder(query) && query.offset < DEEP_OFFSET) return undefined;
  const narrowing = best ?? narrowings.byName();
  if (!narrowing.lists.every(({ isByName }) => isByName)) return undefined;
  const start = nameCursor(query.startAt, descending);
  const end = nameCursor(query.endAt, descending);
  const [from, to] = descending ? [end, start] : [start, end];
  const lists = narrowing.lists.map((list) => list.between(from, to));
  return {
    lists,
    size: sizeOf(lists),
    isMerged: true,
    descending,
    order: 'all',
    isExact:
      (best === undefined ? query.filter === undefined : best.isExact) && hasAllOrders(query, narrowing),
  };
}

/** A cursor on the name as a place among names. */
function nameCursor(cursor: Cursor | undefined, descending: boolean): NamePlace | undefined {
  const [value] = cursor?.values ?? [];
  if (cursor === undefined || value?.kind !== 'reference') return undefined;
  return { name: value.reference, isAfter: cursor.before === descending };
}

/** Where the entries between a query's cursors lie. Cursors of more orders leave in what has their first value. */
function betweenCursors(
  { startAt, endAt }: Query,
  index: FieldIndex,
  descending: boolean,
  isWhole: boolean,
): IndexRange {
  const placeOf = (cursor: Cursor | undefined, isStart: boolean): number | undefined => {
    const [value, name] = cursor?.values ?? [];
    if (cursor === undefined || value === undefined) return undefined;
    // In descending order, what comes before something lies after it in the index.
    if (isWhole) {
      const isAfter = cursor.before === descending;
      return index.position(value, name?.kind === 'reference' ? name.reference : undefined, isAfter);
    }
    const isBefore = cursor.values.length > 1 ? isStart : cursor.before;
    return index.position(value, undefined, isBefore === descending);
  };
  const [start, end] = [placeOf(startAt, true), placeOf(endAt, false)];
  const [from = 0, to = index.size] = descending ? [end, start] : [start, end];
  return { from, to };
}

function namesAlong({ lists, isMerged, descending }: OrderedWalk): Iterable<string> {
  // Taken now: indexes may change before they are gone through.
  const names = (descending && !isMerged ? lists.toReversed() : lists).map((list) => list.names(descending));
  return isMerged ? mergeNames(names, descending) : concatenated(names);
}

function* firstOf(names: Iterable<string>, most: number): Generator<string> {
  let left = most;
  for (const name of names) {
    if (left-- <= 0) return;
    yield name;
  }
}

function sizeOf(lists: readonly NameList[]): number {
  return lists.reduce((sum, { size }) => sum + size, 0);
}
