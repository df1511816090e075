import { invalidArgument } from '../firestore-error.ts';
import type {
  WireCursor,
  WireFieldFilter,
  WireFilter,
  WireStructuredQuery,
  WireValue,
} from '../protocol/messages.ts';
import { compareStrings } from '../values/compare-values.ts';
import { valueSize } from '../values/document-size.ts';
import { decodeSentValue } from '../values/encode-value.ts';
import { type FieldPath, formatFieldPath, parseFieldPath } from '../values/field-path.ts';
import { type ParentName, parseDocumentName, parseParent } from '../values/resource-name.ts';
import { NULL, type Value } from '../values/value.ts';
import { checkQuery } from './check-query.ts';
import { type CompareOp, type Filter, inequalityOperands, type ListOp } from './filter.ts';
import { decodeFindNearest } from './find-nearest.ts';
import type { Operand } from './operand.ts';
import type { Cursor, Order, Query } from './query.ts';

const COMPARE_OPS: Readonly<Record<string, CompareOp>> = {
  LESS_THAN: '<',
  LESS_THAN_OR_EQUAL: '<=',
  GREATER_THAN: '>',
  GREATER_THAN_OR_EQUAL: '>=',
  EQUAL: '==',
  NOT_EQUAL: '!=',
  ARRAY_CONTAINS: 'array-contains',
};
const LIST_OPS: Readonly<Record<string, ListOp>> = {
  IN: 'in',
  NOT_IN: 'not-in',
  ARRAY_CONTAINS_ANY: 'array-contains-any',
};
/** Source: Firestore's "query limitations": at most 30 disjunctions; not-in at most 10 values. */
const MAX_LIST_VALUES: Readonly<Record<ListOp, number>> = { in: 30, 'not-in': 10, 'array-contains-any': 30 };
/** Source: Firestore's quotas page, "maximum size of an indexed field value". */
const MAX_VALUE_BYTES = 1_500;
const NAN: Value = { kind: 'double', double: Number.NaN };

/**
 * Reads a structured query off the wire and spells out the orders that it implies.
 * @param aggregated operands of sums and averages over the results: documents that lack one are no results
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function decodeQuery(
  parentName: string,
  wire: WireStructuredQuery | undefined,
  aggregated: readonly Operand[] = [],
): Query {
  if (wire === undefined) throw invalidArgument('only structured queries are supported');
  const parent = parseParent(parentName);
  const [from, ...more] = wire.from;
  if (more.length > 0)
    throw invalidArgument('StructuredQuery.from cannot have more than one collection selector.');
  if (wire.offset < 0) throw invalidArgument('offset is negative');
  const limit = wire.limit?.value;
  if (limit !== undefined && limit < 0) throw invalidArgument('limit is negative');
  const collectionId = from?.collectionId === '' ? undefined : from?.collectionId;
  const filter = wire.where === null ? undefined : decodeFilter(wire.where, parent);
  checkQuery(wire, parent);
  const isOfDescendants = from?.allDescendants === true && parent.segments.length > 0;
  if (isOfDescendants) checkNoneAfterName(aggregated, 'an index with');
  const orders = completeOrders(wire.orderBy.map(decodeOrder), filter, aggregated);
  return {
    parent,
    collectionId,
    allDescendants: from?.allDescendants ?? false,
    filter,
    orders,
    startAt: decodeCursor(wire.startAt, orders),
    endAt: decodeCursor(wire.endAt, orders),
    offset: wire.offset,
    limit,
    select: wire.select === null ? undefined : decodeSelect(wire.select.fields),
    nearest: wire.findNearest === null ? undefined : decodeFindNearest(wire.findNearest),
  };
}

function decodeSelect(fields: readonly { fieldPath: string }[]): FieldPath[] {
  return fields
    .map((field) => field.fieldPath)
    .filter((path) => path !== '__name__')
    .map(parseFieldPath);
}

/** Reads a field reference. */
export function decodeOperand(reference: { fieldPath: string } | null | undefined): Operand {
  if (reference === null || reference === undefined)
    throw invalidArgument('Invalid empty property path string.');
  if (reference.fieldPath === '__name__') return { kind: 'name' };
  return { kind: 'field', path: parseFieldPath(reference.fieldPath) };
}

function decodeOrder(wire: WireStructuredQuery['orderBy'][number]): Order {
  return { operand: decodeOperand(wire.field), descending: wire.direction === 'DESCENDING' };
}

/**
 * Adds the orders that inequalities imply (their fields by name, in the direction of the last given order), those of
 * aggregated fields, and the name. Source: the comments on `order_by` in query.proto.
 * @throws {FirestoreError} INVALID_ARGUMENT if aggregated fields had to come after the name
 */
function completeOrders(
  given: readonly Order[],
  filter: Filter | undefined,
  aggregated: readonly Operand[],
): Order[] {
  const orders = [...given];
  const descending = given.at(-1)?.descending ?? false;
  const inequalities = inequalityOperands(filter);
  const add = (operand: Operand): void => {
    if (!hasOrder(orders, operand)) orders.push({ operand, descending });
  };
  inequalities.filter(isField).sort(byText).forEach(add);
  const missing = aggregated.filter((operand) => !hasOrder(orders, operand)).sort(byText);
  if ([...inequalities, ...given.map(({ operand }) => operand)].some((operand) => !isField(operand))) {
    checkNoneAfterName(missing, 'an index that has');
  }
  missing.forEach(add);
  add({ kind: 'name' });
  return orders;
}

/** @param index the words that the real service begins with: they differ by the query */
function checkNoneAfterName(operands: readonly Operand[], index: string): void {
  if (operands.length === 0) return;
  const fields = [...new Set(operands.map(operandText))].join(', ');
  throw invalidArgument(
    `This query requires ${index} fields [${fields}] after __name__ and Firestore does not currently ` +
      'support such an index. Please try the query again with additional ordering on those fields.',
  );
}

function hasOrder(orders: readonly Order[], operand: Operand): boolean {
  const text = operandText(operand);
  return orders.some((order) => operandText(order.operand) === text);
}

function isField(operand: Operand): boolean {
  return operand.kind === 'field';
}

function byText(left: Operand, right: Operand): number {
  return compareStrings(operandText(left), operandText(right));
}

function operandText(operand: Operand): string {
  return operand.kind === 'name' ? '__name__' : formatFieldPath(operand.path);
}

function decodeCursor(wire: WireCursor | null, orders: readonly Order[]): Cursor | undefined {
  if (wire === null) return undefined;
  const values = wire.values.map((value, index) => {
    const decoded = decodeSentValue(value);
    if (orders[index]?.operand.kind === 'name' && decoded.kind !== 'reference') {
      throw invalidArgument('Cursor __key__ value is not a document reference.');
    }
    return decoded;
  });
  return { values, before: wire.before };
}

function decodeFilter(wire: WireFilter, parent: ParentName): Filter {
  switch (wire.filterType) {
    case 'compositeFilter': {
      const { op, filters } = wire.compositeFilter;
      if (op !== 'AND' && op !== 'OR') throw invalidArgument('Unsupported CompositeFilter operator.');
      const parts = filters.map((part) => decodeFilter(part, parent));
      return { kind: op === 'AND' ? 'and' : 'or', filters: parts };
    }
    case 'unaryFilter': {
      const operand = decodeOperand(wire.unaryFilter.field);
      return { kind: 'compare', operand, ...unaryComparison(wire.unaryFilter.op) };
    }
    case 'fieldFilter':
      return decodeFieldFilter(wire.fieldFilter, parent);
    case undefined:
      throw invalidArgument('Unknown Filter type.');
  }
}

function unaryComparison(op: string): { op: CompareOp; value: Value } {
  switch (op) {
    case 'IS_NULL':
      return { op: '==', value: NULL };
    case 'IS_NOT_NULL':
      return { op: '!=', value: NULL };
    case 'IS_NAN':
      return { op: '==', value: NAN };
    case 'IS_NOT_NAN':
      return { op: '!=', value: NAN };
    default:
      throw invalidArgument('Unknown UnaryFilter operator.');
  }
}

function decodeFieldFilter(wire: WireFieldFilter, parent: ParentName): Filter {
  const operand = decodeOperand(wire.field);
  const value = decodeSentValue(wire.value ?? ({} as WireValue));
  if (operand.kind === 'name') checkNameOperand(wire.op, value, parent);
  else checkValueSizes(wire.op, value, operandText(operand));
  const listOp = LIST_OPS[wire.op];
  if (listOp !== undefined) {
    if (value.kind !== 'array') throw invalidArgument(`'${wire.op}' requires an ArrayValue.`);
    if (value.values.length === 0) {
      throw invalidArgument(`'${wire.op}' requires an non-empty ArrayValue.`);
    }
    const most = MAX_LIST_VALUES[listOp];
    if (value.values.length > most) {
      throw invalidArgument(`'${wire.op}' supports up to ${most} comparison values.`);
    }
    return { kind: 'list', op: listOp, operand, values: value.values };
  }
  const op = COMPARE_OPS[wire.op];
  if (op === undefined) throw invalidArgument('Unknown FieldFilter operator.');
  return { kind: 'compare', op, operand, value };
}

/** Values that indexes cut off can't be asked for. */
function checkValueSizes(op: string, value: Value, field: string): void {
  const values = LIST_OPS[op] !== undefined && value.kind === 'array' ? value.values : [value];
  if (values.every((candidate) => valueSize(candidate) <= MAX_VALUE_BYTES)) return;
  const place = op.startsWith('ARRAY_CONTAINS') ? `${field}[*]` : field;
  throw invalidArgument(`value for ${place} is too large to be used in a query`);
}

/** Names are compared with references to documents, not with strings. */
function checkNameOperand(op: string, value: Value, parent: ParentName): void {
  const values = LIST_OPS[op] === undefined || value.kind !== 'array' ? [value] : value.values;
  for (const candidate of values) {
    if (candidate.kind !== 'reference') {
      throw invalidArgument('__key__ filter value must be a Key');
    }
    parseDocumentName(candidate.reference, parent.database);
  }
}
