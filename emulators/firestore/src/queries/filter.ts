import { fieldOf, type StoredDocument } from '../store/stored-document.ts';
import { compareValues, equalValues, typeRank } from '../values/compare-values.ts';
import type { Value } from '../values/value.ts';
import type { Operand } from './operand.ts';

/** A condition on one document. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly operand: Operand; readonly value: Value }
  | {
      readonly kind: 'list';
      readonly op: ListOp;
      readonly operand: Operand;
      readonly values: readonly Value[];
    };

export type CompareOp = '<' | '<=' | '>' | '>=' | '==' | '!=' | 'array-contains';
export type ListOp = 'in' | 'not-in' | 'array-contains-any';

/** Operators that pick a range, so that results come in the order of the field: those that imply an order. */
const INEQUALITIES: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '!=', 'not-in']);

/** What a query's operand comes to for a document; undefined where it lacks the field. */
export function operandValue(document: StoredDocument, operand: Operand): Value | undefined {
  if (operand.kind === 'name') return { kind: 'reference', reference: document.name };
  return fieldOf(document, operand.path);
}

/** Whether a document fulfils a filter. */
export function matches(filter: Filter, document: StoredDocument): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((part) => matches(part, document));
    case 'or':
      return filter.filters.some((part) => matches(part, document));
    case 'compare':
      return matchesCompare(filter.op, operandValue(document, filter.operand), filter.value);
    case 'list':
      return matchesList(filter.op, operandValue(document, filter.operand), filter.values);
  }
}

function matchesCompare(op: CompareOp, value: Value | undefined, wanted: Value): boolean {
  if (value === undefined) return false;
  switch (op) {
    case '==':
      return equalValues(value, wanted);
    case '!=':
      // A document with null is like one without the field here.
      return value.kind !== 'null' && !equalValues(value, wanted);
    case 'array-contains':
      return value.kind === 'array' && value.values.some((element) => equalValues(element, wanted));
    default:
      return matchesRange(op, value, wanted);
  }
}

/** Ranges hold within one type: a string is neither below nor above a number. NaN is in no range. */
function matchesRange(op: '<' | '<=' | '>' | '>=', value: Value, wanted: Value): boolean {
  if (typeRank(value) !== typeRank(wanted) || isNaNValue(value) !== isNaNValue(wanted)) return false;
  const order = compareValues(value, wanted);
  switch (op) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function matchesList(op: ListOp, value: Value | undefined, wanted: readonly Value[]): boolean {
  if (value === undefined) return false;
  switch (op) {
    case 'in':
      return isListed(value, wanted);
    case 'not-in':
      if (value.kind === 'null' || wanted.some((candidate) => candidate.kind === 'null')) return false;
      return !isListed(value, wanted);
    case 'array-contains-any':
      return value.kind === 'array' && value.values.some((element) => isListed(element, wanted));
  }
}

/** Null and NaN equal nothing in a list, unlike in `==`. The official emulator does the same. */
function isListed(value: Value, wanted: readonly Value[]): boolean {
  if (value.kind === 'null' || isNaNValue(value)) return false;
  return wanted.some((candidate) => equalValues(value, candidate));
}

export function isNaNValue(value: Value): boolean {
  return value.kind === 'double' && Number.isNaN(value.double);
}

/** The operands of a filter's inequalities, each once, in the order of appearance. */
export function inequalityOperands(filter: Filter | undefined): Operand[] {
  if (filter === undefined) return [];
  if ('filters' in filter) return filter.filters.flatMap(inequalityOperands);
  return INEQUALITIES.has(filter.op) ? [filter.operand] : [];
}
