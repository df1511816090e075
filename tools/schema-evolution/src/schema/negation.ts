import { JSON_TYPES, type JsonSchema, type SchemaObject } from './json-schema.ts';

/**
 * The negation of a schema, without a `not` at its top: it accepts exactly the values that the schema rejects.
 * @returns undefined for keywords whose negation is not supported, such as bounds, patterns and items
 */
export function negationOf(schema: JsonSchema): JsonSchema | undefined {
  if (typeof schema === 'boolean') return !schema;
  const negations: JsonSchema[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const negation = negatedKeyword(keyword, value, schema);
    if (negation === undefined) return undefined;
    negations.push(...negation);
  }
  const [only, ...others] = negations;
  if (only === undefined) return false;
  return others.length === 0 ? only : { anyOf: negations };
}

/** The schemas of the values that violate one keyword. */
function negatedKeyword(keyword: string, value: unknown, schema: SchemaObject): JsonSchema[] | undefined {
  switch (keyword) {
    case '$defs':
    case 'definitions':
      return [];
    case 'type': {
      const types = typeof value === 'string' ? [value] : (value as string[]);
      if (types.includes('integer') || schema['nullable'] !== undefined) return undefined;
      const others = JSON_TYPES.filter((type) => !types.includes(type));
      return others.length === 0 ? [] : [{ type: others }];
    }
    case 'required':
      return (value as string[]).map((name) => ({ type: 'object', properties: { [name]: false } }));
    case 'properties':
      return Object.entries(value as Record<string, JsonSchema>).map(([name, member]) => ({
        type: 'object',
        required: [name],
        properties: { [name]: { not: member } },
      }));
    case 'allOf':
      return (value as JsonSchema[]).map((part) => ({ not: part }));
    case 'anyOf':
      return [{ allOf: (value as JsonSchema[]).map((part) => ({ not: part })) }];
    case 'not':
      return [value as JsonSchema];
    default:
      return undefined;
  }
}
