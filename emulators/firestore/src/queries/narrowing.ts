import type { FieldIndex, IndexRange } from '../store/field-index.ts';
import { compareNames } from '../values/compare-values.ts';
import { type FieldPath, formatFieldPath } from '../values/field-path.ts';
import { NULL, type Value } from '../values/value.ts';
import { type Filter, isNaNValue } from './filter.ts';
import type { Query } from './query.ts';
import { isInScanOrder, type QueryIndexes } from './query-indexes.ts';

/** Documents that hold all those that fulfil a condition. */
export interface Narrowing {
  readonly lists: readonly NameList[];
  /** Of all lists together. */
  readonly size: number;
  /** Whether all of them fulfil the condition. */
  readonly isExact: boolean;
  /** Whether no document is in two lists. */
  readonly isDistinct: boolean;
  /** The field that all of them have; undefined if that is not one. */
  readonly path: FieldPath | undefined;
  /** Set where the lists are the ranges of one index of values: these follow each other. */
  readonly values: { readonly index: FieldIndex; readonly ranges: readonly IndexRange[] } | undefined;
}

/** Some names, as they are in an index now. */
export interface NameList {
  readonly size: number;
  /** Whether they come in the order of the names. */
  readonly isByName: boolean;
  /** All but the first ones that are skipped. */
  names(descending: boolean, skip?: number): Iterable<string>;
  /** The part of a list by name that lies between two places. */
  between(from: NamePlace | undefined, to: NamePlace | undefined): NameList;
}

/** A place before or after a name. */
export interface NamePlace {
  readonly name: string;
  readonly isAfter: boolean;
}

/** Finds what conditions leave of a query's indexes. */
export class Narrowings {
  readonly #query: Query;
  readonly #indexes: QueryIndexes;

  constructor(query: Query, indexes: QueryIndexes) {
    this.#query = query;
    this.#indexes = indexes;
  }

  /** The narrowings that the query's filter allows: one for each index, the smallest first. */
  all(): Narrowing[] {
    const { filter } = this.#query;
    return filter === undefined ? [] : this.#ofAll(conditionsOf(filter), false);
  }

  /** All documents, by name. */
  byName(): Narrowing {
    const index = this.#indexes.index({ kind: 'names' });
    return narrowing([rangeList(index, { from: 0, to: index.size })], { isExact: true });
  }

  /** Of conditions that hold together. */
  #ofAll(conditions: readonly Filter[], isInOr: boolean): Narrowing[] {
    const found = conditions.map((condition) => this.#of(condition, isInOr));
    const byIndex = new Map<unknown, Narrowing>();
    for (const one of found) {
      if (one === undefined) continue;
      const key = one.values?.index ?? one;
      const other = byIndex.get(key);
      byIndex.set(key, other === undefined ? one : intersection(other, one));
    }
    const isWhole = byIndex.size === 1 && !found.includes(undefined);
    return [...byIndex.values()]
      .map((one) => ({ ...one, isExact: one.isExact && isWhole }))
      .sort((left, right) => left.size - right.size);
  }

  #of(filter: Filter, isInOr: boolean): Narrowing | undefined {
    switch (filter.kind) {
      case 'and': {
        const [best] = this.#ofAll(filter.filters.flatMap(conditionsOf), isInOr);
        return best && { ...best, values: undefined };
      }
      case 'or': {
        const branches = filter.filters.map((branch) => this.#ofAll(conditionsOf(branch), true)[0]);
        return union(branches);
      }
      case 'compare':
      case 'list':
        return filter.operand.kind === 'name'
          ? this.#ofNames(filter, isInOr)
          : this.#ofField(filter, filter.operand.path);
    }
  }

  #ofField(filter: Condition, path: FieldPath): Narrowing {
    if (filter.op === 'array-contains' || filter.op === 'array-contains-any') {
      const index = this.#indexes.index({ kind: 'elements', path });
      const wanted = filter.kind === 'list' ? filter.values.filter(canBeListed) : [filter.value];
      const ranges = distinct(wanted.map((value) => index.range('==', value)));
      const lists = ranges.map((range) => rangeList(index, range));
      return narrowing(lists, { isExact: true, isDistinct: ranges.length < 2, path });
    }
    const index = this.#indexes.index({ kind: 'values', path });
    const ranges = valueRanges(filter, index);
    return valuesNarrowing(index, ranges, path, true);
  }

  /** Names in a list, or a range of them. Where results come by name, ranges are read as documents are stored. */
  #ofNames(filter: Condition, isInOr: boolean): Narrowing | undefined {
    if (filter.op === '==' || filter.op === 'in') {
      const values = filter.kind === 'list' ? filter.values : [filter.value];
      const names = values.flatMap((value) => (value.kind === 'reference' ? [value.reference] : []));
      return narrowing([namesList([...new Set(names)].sort(compareNames))], { isExact: false });
    }
    if (filter.kind === 'list' || filter.value.kind !== 'reference') return undefined;
    if (!isInOr && isInScanOrder(this.#query)) return undefined;
    const index = this.#indexes.index({ kind: 'names' });
    const range = nameRange(filter.op, filter.value.reference, index);
    return range && narrowing([rangeList(index, range)], { isExact: true });
  }
}

type Condition = Extract<Filter, { readonly operand: unknown }>;

function conditionsOf(filter: Filter): Filter[] {
  return filter.kind === 'and' ? filter.filters.flatMap(conditionsOf) : [filter];
}

function narrowing(
  lists: readonly NameList[],
  {
    isExact,
    isDistinct = true,
    path,
    values,
  }: { isExact: boolean } & Partial<Pick<Narrowing, 'isDistinct' | 'path' | 'values'>>,
): Narrowing {
  const size = lists.reduce((sum, list) => sum + list.size, 0);
  return { lists, size, isExact, isDistinct, path, values };
}

function valuesNarrowing(
  index: FieldIndex,
  ranges: readonly IndexRange[],
  path: FieldPath | undefined,
  isExact: boolean,
): Narrowing {
  const lists = ranges.map((range) => rangeList(index, range));
  return narrowing(lists, { isExact, path, values: { index, ranges } });
}

function valueRanges(filter: Condition, index: FieldIndex): IndexRange[] {
  const { op } = filter;
  const wanted = filter.kind === 'list' ? filter.values : [filter.value];
  switch (op) {
    case 'in':
      return distinct(wanted.filter(canBeListed).map((value) => index.range('==', value)));
    case 'not-in':
      // As in SQL, nothing is known to be no null.
      return wanted.some(({ kind }) => kind === 'null') ? [] : complement(index, wanted.filter(canBeListed));
    case '!=':
      return complement(index, wanted);
    case 'array-contains':
    case 'array-contains-any':
      return [];
    default:
      return distinct(wanted.map((value) => index.range(op, value)));
  }
}

/** Null and NaN equal nothing in a list. */
function canBeListed(value: Value): boolean {
  return value.kind !== 'null' && !isNaNValue(value);
}

/** All but null and some values. */
function complement(index: FieldIndex, values: readonly Value[]): IndexRange[] {
  const left: IndexRange[] = [];
  let { from, to } = index.aboveNull();
  for (const taken of distinct(values.map((value) => index.range('==', value)))) {
    left.push({ from, to: taken.from });
    from = Math.max(from, taken.to);
  }
  left.push({ from, to });
  return distinct(left);
}

/** Those that hold something, each once, in order: the same value may be listed twice, also as 1 and 1.0. */
function distinct(ranges: readonly IndexRange[]): IndexRange[] {
  const filled = ranges.filter(({ from, to }) => to > from);
  return [...new Map(filled.map((range) => [range.from, range])).values()].sort(
    (left, right) => left.from - right.from,
  );
}

function nameRange(op: string, name: string, index: FieldIndex): IndexRange | undefined {
  const [before, after] = [index.position(NULL, name, false), index.position(NULL, name, true)];
  switch (op) {
    case '<':
      return { from: 0, to: before };
    case '<=':
      return { from: 0, to: after };
    case '>':
      return { from: after, to: index.size };
    case '>=':
      return { from: before, to: index.size };
    default:
      return undefined;
  }
}

/** The common part of two narrowings by one index of values. */
function intersection(left: Narrowing, right: Narrowing): Narrowing {
  if (left.values === undefined || right.values === undefined) return left;
  const { index, ranges } = left.values;
  const others = right.values.ranges;
  const common = ranges.flatMap((range) => others.map((other) => overlap(range, other)));
  return valuesNarrowing(index, distinct(common), left.path, left.isExact && right.isExact);
}

/** The part of an index that two ranges share. */
export function overlap(left: IndexRange, right: IndexRange): IndexRange {
  const from = Math.max(left.from, right.from);
  return { from, to: Math.max(from, Math.min(left.to, right.to)) };
}

/** The union of the branches' narrowings; undefined if one branch may match any document. */
function union(branches: readonly (Narrowing | undefined)[]): Narrowing | undefined {
  const known = branches.filter((branch) => branch !== undefined);
  if (known.length < branches.length) return undefined;
  const [first, ...others] = known;
  const isOfOneField = others.every((other) => samePath(other.path, first?.path));
  return narrowing(
    known.flatMap(({ lists }) => lists),
    {
      isExact: known.every(({ isExact }) => isExact),
      isDistinct: others.length === 0 && (first?.isDistinct ?? true),
      path: isOfOneField ? first?.path : undefined,
    },
  );
}

function samePath(left: FieldPath | undefined, right: FieldPath | undefined): boolean {
  return left !== undefined && right !== undefined && formatFieldPath(left) === formatFieldPath(right);
}

/** The names of all lists, each once, in no particular order. */
export function namesOf({ lists, isDistinct }: Pick<Narrowing, 'lists' | 'isDistinct'>): Iterable<string> {
  // Taken now: indexes may change before they are gone through.
  const names = lists.map((list) => list.names(false));
  if (isDistinct) return concatenated(names);
  return lists.every(({ isByName }) => isByName) ? mergeNames(names, false) : new Set(concatenated(names));
}

/** Several lists after each other. */
export function* concatenated<T>(lists: Iterable<Iterable<T>>): Generator<T> {
  for (const list of lists) yield* list;
}

/** A range of an index. It is by name if all its values are equal. */
export function rangeList(index: FieldIndex, range: IndexRange): NameList {
  const { from, to } = range;
  const value = index.valueAt(from);
  const isByName = value !== undefined && index.position(value, undefined, true) >= to;
  return {
    size: to - from,
    isByName: isByName || from >= to,
    names: (descending, skip = 0) =>
      index.names(descending ? { from, to: to - skip } : { from: from + skip, to }, descending),
    between(start, end) {
      if (value === undefined) return this;
      const placeOf = (place: NamePlace | undefined, otherwise: number) =>
        place === undefined ? otherwise : index.position(value, place.name, place.isAfter);
      const part = overlap(range, { from: placeOf(start, from), to: placeOf(end, to) });
      return rangeList(index, part);
    },
  };
}

function namesList(names: readonly string[]): NameList {
  return {
    size: names.length,
    isByName: true,
    names: (descending, skip = 0) => (descending ? names.toReversed() : names).slice(skip),
    between(start, end) {
      const isAfter = (name: string, place: NamePlace) => {
        const order = compareNames(name, place.name);
        return place.isAfter ? order > 0 : order >= 0;
      };
      return namesList(
        names.filter(
          (name) =>
            (start === undefined || isAfter(name, start)) && (end === undefined || !isAfter(name, end)),
        ),
      );
    },
  };
}

/** The names of lists by name, in order, each once. */
export function* mergeNames(lists: readonly Iterable<string>[], descending: boolean): Generator<string> {
  const heads = lists.map((list) => list[Symbol.iterator]());
  const names = heads.map((head) => nextOf(head));
  for (;;) {
    let first: string | undefined;
    for (const name of names) {
      if (name === undefined) continue;
      if (first === undefined || isBefore(name, first, descending)) first = name;
    }
    if (first === undefined) return;
    yield first;
    for (const [index, head] of heads.entries()) if (names[index] === first) names[index] = nextOf(head);
  }
}

function nextOf(names: Iterator<string>): string | undefined {
  const { done, value } = names.next();
  return done === true ? undefined : value;
}

function isBefore(left: string, right: string, descending: boolean): boolean {
  const order = compareNames(left, right);
  return descending ? order > 0 : order < 0;
}
