import { invalidArgument } from '../firestore-error.ts';
import type { WireAggregation } from '../protocol/messages.ts';
import type { StoredDocument } from '../store/stored-document.ts';
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
    if (/^__.*__$/s.test(alias)) throw invalidArgument(`The property.name "${alias}" is reserved.`);
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
      return { kind: 'sum', operand: decodeOperand(wire.sum.field) } as const;
    case 'avg':
      return { kind: 'avg', operand: decodeOperand(wire.avg.field) } as const;
    case undefined:
      throw invalidArgument('Operator field in Aggregation is not set.');
  }
}

/** Works out aggregations. Documents that lack a field that one of them needs count for none of them. */
export function aggregate(
  aggregations: readonly Aggregation[],
  documents: readonly StoredDocument[],
): Map<string, Value> {
  const operands = aggregations.flatMap((one) => (one.kind === 'count' ? [] : [one.operand]));
  const counted = documents.filter((document) =>
    operands.every((operand) => operandValue(document, operand) !== undefined),
  );
  return new Map(aggregations.map((one) => [one.alias, figure(one, counted)]));
}

function figure(aggregation: Aggregation, documents: readonly StoredDocument[]): Value {
  if (aggregation.kind === 'count') {
    const count = Math.min(documents.length, aggregation.upTo ?? Number.POSITIVE_INFINITY);
    return { kind: 'integer', integer: BigInt(count) };
  }
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
  let doubles = 0;
  let hasDouble = false;
  for (const number of numbers) {
    if (number.kind === 'integer') integers += number.integer;
    else {
      doubles += number.double;
      hasDouble = true;
    }
  }
  if (!hasDouble && fitsInt64(integers)) return { kind: 'integer', integer: integers };
  return { kind: 'double', double: Number(integers) + doubles };
}
