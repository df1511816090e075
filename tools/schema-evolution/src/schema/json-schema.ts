/** A JSON Schema 2020-12 or a part of one. */
export type JsonSchema = boolean | SchemaObject;

/** A schema with keywords. */
export interface SchemaObject {
  readonly [keyword: string]: unknown;
}

/** Thrown where a question about schemas can't be answered; the message says why. */
export class UndecidableError extends Error {
  override readonly name = 'UndecidableError';
}

/** Keywords that say nothing about which values are accepted. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$comment',
  '$schema',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'default',
  'deprecated',
  'description',
  'examples',
  'readOnly',
  'title',
  'writeOnly',
]);

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
 * A copy of a schema with `change` made at each schema in it, the innermost first; what is no schema (a `const`, an
 * example) is left alone.
 * @param change given the copy, and the JSON pointer of its original
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

/** A member's name as a part of a JSON pointer (RFC 6901). */
export function escapePointer(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What matches all of the schemas. */
export function bothOf(...schemas: readonly JsonSchema[]): JsonSchema {
  const parts = schemas.flatMap((schema) => (isOnlyAllOf(schema) ? schema.allOf : [schema]));
  if (parts.includes(false)) return false;
  const [first = true, ...others] = [...new Set(parts.filter((part) => part !== true))];
  return others.length === 0 ? first : { allOf: [first, ...others] };
}

function isOnlyAllOf(schema: JsonSchema): schema is { allOf: readonly JsonSchema[] } {
  return typeof schema === 'object' && 'allOf' in schema && Object.keys(schema).length === 1;
}
