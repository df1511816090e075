/** The place of the schemas in a keyword's value: it is one, a list of them, or an object of them. */
export type SchemaPlace = 'schema' | 'list' | 'map';

/**
 * The keywords that hold schemas. Each pass over a schema reads this table: what is not in it is not followed, so the
 * dialect must refuse it (see schema-dialect.ts).
 */
export const SCHEMA_PLACES: ReadonlyMap<string, SchemaPlace> = new Map([
  ['$defs', 'map'],
  ['additionalProperties', 'schema'],
  ['allOf', 'list'],
  ['anyOf', 'list'],
  ['contains', 'schema'],
  ['definitions', 'map'],
  // Its values may also be lists of names, which are no schemas.
  ['dependencies', 'map'],
  ['dependentSchemas', 'map'],
  ['else', 'schema'],
  ['if', 'schema'],
  ['items', 'schema'],
  ['not', 'schema'],
  ['oneOf', 'list'],
  ['patternProperties', 'map'],
  ['prefixItems', 'list'],
  ['properties', 'map'],
  ['propertyNames', 'schema'],
  ['then', 'schema'],
  ['unevaluatedItems', 'schema'],
  ['unevaluatedProperties', 'schema'],
]);

/** Keywords of {@link SCHEMA_PLACES} whose schemas apply to the same value as the schema around them. */
export const IN_PLACE_KEYWORDS: ReadonlySet<string> = new Set([
  'allOf',
  'anyOf',
  'dependencies',
  'dependentSchemas',
  'else',
  'if',
  'not',
  'oneOf',
  'then',
]);

/** Whether a value is a schema by its form: an object or a boolean. */
export function isSchema(value: unknown): value is boolean | Readonly<Record<string, unknown>> {
  return typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

/**
 * The schemas that a keyword's value holds, each with its path below the keyword: none for a keyword without schemas.
 * Values of another form are left out; the validator's compiler refuses them.
 */
export function schemasOf(
  keyword: string,
  value: unknown,
): readonly (readonly [path: readonly string[], schema: unknown])[] {
  switch (SCHEMA_PLACES.get(keyword)) {
    case 'schema':
      return isSchema(value) ? [[[], value]] : [];
    case 'list':
      if (!Array.isArray(value)) return [];
      return value.flatMap((part: unknown, index) =>
        isSchema(part) ? [[[String(index)], part] as const] : [],
      );
    case 'map':
      if (typeof value === 'boolean' || !isSchema(value)) return [];
      return Object.entries(value).flatMap(([name, part]) =>
        isSchema(part) ? [[[name], part] as const] : [],
      );
    case undefined:
      return [];
  }
}
