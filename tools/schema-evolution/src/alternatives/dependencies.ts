import { JSON_TYPES, type JsonSchema, type SchemaObject } from '../schema/json-schema.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';

/** Limits the schemas of one keyword that are followed: each doubles the alternatives. */
const MAX_FOLLOWED = 4;

const NO_OBJECT: JsonSchema = { type: JSON_TYPES.filter((type) => type !== 'object') };

/**
 * The schemas that `dependentSchemas` or `dependencies` amounts to, without the keyword. A value matches the keyword if it
 * matches all of them.
 * @returns undefined where they are too many to follow
 */
export function withoutDependencies(
  space: SchemaSpace,
  schema: SchemaObject,
  keyword: 'dependencies' | 'dependentSchemas',
): readonly JsonSchema[] | undefined {
  const entries = Object.entries(schema[keyword] as Record<string, JsonSchema | readonly string[]>);
  const names = entries.filter((entry): entry is [string, readonly string[]] => Array.isArray(entry[1]));
  const schemas = entries.filter((entry): entry is [string, JsonSchema] => !Array.isArray(entry[1]));
  if (schemas.length > MAX_FOLLOWED) return undefined;
  const dependentRequired = { dependentRequired: Object.fromEntries(names) };
  return [
    ...(names.length > 0 ? [space.derive(schema, dependentRequired, keyword)] : []),
    ...schemas.map(([name, part]) => ({
      anyOf: [
        { allOf: [{ type: 'object', required: [name] }, part] },
        { type: 'object', properties: { [name]: false } },
        NO_OBJECT,
      ],
    })),
  ];
}
