import { failedPrecondition, invalidArgument } from '../firestore-error.ts';
import type { WireFilter, WireStructuredQuery, WireValue } from '../protocol/messages.ts';
import { compareValues, equalValues } from '../values/compare-values.ts';
import { decodeSentValue } from '../values/encode-value.ts';
import { checkCollectionId, type ParentName } from '../values/resource-name.ts';

/** Source: Firestore's "query limitations". */
const MAX_DISJUNCTIONS = 30;
/** Source: Firestore's quotas page, "maximum number of inequality fields". */
const MAX_INEQUALITY_FIELDS = 10;
/** Source: the same, "sum of filters, sort orders, and parent document path". */
const MAX_CONDITIONS = 100;
const NEGATIONS: readonly string[] = ['NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', 'IS_NOT_NULL'];
const RANGES: readonly string[] = [
  'LESS_THAN',
  'LESS_THAN_OR_EQUAL',
  'GREATER_THAN',
  'GREATER_THAN_OR_EQUAL',
];

/** One condition of a filter on one field. */
interface Condition {
  readonly op: string;
  readonly field: string;
}

/**
 * Refuses what the real service refuses though it could be run. The rules are the official emulator's; so are the texts
 * where the real service's are not known.
 * @throws {FirestoreError} INVALID_ARGUMENT; FAILED_PRECONDITION where no index can serve the query
 */
export function checkQuery(query: WireStructuredQuery, parent: ParentName): void {
  const conditions = query.where === null ? [] : [...conditionsOf(query.where)];
  checkCollectionId(query.from[0]?.collectionId ?? '');
  checkOrders(query);
  checkCursorLength(query);
  checkNumbers(query, conditions, parent);
  if (query.where !== null) checkFilter(query.where);
  checkNameEquality(conditions);
  checkSelector(query, conditions, parent);
}

/** Checks how many fields, conditions and orders a query has. */
function checkNumbers(
  query: WireStructuredQuery,
  conditions: readonly Condition[],
  parent: ParentName,
): void {
  const fields = inequalityFieldsOf(conditions);
  if (fields.size > MAX_INEQUALITY_FIELDS) {
    throw invalidArgument(
      `The query contains ${fields.size} distinct inequality fields: [${[...fields].join(', ')}]. A query may not have ` +
        `more than ${MAX_INEQUALITY_FIELDS} distinct inequality fields.`,
    );
  }
  const orders = query.orderBy.length;
  const ancestors = parent.segments.length === 0 ? 0 : 1;
  if (conditions.length + orders + ancestors <= MAX_CONDITIONS) return;
  throw invalidArgument(
    `The query may not have more than ${MAX_CONDITIONS} filters + sort orders + ancestor total. Currently there are ` +
      `${conditions.length} filters, ${orders} sort orders, and ${ancestors === 0 ? 'no' : 'one'} ancestor filter.`,
  );
}

function checkNameEquality(conditions: readonly Condition[]): void {
  const inequalities = inequalityFieldsOf(conditions);
  if (inequalities.size === 0 || inequalities.has('__name__')) return;
  if (conditions.some(({ op, field }) => field === '__name__' && (op === 'EQUAL' || op === 'IN'))) {
    throw invalidArgument(
      'Equality on key is not allowed if there are other inequality fields and key does not appear in inequalities.',
    );
  }
}

/** Checks what may be asked of documents in no matter which collection, and of all descendants of a document. */
function checkSelector(
  query: WireStructuredQuery,
  conditions: readonly Condition[],
  parent: ParentName,
): void {
  const [from] = query.from;
  const isOfDescendants = from?.allDescendants === true && parent.segments.length > 0;
  const condition = conditions.find(({ field }) => field !== '__name__');
  const byField = query.orderBy.some(({ field }) => field?.fieldPath !== '__name__');
  if (isOfDescendants && (condition !== undefined || byField)) {
    throw invalidArgument('collection group queries are only allowed at the root parent');
  }
  const descendsByName = query.orderBy.some(({ direction }) => direction === 'DESCENDING');
  if ((from?.collectionId ?? '') !== '') {
    if (isOfDescendants && descendsByName) throw failedPrecondition('The query requires an index.');
    return;
  }
  if (condition !== undefined) throw invalidArgument(`kind is required for filter: ${condition.field}`);
  if (byField || descendsByName) {
    throw invalidArgument('kind is required for all orders except __key__ ascending');
  }
}

function checkFilter(where: WireFilter): void {
  const operators = [...operatorsOf(where)];
  if (operators.filter((op) => NEGATIONS.includes(op)).length > 1) {
    throw invalidArgument(
      "Only a single 'NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', or 'IS_NOT_NULL' filter allowed per query.",
    );
  }
  if (
    operators.includes('NOT_IN') &&
    operators.some((op) => op === 'IN' || op === 'ARRAY_CONTAINS_ANY' || op === 'OR')
  ) {
    throw invalidArgument(
      "'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or 'OR'.",
    );
  }
  if (arrayFiltersPerDisjunction(where) > 1) {
    throw invalidArgument("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.");
  }
  const disjunctions = countDisjunctions(where);
  if (disjunctions > MAX_DISJUNCTIONS) {
    throw invalidArgument(
      `Too many disjunctions after normalization. Result had ${disjunctions} disjunctions which is more than the ` +
        `maximum of ${MAX_DISJUNCTIONS}`,
    );
  }
}

function checkOrders(query: WireStructuredQuery): void {
  const seen = new Set<string>();
  for (const { field } of query.orderBy) {
    const path = field?.fieldPath ?? '';
    if (seen.has('__name__'))
      throw invalidArgument('order by clause cannot contain more fields after the key');
    if (seen.has(path)) throw invalidArgument(`order by clause cannot contain duplicate fields ${path}`);
    seen.add(path);
  }
}

/** Cursors hold values for given orders only, not for those that a query implies. */
function checkCursorLength(query: WireStructuredQuery): void {
  for (const cursor of [query.startAt, query.endAt]) {
    if (cursor !== null && cursor.values.length > query.orderBy.length) {
      throw invalidArgument('Cursor has too many values.');
    }
  }
}

function* operatorsOf(filter: WireFilter): Generator<string> {
  if (filter.filterType === 'fieldFilter') yield filter.fieldFilter.op;
  if (filter.filterType === 'unaryFilter') yield filter.unaryFilter.op;
  if (filter.filterType !== 'compositeFilter') return;
  yield filter.compositeFilter.op;
  for (const part of filter.compositeFilter.filters) yield* operatorsOf(part);
}

function* conditionsOf(filter: WireFilter): Generator<Condition> {
  const { filterType } = filter;
  if (filterType === 'fieldFilter') yield conditionOf(filter.fieldFilter);
  if (filterType === 'unaryFilter') yield conditionOf(filter.unaryFilter);
  if (filterType !== 'compositeFilter') return;
  for (const part of filter.compositeFilter.filters) yield* conditionsOf(part);
}

function conditionOf({ op, field }: { op: string; field?: { fieldPath: string } | null }): Condition {
  return { op, field: field?.fieldPath ?? '' };
}

function inequalityFieldsOf(conditions: readonly Condition[]): ReadonlySet<string> {
  const inequalities = conditions.filter(({ op }) => RANGES.includes(op) || NEGATIONS.includes(op));
  return new Set(inequalities.map(({ field }) => field));
}

function arrayFiltersPerDisjunction(filter: WireFilter): number {
  if (filter.filterType === 'fieldFilter') return Number(filter.fieldFilter.op.startsWith('ARRAY_CONTAINS'));
  if (filter.filterType !== 'compositeFilter') return 0;
  const counts = filter.compositeFilter.filters.map(arrayFiltersPerDisjunction);
  return filter.compositeFilter.op === 'OR'
    ? Math.max(0, ...counts)
    : counts.reduce((sum, count) => sum + count, 0);
}

/** How many alternatives are left once the filter is written as an OR of ANDs. */
function countDisjunctions(filter: WireFilter): number {
  if (filter.filterType === 'fieldFilter') {
    const { op, value } = filter.fieldFilter;
    const isList = op === 'IN' || op === 'ARRAY_CONTAINS_ANY';
    return isList && value?.valueType === 'arrayValue' ? countDistinct(value.arrayValue.values) : 1;
  }
  if (filter.filterType !== 'compositeFilter') return 1;
  const counts = filter.compositeFilter.filters.map(countDisjunctions);
  return filter.compositeFilter.op === 'OR'
    ? counts.reduce((sum, count) => sum + count, 0)
    : counts.reduce((product, count) => product * count, 1);
}

/** How many values are left once those that `==` takes for the same are merged: 1 and 1.0 are one. */
function countDistinct(values: readonly WireValue[]): number {
  const sorted = values.map(decodeSentValue).sort(compareValues);
  return sorted.filter((value, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || !equalValues(previous, value);
  }).length;
}
