import { intersectionOf } from '../schema/intersection.ts';
import { JSON_TYPES, type JsonSchema, type SchemaObject } from '../schema/json-schema.ts';
import { negationOf } from '../schema/negation.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';
import { UndecidableError } from '../schema/undecidable-error.ts';
import { type Alternative, finiteAlternatives } from './alternative.ts';
import { withoutDependencies } from './dependencies.ts';
import { intersectAlternatives } from './intersect-alternatives.ts';
import { arrayShapeOf, numberShapeOf, objectShapeOf, stringShapeOf } from './shapes.ts';
import { withoutUnevaluated } from './unevaluated-properties.ts';

/** Limits unions of unions. */
const MAX_ALTERNATIVES = 256;
const MAX_NESTING_DEPTH = 60;
/** The keywords that are always compared as a whole (see keyword-roles.ts), by the type of the values that they apply to. */
const OPAQUE_KEYWORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['string', ['formatMinimum', 'formatMaximum', 'formatExclusiveMinimum', 'formatExclusiveMaximum']],
  ['array', ['unevaluatedItems']],
]);

/**
 * A schema as the union of its alternatives: a value matches the schema exactly if it matches one of them.
 * @param areDisjoint whether it is proven that no value matches both schemas
 * @throws {UndecidableError} if there are too many, or the schema refers to itself without end
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
    return finiteAlternatives(listed.filter((value) => space.accepts(schema, value)));
  }

  const { derived, hasOpaque } = objectConditions(space, schema);
  let alternatives = ownAlternatives(space, schema, hasOpaque);
  const intersect = (others: readonly Alternative[]): void => {
    space.work.spend(alternatives.length * others.length);
    alternatives = alternatives.flatMap((one) =>
      others.flatMap((other) => intersectAlternatives(space, one, other)),
    );
    if (alternatives.length > MAX_ALTERNATIVES) {
      throw new UndecidableError('it has too many alternatives');
    }
  };

  const ref = schema['$ref'];
  if (typeof ref === 'string') intersect(below(space.resolve(ref)));
  for (const part of partsOf(schema, 'allOf')) intersect(below(part));
  const anyOf = partsOf(schema, 'anyOf');
  if (anyOf.length > 0) intersect(unionOf(anyOf));
  const oneOf = partsOf(schema, 'oneOf');
  if (oneOf.length > 0) intersect(unionOf(exclusiveParts(oneOf, areDisjoint)));
  if (schema['if'] !== undefined) intersect(unionOf(conditionalParts(schema)));
  for (const part of derived) intersect(below(part));
  const negated = schema['not'] as JsonSchema | undefined;
  if (negated !== undefined) {
    const positive = negationOf(negated);
    if (positive !== undefined) intersect(below(positive));
    else intersect(everything([{ not: negated }]).flatMap((one) => excluding(space, one, negated)));
  }
  return alternatives;
}

/** The parts of a `oneOf`, each without the values of the others. */
function exclusiveParts(
  oneOf: readonly JsonSchema[],
  areDisjoint: (one: JsonSchema, other: JsonSchema) => boolean,
): readonly JsonSchema[] {
  return oneOf.map((part, index) => {
    const others = oneOf.filter((other, at) => at !== index && !areDisjoint(part, other));
    return intersectionOf(part, ...others.map((other) => ({ not: other })));
  });
}

/** The branches of an `if`, each with its condition. */
function conditionalParts(schema: SchemaObject): readonly JsonSchema[] {
  const condition = schema['if'] as JsonSchema;
  const part = (keyword: string): JsonSchema => (schema[keyword] as JsonSchema | undefined) ?? true;
  return [intersectionOf(condition, part('then')), intersectionOf({ not: condition }, part('else'))];
}

function everything(sources: readonly JsonSchema[]): readonly Alternative[] {
  return alternativesOfKinds(JSON_TYPES, {}, sources);
}

function listedValues(schema: SchemaObject): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return schema['enum'] as readonly unknown[] | undefined;
}

function partsOf(schema: SchemaObject, keyword: string): readonly JsonSchema[] {
  return (schema[keyword] as readonly JsonSchema[] | undefined) ?? [];
}

function excluding(space: SchemaSpace, one: Alternative, negated: JsonSchema): readonly Alternative[] {
  if (one.kind !== 'finite') return [{ ...one, nots: [negated] }];
  return finiteAlternatives(one.values.filter((value) => !space.accepts(negated, value)));
}

/**
 * The schemas that stand for the keywords of objects whose effect depends on the schemas beside them, and whether there is
 * such a keyword without them.
 */
function objectConditions(
  space: SchemaSpace,
  schema: SchemaObject,
): { readonly derived: readonly JsonSchema[]; readonly hasOpaque: boolean } {
  const derived: (readonly JsonSchema[] | undefined)[] = [];
  for (const keyword of ['dependencies', 'dependentSchemas'] as const) {
    if (keyword in schema) derived.push(withoutDependencies(space, schema, keyword));
  }
  if ('unevaluatedProperties' in schema) {
    const closed = withoutUnevaluated(space, schema);
    derived.push(closed === undefined ? undefined : [closed]);
  }
  return { derived: derived.flatMap((parts) => parts ?? []), hasOpaque: derived.includes(undefined) };
}

/** The alternatives of a schema's own keywords, without those that apply other schemas. */
function ownAlternatives(
  space: SchemaSpace,
  schema: SchemaObject,
  isOpaqueForObjects: boolean,
): readonly Alternative[] {
  const own = space.withoutApplicators(schema);
  const types = schema['type'] as string | readonly string[] | undefined;
  const listed = types === undefined ? undefined : typeof types === 'string' ? [types] : types;
  const kinds =
    listed === undefined ? JSON_TYPES : schema['nullable'] === true ? [...listed, 'null'] : listed;
  const opaqueOf = (kind: string): readonly JsonSchema[] => {
    const keywords = OPAQUE_KEYWORDS.get(kind) ?? [];
    const isOpaque = keywords.some((keyword) => keyword in schema);
    return isOpaque || (kind === 'object' && isOpaqueForObjects) ? [schema] : [];
  };
  return alternativesOfKinds(kinds, own, Object.keys(own).length === 0 ? [] : [own], opaqueOf);
}

function alternativesOfKinds(
  kinds: readonly string[],
  schema: SchemaObject,
  sources: readonly JsonSchema[],
  opaqueOf: (kind: string) => readonly JsonSchema[] = () => [],
): readonly Alternative[] {
  const common = (kind: string) => {
    const opaque = opaqueOf(kind);
    return { nots: [], opaque, sources: [...sources, ...opaque] };
  };
  return [...new Set(kinds)].flatMap((kind): readonly Alternative[] => {
    switch (kind) {
      case 'null':
        return finiteAlternatives([null]);
      case 'boolean':
        return finiteAlternatives([true, false]);
      case 'number':
      case 'integer':
        if (kind === 'integer' && kinds.includes('number')) return [];
        return [{ ...common(kind), kind: 'number', shape: numberShapeOf(schema, kind === 'integer') }];
      case 'string':
        return [{ ...common(kind), kind, shape: stringShapeOf(schema) }];
      case 'array':
        return [{ ...common(kind), kind, shape: arrayShapeOf(schema) }];
      case 'object':
        return [{ ...common(kind), kind, shape: objectShapeOf(schema) }];
      default:
        throw new UndecidableError(`"${kind}" is no type`);
    }
  });
}
