/** A JSON Schema 2020-12 or a part of one. */
export type JsonSchema = boolean | SchemaObject;

/** A schema with keywords. */
export interface SchemaObject {
  readonly [keyword: string]: unknown;
}

/** The types of JSON values. `integer` is left out: integers are numbers. */
export const JSON_TYPES = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
