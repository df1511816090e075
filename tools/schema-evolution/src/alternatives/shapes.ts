import type { JsonSchema, SchemaObject } from '../schema/json-schema.ts';

/** The numbers: all conditions hold. The lists grow where schemas meet. */
export interface NumberShape {
  readonly bounds: readonly NumberBound[];
  readonly multiples: readonly number[];
}

/** A number's least or greatest value. */
export interface NumberBound {
  readonly side: 'least' | 'greatest';
  readonly value: number;
  /** Whether the value itself is out of bounds. */
  readonly exclusive: boolean;
}

/** The strings: all conditions hold. Lengths in characters. */
export interface StringShape {
  readonly minLengths: readonly number[];
  readonly maxLengths: readonly number[];
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
}

/** The arrays: each clause holds. */
export interface ArrayShape {
  readonly clauses: readonly ArrayClause[];
}

/** What one schema says about arrays. */
export interface ArrayClause {
  readonly prefix: readonly JsonSchema[];
  /** The items after the prefix. */
  readonly rest: JsonSchema;
  readonly minItems: number;
  readonly maxItems: number;
  readonly unique: boolean;
  readonly contains:
    | { readonly schema: JsonSchema; readonly least: number; readonly most: number }
    | undefined;
  readonly source: SchemaObject;
}

/** The objects: each clause holds. */
export interface ObjectShape {
  readonly clauses: readonly ObjectClause[];
}

/** What one schema says about objects. */
export interface ObjectClause {
  readonly properties: ReadonlyMap<string, JsonSchema>;
  readonly patterns: ReadonlyMap<string, JsonSchema>;
  /** The members that neither the properties nor the patterns name. */
  readonly additional: JsonSchema;
  readonly names: JsonSchema;
  readonly required: ReadonlySet<string>;
  /** The members that each member brings with it. */
  readonly dependentRequired: ReadonlyMap<string, readonly string[]>;
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly source: SchemaObject;
}

const NO_SCHEMA = true;

export function numberShapeOf(schema: SchemaObject, integer: boolean): NumberShape {
  const bound = (keyword: string, side: NumberBound['side'], exclusive: boolean): NumberBound[] => {
    const value = schema[keyword];
    return typeof value === 'number' ? [{ side, value, exclusive }] : [];
  };
  const format = schema['format'];
  const isInteger = integer || format === 'int32' || format === 'int64';
  return {
    bounds: [
      ...bound('minimum', 'least', false),
      ...bound('exclusiveMinimum', 'least', true),
      ...bound('maximum', 'greatest', false),
      ...bound('exclusiveMaximum', 'greatest', true),
      ...(format === 'int32'
        ? ([
            { side: 'least', value: -(2 ** 31), exclusive: false },
            { side: 'greatest', value: 2 ** 31 - 1, exclusive: false },
          ] as const)
        : []),
    ],
    multiples: [
      ...(isInteger ? [1] : []),
      ...(typeof schema['multipleOf'] === 'number' ? [schema['multipleOf']] : []),
    ],
  };
}

/** Formats of numbers, and those that accept everything. */
const NO_STRING_FORMATS = ['int32', 'int64', 'float', 'double', 'password', 'binary'];

export function stringShapeOf(schema: SchemaObject): StringShape {
  const { minLength, maxLength, pattern, format } = schema;
  return {
    minLengths: typeof minLength === 'number' && minLength > 0 ? [minLength] : [],
    maxLengths: typeof maxLength === 'number' ? [maxLength] : [],
    patterns: typeof pattern === 'string' ? [pattern] : [],
    formats: typeof format === 'string' && !NO_STRING_FORMATS.includes(format) ? [format] : [],
  };
}

export function arrayShapeOf(schema: SchemaObject): ArrayShape {
  const { prefixItems, items, minItems, maxItems, uniqueItems, contains, minContains, maxContains } = schema;
  const said = [prefixItems, items, minItems, maxItems, uniqueItems, contains];
  if (said.every((value) => value === undefined)) return { clauses: [] };
  return {
    clauses: [
      {
        prefix: (prefixItems as readonly JsonSchema[] | undefined) ?? [],
        rest: (items as JsonSchema | undefined) ?? NO_SCHEMA,
        minItems: (minItems as number | undefined) ?? 0,
        maxItems: (maxItems as number | undefined) ?? Number.POSITIVE_INFINITY,
        unique: uniqueItems === true,
        contains:
          contains === undefined
            ? undefined
            : {
                schema: contains as JsonSchema,
                least: (minContains as number | undefined) ?? 1,
                most: (maxContains as number | undefined) ?? Number.POSITIVE_INFINITY,
              },
        source: schema,
      },
    ],
  };
}

const OBJECT_KEYWORDS = [
  'properties',
  'patternProperties',
  'additionalProperties',
  'propertyNames',
  'required',
  'dependentRequired',
  'minProperties',
  'maxProperties',
];

export function objectShapeOf(schema: SchemaObject): ObjectShape {
  if (OBJECT_KEYWORDS.every((keyword) => schema[keyword] === undefined)) return { clauses: [] };
  const members = <Value>(keyword: string): ReadonlyMap<string, Value> =>
    new Map(Object.entries((schema[keyword] as Record<string, Value> | undefined) ?? {}));
  return {
    clauses: [
      {
        properties: members<JsonSchema>('properties'),
        patterns: members<JsonSchema>('patternProperties'),
        additional: (schema['additionalProperties'] as JsonSchema | undefined) ?? NO_SCHEMA,
        names: (schema['propertyNames'] as JsonSchema | undefined) ?? NO_SCHEMA,
        required: new Set((schema['required'] as readonly string[] | undefined) ?? []),
        dependentRequired: members<readonly string[]>('dependentRequired'),
        minProperties: (schema['minProperties'] as number | undefined) ?? 0,
        maxProperties: (schema['maxProperties'] as number | undefined) ?? Number.POSITIVE_INFINITY,
        source: schema,
      },
    ],
  };
}
