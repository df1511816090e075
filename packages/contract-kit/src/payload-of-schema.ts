import type { FromSchema, JSONSchema } from 'json-schema-to-ts';

/** The type of the payloads that a JSON Schema 2020-12 accepts. */
export type PayloadOfSchema<S extends JSONSchema> =
  Draft7<S> extends infer D extends JSONSchema ? FromSchema<D> : never;

/**
 * A schema with its tuples in the form of draft 7, the only one that json-schema-to-ts knows: `prefixItems` becomes a list of
 * `items`, and `items` beside it becomes `additionalItems`.
 */
type Draft7<S> = S extends boolean
  ? S
  : S extends { readonly prefixItems: readonly unknown[] }
    ? Converted<Omit<S, 'prefixItems' | 'items' | 'unevaluatedItems'>> & {
        readonly items: ConvertedList<S['prefixItems']>;
        readonly additionalItems: OtherItems<S>;
      }
    : Converted<S>;

/** The schema of the items after the first ones. */
type OtherItems<S> = S extends { readonly items: infer Items }
  ? Draft7<Items>
  : S extends { readonly unevaluatedItems: infer Items }
    ? Draft7<Items>
    : true;

type Converted<S> = { readonly [Keyword in keyof S]: ConvertedKeyword<Keyword, S[Keyword]> };

type ConvertedKeyword<Keyword, Value> = Keyword extends SchemaKeyword
  ? Draft7<Value>
  : Keyword extends ListKeyword
    ? ConvertedList<Value>
    : Keyword extends MapKeyword
      ? { readonly [Name in keyof Value]: Draft7<Value[Name]> }
      : Value;

type ConvertedList<List> = { readonly [Index in keyof List]: Draft7<List[Index]> };

type SchemaKeyword =
  | 'additionalProperties'
  | 'contains'
  | 'else'
  | 'if'
  | 'items'
  | 'not'
  | 'propertyNames'
  | 'then'
  | 'unevaluatedProperties';
type ListKeyword = 'allOf' | 'anyOf' | 'oneOf';
type MapKeyword = '$defs' | 'definitions' | 'dependentSchemas' | 'patternProperties' | 'properties';
