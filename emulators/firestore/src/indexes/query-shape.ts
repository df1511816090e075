import { type Filter, inequalityOperands } from '../queries/filter.ts';
import type { Operand } from '../queries/operand.ts';
import type { Query } from '../queries/query.ts';
import { formatFieldPath } from '../values/field-path.ts';

/** A field and its direction in an index or in the order of a query. */
export interface DirectedField {
  readonly field: string;
  readonly descending: boolean;
}

/** An alternative of a query, by all that decides which indexes serve it. */
export interface QueryShape {
  /** Fields that must equal a value. */
  readonly equalities: ReadonlySet<string>;
  /** The field of `array-contains`. */
  readonly arrayField: string | undefined;
  /** The order of the results without fields that equal one value. The last is the name. */
  readonly order: readonly DirectedField[];
}

/** The name of a document as the files of indexes write it. */
export const NAME = '__name__';

/** The alternatives of a query: those of its OR, each an AND. Alternatives that need the same indexes are one. */
export function queryShapes(query: Query): QueryShape[] {
  const shapes = new Map<string, QueryShape>();
  for (const conditions of alternatives(query.filter)) {
    const shape = shapeOf(conditions, query);
    const order = shape.order.map(({ field, descending }) => [field, descending]);
    shapes.set(JSON.stringify([[...shape.equalities].sort(), shape.arrayField, order]), shape);
  }
  return [...shapes.values()];
}

type Condition = Extract<Filter, { operand: Operand }>;

function shapeOf(conditions: readonly Condition[], query: Query): QueryShape {
  const equal = conditions.filter(({ op }) => op === '==' || op === 'in');
  // A name that equals one value is looked up; it needs no index.
  const fixed = new Set(equal.map(({ operand }) => fieldOf(operand)));
  const array = conditions.find(({ op }) => op === 'array-contains' || op === 'array-contains-any');
  const ranged = new Set(
    inequalityOperands({ kind: 'and', filters: conditions }).map((operand) => fieldOf(operand)),
  );
  const order = query.orders
    .map(({ operand, descending }) => ({ field: fieldOf(operand), descending }))
    .filter(({ field }) => field === NAME || ranged.has(field) || !fixed.has(field));
  const ordered = new Set(order.map(({ field }) => field));
  return {
    equalities: new Set([...fixed].filter((field) => field !== NAME && !ordered.has(field))),
    arrayField: array && fieldOf(array.operand),
    order,
  };
}

/** A filter as an OR of ANDs. The number of alternatives is limited before (`checkQuery`). */
function alternatives(filter: Filter | undefined): Condition[][] {
  if (filter === undefined) return [[]];
  if (!('filters' in filter)) return [[filter]];
  if (filter.kind === 'or') return filter.filters.flatMap(alternatives);
  return filter.filters.reduce<Condition[][]>(
    (sets, part) => sets.flatMap((set) => alternatives(part).map((more) => [...set, ...more])),
    [[]],
  );
}

function fieldOf(operand: Operand): string {
  return operand.kind === 'name' ? NAME : formatFieldPath(operand.path);
}
