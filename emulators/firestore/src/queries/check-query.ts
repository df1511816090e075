import { invalidArgument } from '../firestore-error.ts';
import type { WireFilter, WireStructuredQuery } from '../protocol/messages.ts';

/** Source: Firestore's "query limitations". */
const MAX_DISJUNCTIONS = 30;
const NEGATIONS: readonly string[] = ['NOT_EQUAL', 'NOT_IN', 'IS_NOT_NAN', 'IS_NOT_NULL'];

/**
 * Refuses what the real service refuses though it could be run. The rules and texts are the official emulator's.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function checkQuery(query: WireStructuredQuery): void {
  checkOrders(query);
  checkCursorLength(query);
  if (query.where === null) return;
  const operators = [...operatorsOf(query.where)];
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
  if (arrayContainsPerDisjunction(query.where) > 1) {
    throw invalidArgument("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.");
  }
  const disjunctions = countDisjunctions(query.where);
  if (disjunctions > MAX_DISJUNCTIONS) {
    throw invalidArgument(
      `Too many disjunctions after normalization. Result had ${disjunctions} disjunctions which is more than the ` +
        `maximum of ${MAX_DISJUNCTIONS}`,
    );
  }
  const fields = [...fieldsOf(query.where)];
  const otherField = fields.find((field) => field !== '__name__');
  const isKindless = (query.from[0]?.collectionId ?? '') === '';
  if (isKindless && otherField !== undefined) {
    throw invalidArgument(`kind is required for filter: ${otherField}`);
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

function* fieldsOf(filter: WireFilter): Generator<string> {
  if (filter.filterType === 'fieldFilter') yield filter.fieldFilter.field?.fieldPath ?? '';
  if (filter.filterType === 'unaryFilter') yield filter.unaryFilter.field?.fieldPath ?? '';
  if (filter.filterType !== 'compositeFilter') return;
  for (const part of filter.compositeFilter.filters) yield* fieldsOf(part);
}

function arrayContainsPerDisjunction(filter: WireFilter): number {
  if (filter.filterType === 'fieldFilter') return Number(filter.fieldFilter.op === 'ARRAY_CONTAINS');
  if (filter.filterType !== 'compositeFilter') return 0;
  const counts = filter.compositeFilter.filters.map(arrayContainsPerDisjunction);
  return filter.compositeFilter.op === 'OR'
    ? Math.max(0, ...counts)
    : counts.reduce((sum, count) => sum + count, 0);
}

/** How many alternatives are left once the filter is written as an OR of ANDs. */
function countDisjunctions(filter: WireFilter): number {
  if (filter.filterType === 'fieldFilter') {
    const { op, value } = filter.fieldFilter;
    const isList = op === 'IN' || op === 'ARRAY_CONTAINS_ANY';
    return isList && value?.valueType === 'arrayValue' ? value.arrayValue.values.length : 1;
  }
  if (filter.filterType !== 'compositeFilter') return 1;
  const counts = filter.compositeFilter.filters.map(countDisjunctions);
  return filter.compositeFilter.op === 'OR'
    ? counts.reduce((sum, count) => sum + count, 0)
    : counts.reduce((product, count) => product * count, 1);
}
