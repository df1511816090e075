import { bothOf, type JsonSchema, type SchemaObject, UndecidableError } from '../schema/json-schema.ts';
import { negationOf } from '../schema/negation.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';
import {
  type ArrayShape,
  arrayShapeOf,
  type NumberShape,
  numberShapeOf,
  type ObjectShape,
  objectShapeOf,
  type StringShape,
  stringShapeOf,
} from './shapes.ts';

interface Common {
  /** The schemas that it is made of: a value matches it if it is of its kind and matches all of them. */
  readonly sources: readonly JsonSchema[];
  /** Schemas that a value must not match. They are among the sources too, negated. */
  readonly nots: readonly JsonSchema[];
  /** Schemas that are among the sources and are not taken apart further. */
  readonly opaque: readonly JsonSchema[];
}

/** A few values, listed. */
export interface Finite extends Common {
  readonly kind: 'finite';
  readonly values: readonly unknown[];
}
/** Values of one kind with conditions that must all hold. */
export type Infinite =
  | (Common & { readonly kind: 'number'; readonly shape: NumberShape })
  | (Common & { readonly kind: 'string'; readonly shape: StringShape })
  | (Common & { readonly kind: 'array'; readonly shape: ArrayShape })
  | (Common & { readonly kind: 'object'; readonly shape: ObjectShape });

/** One of the ways in which a value can match a schema. */
export type Alternative = Finite | Infinite;

/** Beyond these a union of unions is not taken apart any more. */
const MAX_ALTERNATIVES = 256;
const MAX_NESTING_DEPTH = 60;

/**
 * A schema as the union of its alternatives: all values that match it, match one of them, and the other way round.
 * @param areDisjoint whether no value matches both schemas, where that can be proven
 * @throws {UndecidableError} if they are too many, or the schema refers to itself without end
 */
export function alternativesOf(
  space: SchemaSpace,
  schema: JsonSchema,
  areDisjoint: (one: JsonSchema, other: JsonSchema) => boolean,
  depth = 0,
): readonly Alternative[] {
  if (depth > MAX_NESTING_DEPTH) throw new UndecidableError('it refers to itself without end');
  if (schema === false) return [];
  if (schema === true) return everything([]);
  const below = (part: JsonSchema): readonly Alternative[] =>
    alternativesOf(space, part, areDisjoint, depth + 1);
  const unionOf = (parts: readonly JsonSchema[]): readonly Alternative[] => parts.flatMap(below);

  const listed = listedValues(schema);
  if (listed !== undefined) {
    const values = listed.filter((value) => space.accepts(schema, value));
    return values.length === 0 ? [] : [finite(values)];
  }

  let alternatives = ownAlternatives(space, schema);
  const meet = (others: readonly Alternative[]): void => {
    alternatives = alternatives.flatMap((one) => others.flatMap((other) => meetOf(space, one, other)));
    if (alternatives.length > MAX_ALTERNATIVES) {
      throw new UndecidableError('it has too many alternatives');
    }
  };

  const ref = schema['$ref'];
  if (typeof ref === 'string') meet(below(space.resolve(ref)));
  for (const part of partsOf(schema, 'allOf')) meet(below(part));
  const anyOf = partsOf(schema, 'anyOf');
  if (anyOf.length > 0) meet(unionOf(anyOf));
  const oneOf = partsOf(schema, 'oneOf');
  if (oneOf.length > 0) {
    const apart = oneOf.map((part, index) => {
      const others = oneOf.filter((other, at) => at !== index && !areDisjoint(part, other));
      return bothOf(part, ...others.map((other) => ({ not: other })));
    });
    meet(unionOf(apart));
  }
  if (schema['if'] !== undefined) {
    const condition = schema['if'] as JsonSchema;
    const part = (keyword: string): JsonSchema => (schema[keyword] as JsonSchema | undefined) ?? true;
    meet(unionOf([bothOf(condition, part('then')), bothOf({ not: condition }, part('else'))]));
  }
  if (schema['not'] !== undefined) {
    const negated = schema['not'] as JsonSchema;
    const positive = negationOf(negated);
    if (positive !== undefined) meet(below(positive));
    else meet(everything([{ not: negated }]).flatMap((one) => withoutValues(space, one, negated)));
  }
  return alternatives;
}

/** An alternative as a schema: the very same values match it. */
export function schemaOf(alternative: Alternative): JsonSchema {
  if (alternative.kind === 'finite') return { enum: alternative.values };
  return bothOf({ type: alternative.kind }, ...alternative.sources);
}

function finite(values: readonly unknown[]): Finite {
  return { kind: 'finite', values, sources: [{ enum: values }], nots: [], opaque: [] };
}

function everything(sources: readonly JsonSchema[]): readonly Alternative[] {
  return kindsOf(['null', 'boolean', 'number', 'string', 'array', 'object'], {}, sources);
}

function listedValues(schema: SchemaObject): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return schema['enum'] as readonly unknown[] | undefined;
}

function partsOf(schema: SchemaObject, keyword: string): readonly JsonSchema[] {
  return (schema[keyword] as readonly JsonSchema[] | undefined) ?? [];
}

function withoutValues(space: SchemaSpace, one: Alternative, negated: JsonSchema): readonly Alternative[] {
  if (one.kind !== 'finite') return [{ ...one, nots: [negated] }];
  const values = one.values.filter((value) => !space.accepts(negated, value));
  return values.length === 0 ? [] : [finite(values)];
}

/** The alternatives of a schema's own keywords, without those that bring other schemas in. */
function ownAlternatives(space: SchemaSpace, schema: SchemaObject): readonly Alternative[] {
  const own = space.withoutApplicators(schema);
  const types = schema['type'] as string | readonly string[] | undefined;
  const listed = types === undefined ? undefined : typeof types === 'string' ? [types] : types;
  const kinds =
    listed === undefined ? EVERY_KIND : schema['nullable'] === true ? [...listed, 'null'] : listed;
  return kindsOf(kinds, own, Object.keys(own).length === 0 ? [] : [own], schema);
}

const EVERY_KIND = ['null', 'boolean', 'number', 'string', 'array', 'object'];

function kindsOf(
  kinds: readonly string[],
  schema: SchemaObject,
  sources: readonly JsonSchema[],
  whole: SchemaObject = schema,
): readonly Alternative[] {
  const common = { sources, nots: [], opaque: [] };
  return [...new Set(kinds)].flatMap((kind): Alternative[] => {
    switch (kind) {
      case 'null':
        return [finite([null])];
      case 'boolean':
        return [finite([true, false])];
      case 'number':
      case 'integer':
        if (kind === 'integer' && kinds.includes('number')) return [];
        return [{ ...common, kind: 'number', shape: numberShapeOf(schema, kind === 'integer') }];
      case 'string':
        return [{ ...common, kind: 'string', shape: stringShapeOf(schema) }];
      case 'array': {
        const left = opaqueIf(whole, ['unevaluatedItems']);
        return [
          { ...common, kind, opaque: left, sources: [...sources, ...left], shape: arrayShapeOf(schema) },
        ];
      }
      case 'object': {
        const left = opaqueIf(whole, ['unevaluatedProperties', 'dependentSchemas', 'dependencies']);
        return [
          { ...common, kind, opaque: left, sources: [...sources, ...left], shape: objectShapeOf(schema) },
        ];
      }
      default:
        throw new UndecidableError(`"${kind}" is no type`);
    }
  });
}

/** Whatever these keywords say depends on the schemas beside them: the schema stays whole. */
function opaqueIf(schema: SchemaObject, keywords: readonly string[]): readonly JsonSchema[] {
  return keywords.some((keyword) => keyword in schema) ? [schema] : [];
}

/** What matches both: none or one alternative. */
function meetOf(space: SchemaSpace, one: Alternative, other: Alternative): readonly Alternative[] {
  if (one.kind === 'finite' || other.kind === 'finite') {
    const [listed, conditions] = one.kind === 'finite' ? [one, other] : [other as Finite, one];
    const schema = schemaOf(conditions);
    const values = listed.values.filter((value) => space.accepts(schema, value));
    return values.length === 0 ? [] : [finite(values)];
  }
  if (one.kind !== other.kind) return [];
  const common = {
    sources: [...new Set([...one.sources, ...other.sources])],
    nots: [...new Set([...one.nots, ...other.nots])],
    opaque: [...new Set([...one.opaque, ...other.opaque])],
  };
  // A shape is a list of conditions, and both lists hold.
  const shape = Object.fromEntries(
    Object.entries(one.shape).map(([name, conditions]) => [
      name,
      [...(conditions as unknown[]), ...((other.shape as unknown as Record<string, unknown[]>)[name] ?? [])],
    ]),
  );
  return [{ ...common, kind: one.kind, shape } as unknown as Infinite];
}
