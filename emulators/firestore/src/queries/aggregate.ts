import { invalidArgument } from '../firestore-error.ts';
import type { WireAggregation } from '../protocol/messages.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { isReservedName } from '../values/check-fields.ts';
import { fitsInt64, NULL, type Value } from '../values/value.ts';
import { decodeOperand } from './decode-query.ts';
import { operandValue } from './filter.ts';
import type { Operand } from './operand.ts';

/** One figure over a query's results. */
export type Aggregation = { readonly alias: string } & (
  | { readonly kind: 'count'; readonly upTo: number | undefined }
  | { readonly kind: 'sum' | 'avg'; readonly operand: Operand }
);

const MAX_AGGREGATIONS = 5;

/**
 * Reads aggregations off the wire; those without an alias get `field_1`, `field_2`….
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function decodeAggregations(wire: readonly WireAggregation[]): Aggregation[] {
  if (wire.length === 0) throw invalidArgument('Aggregations can not be empty.');
  if (wire.length > MAX_AGGREGATIONS) {
    throw invalidArgument(`At most ${MAX_AGGREGATIONS} aggregations are allowed, got ${wire.length}.`);
  }
  const taken = new Set<string>();
  for (const { alias } of wire) {
    if (taken.has(alias)) throw invalidArgument(`Aggregation aliases contain duplicate alias: ${alias}.`);
    if (isReservedName(alias)) throw invalidArgument(`The property.name "${alias}" is reserved.`);
    if (alias !== '') taken.add(alias);
  }
  let unnamed = 0;
  return wire.map((one) => {
    const alias = one.alias === '' ? `field_${++unnamed}` : one.alias;
    return { alias, ...decodeOperator(one) };
  });
}

function decodeOperator(wire: WireAggregation) {
  switch (wire.operator) {
    case 'count': {
      const upTo = wire.count.upTo === null ? undefined : Number(wire.count.upTo.value);
      if (upTo !== undefined && upTo < 0) throw invalidArgument('count.up_to is negative');
      return { kind: 'count', upTo } as const;
    }
    case 'sum':
      return { kind: 'sum', operand: decodeAggregated(wire.sum.field) } as const;
    case 'avg':
      return { kind: 'avg', operand: decodeAggregated(wire.avg.field) } as const;
    case undefined:
      throw invalidArgument('Operator field in Aggregation is not set.');
  }
}

function decodeAggregated(reference: { fieldPath: string } | null): Operand {
  const operand = decodeOperand(reference);
  if (operand.kind === 'name') {
    throw invalidArgument('Aggregations are not supported for the property: __key__');
  }
  return operand;
}

/** The operands of sums and averages: a document that lacks one of them is no result of the query. */
export function aggregatedOperands(aggregations: readonly Aggregation[]): Operand[] {
  return aggregations.flatMap((one) => (one.kind === 'count' ? [] : [one.operand]));
}

/** Works out aggregations over a query's results. */
export function aggregate(
  aggregations: readonly Aggregation[],
  documents: readonly StoredDocument[],
): Map<string, Value> {
  return new Map(aggregations.map((one) => [one.alias, figure(one, documents)]));
}

/** The counts among aggregations, for so many results. */
export function countsOf(aggregations: readonly Aggregation[], results: number): Map<string, Value> {
  return new Map(
    aggregations.flatMap((one) =>
      one.kind === 'count' ? [[one.alias, cappedCount(results, one.upTo)]] : [],
    ),
  );
}

function cappedCount(results: number, upTo = Number.POSITIVE_INFINITY): Value {
  return { kind: 'integer', integer: BigInt(Math.min(results, upTo)) };
}

function figure(aggregation: Aggregation, documents: readonly StoredDocument[]): Value {
  if (aggregation.kind === 'count') return cappedCount(documents.length, aggregation.upTo);
  const numbers = documents
    .map((document) => operandValue(document, aggregation.operand))
    .filter((value) => value?.kind === 'integer' || value?.kind === 'double');
  const sum = sumOf(numbers);
  if (aggregation.kind === 'sum') return sum;
  if (numbers.length === 0) return NULL;
  const total = sum.kind === 'integer' ? Number(sum.integer) : sum.double;
  return { kind: 'double', double: total / numbers.length };
}

type NumberValue = Extract<Value, { kind: 'integer' | 'double' }>;

/** An integer as long as all are integers and the sum fits; else a double. */
function sumOf(numbers: readonly NumberValue[]): NumberValue {
  let integers = 0n;
  const doubles: number[] = [];
  for (const number of numbers) {
    if (number.kind === 'integer') integers += number.integer;
    else doubles.push(number.double);
  }
  if (doubles.length === 0 && fitsInt64(integers)) return { kind: 'integer', integer: integers };
  return { kind: 'double', double: compensatedSum([Number(integers), ...doubles]) };
}

/** Adds up doubles by Neumaier's algorithm: rounding errors of the single steps are added at the end. */
function compensatedSum(numbers: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const number of numbers) {
    const next = sum + number;
    lost += Math.abs(sum) >= Math.abs(number) ? sum - next + number : number - next + sum;
    sum = next;
  }
  // Of an infinite sum the compensation is not a number.
  return Number.isFinite(sum) ? sum + lost : sum;
}
