import { intersectionOf } from '../schema/intersection.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { ArrayShape, NumberShape, ObjectShape, StringShape } from './shapes.ts';

interface Common {
  /** The schemas that it consists of. A value of its kind matches it if it matches all of them. */
  readonly sources: readonly JsonSchema[];
  /** Schemas that a value must not match. Their negations are among the sources. */
  readonly nots: readonly JsonSchema[];
  /** Schemas among the sources that are not analysed further. */
  readonly opaque: readonly JsonSchema[];
}

/** A list of a few values. */
export interface FiniteAlternative extends Common {
  readonly kind: 'finite';
  readonly values: readonly unknown[];
}
/** Numbers, with conditions that must all hold. */
export interface NumberAlternative extends Common {
  readonly kind: 'number';
  readonly shape: NumberShape;
}
/** Strings, with conditions that must all hold. */
export interface StringAlternative extends Common {
  readonly kind: 'string';
  readonly shape: StringShape;
}
/** Arrays, with conditions that must all hold. */
export interface ArrayAlternative extends Common {
  readonly kind: 'array';
  readonly shape: ArrayShape;
}
/** Objects, with conditions that must all hold. */
export interface ObjectAlternative extends Common {
  readonly kind: 'object';
  readonly shape: ObjectShape;
}

/** An alternative described by conditions instead of a list of values. */
export type ShapedAlternative = NumberAlternative | StringAlternative | ArrayAlternative | ObjectAlternative;

/** One of the ways in which a value can match a schema. */
export type Alternative = FiniteAlternative | ShapedAlternative;

/** The alternative that lists the values; none for an empty list. */
export function finiteAlternatives(values: readonly unknown[]): readonly FiniteAlternative[] {
  if (values.length === 0) return [];
  return [{ kind: 'finite', values, sources: [{ enum: values }], nots: [], opaque: [] }];
}

/** The schema that accepts exactly the values of an alternative. */
export function schemaOf(alternative: Alternative): JsonSchema {
  if (alternative.kind === 'finite') return { enum: alternative.values };
  return intersectionOf({ type: alternative.kind }, ...alternative.sources);
}
