import { escapePointer } from '@waybill/contract-kit';
import type { JsonSchema, SchemaObject } from './json-schema.ts';

/** Keywords whose value is a schema. */
const SCHEMA_KEYWORDS = new Set([
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
/** Keywords whose value is a list of schemas. */
const LIST_KEYWORDS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
/** Keywords whose value is an object of schemas. */
const MAP_KEYWORDS = new Set(['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties']);

/**
 * Copies a schema and applies `change` to each schema in it, the innermost first. Values that are no schemas (a `const`, an
 * example) stay as they are.
 * @param change receives the copy and the JSON pointer of its original
 */
export function mapSchema(
  schema: JsonSchema,
  change: (copy: SchemaObject, pointer: string) => JsonSchema,
  pointer = '',
): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const below = (part: unknown, ...path: (string | number)[]): JsonSchema =>
    mapSchema(
      part as JsonSchema,
      change,
      `${pointer}${path.map((step) => `/${escapePointer(String(step))}`).join('')}`,
    );
  const copy = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (SCHEMA_KEYWORDS.has(keyword)) return [keyword, below(value, keyword)];
      if (LIST_KEYWORDS.has(keyword)) {
        return [keyword, (value as unknown[]).map((part, index) => below(part, keyword, index))];
      }
      if (MAP_KEYWORDS.has(keyword)) {
        const parts = Object.entries(value as object).map(([name, part]) => [
          name,
          below(part, keyword, name),
        ]);
        return [keyword, Object.fromEntries(parts)];
      }
      return [keyword, value];
    }),
  );
  return change(copy, pointer);
}
