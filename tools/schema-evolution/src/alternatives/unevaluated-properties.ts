import { schemasOf } from '@waybill/contract-kit';
import type { JsonSchema, SchemaObject } from '../schema/json-schema.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';

/** The members that a schema evaluates: the same for every object. */
interface EvaluatedMembers {
  readonly names: readonly string[];
  readonly patterns: readonly string[];
}

const NO_MEMBERS: EvaluatedMembers = { names: [], patterns: [] };
const MAX_NESTING_DEPTH = 60;
/** Keywords by which a schema evaluates all members. */
const CLOSING_KEYWORDS = ['additionalProperties', 'unevaluatedProperties'];
/** Keywords whose schemas evaluate members of some objects only. */
const CONDITIONAL_KEYWORDS = ['anyOf', 'dependencies', 'dependentSchemas', 'else', 'if', 'oneOf', 'then'];

/**
 * The schema that `unevaluatedProperties` amounts to: one with `additionalProperties`.
 * @returns undefined where the evaluated members depend on the object, so that there is no such schema
 */
export function withoutUnevaluated(space: SchemaSpace, schema: SchemaObject): JsonSchema | undefined {
  const { unevaluatedProperties, ...beside } = schema;
  const evaluated = evaluatedMembers(space, beside, 0);
  if (evaluated === undefined) return undefined;
  if (evaluated === 'all') return true;
  const { names, patterns } = evaluated;
  // ajv does not remember that a pattern evaluated this name.
  if (patterns.some((pattern) => new RegExp(pattern, 'u').test('__proto__'))) return undefined;
  const accepting = (keys: readonly string[]): object => Object.fromEntries(keys.map((key) => [key, true]));
  const closed = {
    properties: accepting(names),
    patternProperties: accepting(patterns),
    additionalProperties: unevaluatedProperties,
  };
  return space.derive(schema, closed, 'unevaluatedProperties');
}

/** Undefined where the members depend on the object. */
function evaluatedMembers(
  space: SchemaSpace,
  schema: JsonSchema,
  depth: number,
): EvaluatedMembers | 'all' | undefined {
  if (typeof schema === 'boolean') return NO_MEMBERS;
  if (depth > MAX_NESTING_DEPTH) return undefined;
  if (CLOSING_KEYWORDS.some((keyword) => keyword in schema)) return 'all';
  const below = (part: JsonSchema) => evaluatedMembers(space, part, depth + 1);
  const partsOf = (keyword: string): readonly JsonSchema[] =>
    schemasOf(keyword, schema[keyword]).map(([, part]) => part as JsonSchema);
  const conditional = CONDITIONAL_KEYWORDS.flatMap(partsOf).map(below);
  if (!conditional.every((part) => typeof part === 'object' && isNone(part))) return undefined;
  const ref = schema['$ref'];
  const parts = [
    ...partsOf('allOf').map(below),
    ...(typeof ref === 'string' ? [below(space.resolve(ref))] : []),
  ];
  if (parts.includes(undefined)) return undefined;
  const members: EvaluatedMembers[] = [
    { names: namesOf(schema['properties']), patterns: namesOf(schema['patternProperties']) },
  ];
  for (const part of parts) {
    if (part === 'all') return 'all';
    if (part !== undefined) members.push(part);
  }
  return {
    names: members.flatMap(({ names }) => names),
    patterns: members.flatMap(({ patterns }) => patterns),
  };
}

function isNone({ names, patterns }: EvaluatedMembers): boolean {
  return names.length === 0 && patterns.length === 0;
}

function namesOf(value: unknown): readonly string[] {
  return Object.keys((value ?? {}) as object);
}
