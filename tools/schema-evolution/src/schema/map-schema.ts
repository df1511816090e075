import { escapePointer, isSchema, SCHEMA_PLACES } from '@waybill/contract-kit';
import type { JsonSchema, SchemaObject } from './json-schema.ts';

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
  const below = (part: unknown, ...path: (string | number)[]): unknown => {
    if (!isSchema(part)) return part;
    const steps = path.map((step) => `/${escapePointer(String(step))}`);
    return mapSchema(part, change, `${pointer}${steps.join('')}`);
  };
  const mapValue = (keyword: string, value: unknown): unknown => {
    switch (SCHEMA_PLACES.get(keyword)) {
      case 'schema':
        return below(value, keyword);
      case 'list':
        return (value as unknown[]).map((part, index) => below(part, keyword, index));
      case 'map':
        return Object.fromEntries(
          Object.entries(value as object).map(([name, part]) => [name, below(part, keyword, name)]),
        );
      case undefined:
        return value;
    }
  };
  const copy = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [keyword, mapValue(keyword, value)]),
  );
  return change(copy, pointer);
}
