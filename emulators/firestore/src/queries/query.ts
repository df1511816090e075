import type { FieldPath } from '../values/field-path.ts';
import type { ParentName } from '../values/resource-name.ts';
import type { Value } from '../values/value.ts';
import type { Filter } from './filter.ts';
import type { NearestSearch } from './find-nearest.ts';
import type { Operand } from './operand.ts';

export interface Order {
  readonly operand: Operand;
  readonly descending: boolean;
}

/** A place in the order of results; `values` may cover only the first of the orders. */
export interface Cursor {
  readonly values: readonly Value[];
  /** The place is just before documents with these values, not just after. */
  readonly before: boolean;
}

/** A structured query, checked, with the orders that it implies spelt out: the last is always the name. */
export interface Query {
  readonly parent: ParentName;
  readonly collectionId: string | undefined;
  readonly allDescendants: boolean;
  readonly filter: Filter | undefined;
  readonly orders: readonly Order[];
  readonly startAt: Cursor | undefined;
  readonly endAt: Cursor | undefined;
  readonly offset: number;
  readonly limit: number | undefined;
  /** undefined: whole documents. */
  readonly select: readonly FieldPath[] | undefined;
  /** Picks the nearest of the results, and orders them. */
  readonly nearest?: NearestSearch | undefined;
}
