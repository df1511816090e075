import type { JsonSchema } from './json-schema.ts';

/** The schema of the values that match all of the schemas. */
export function intersectionOf(...schemas: readonly JsonSchema[]): JsonSchema {
  const parts = schemas.flatMap((schema) => (isOnlyAllOf(schema) ? schema.allOf : [schema]));
  if (parts.includes(false)) return false;
  const [first = true, ...others] = [...new Set(parts.filter((part) => part !== true))];
  return others.length === 0 ? first : { allOf: [first, ...others] };
}

function isOnlyAllOf(schema: JsonSchema): schema is { allOf: readonly JsonSchema[] } {
  return typeof schema === 'object' && 'allOf' in schema && Object.keys(schema).length === 1;
}
