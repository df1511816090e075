import type { JsonSchema, SchemaObject } from '../schema/json-schema.ts';

/** The conditions of numbers. All must hold. Intersections of schemas append to the lists. */
export interface NumberShape {
  readonly bounds: readonly NumberBound[];
  readonly multiples: readonly number[];
}

/** One bound of a range of numbers. */
export interface NumberBound {
  readonly side: 'lower' | 'upper';
  readonly value: number;
  /** Whether the value itself is outside the range. */
  readonly exclusive: boolean;
}

/** The conditions of strings. All must hold. Lengths are in characters. */
export interface StringShape {
  readonly minLengths: readonly number[];
  readonly maxLengths: readonly number[];
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
}

/** The conditions of arrays. Each clause must hold. */
export interface ArrayShape {
  readonly clauses: readonly ArrayClause[];
}

/** The conditions that one schema sets for arrays. */
export interface ArrayClause {
  readonly prefix: readonly JsonSchema[];
  /** The items after the prefix. */
  readonly rest: JsonSchema;
  readonly minItems: number;
  readonly maxItems: number;
  readonly unique: boolean;
  readonly contains: { readonly schema: JsonSchema; readonly min: number; readonly max: number } | undefined;
  readonly source: SchemaObject;
}

/** The conditions of objects. Each clause must hold. */
export interface ObjectShape {
  readonly clauses: readonly ObjectClause[];
}

/** The conditions that one schema sets for objects. */
export interface ObjectClause {
  readonly properties: ReadonlyMap<string, JsonSchema>;
  readonly patterns: ReadonlyMap<string, JsonSchema>;
  /** The schema of members that neither the properties nor the patterns cover. */
  readonly additional: JsonSchema;
  /** The schema of the members' names. */
  readonly names: JsonSchema;
  readonly required: ReadonlySet<string>;
  /** For each member, the members that it requires beside it. */
  readonly dependentRequired: ReadonlyMap<string, readonly string[]>;
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly source: SchemaObject;
}

/** The schema that accepts every value. */
const ANY_VALUE = true;

/** The conditions that a schema's own keywords set for numbers. */
export function numberShapeOf(schema: SchemaObject, integer: boolean): NumberShape {
  const bound = (keyword: string, side: NumberBound['side'], exclusive: boolean): NumberBound[] => {
    const value = schema[keyword];
    return typeof value === 'number' ? [{ side, value, exclusive }] : [];
  };
  const format = schema['format'];
  const isInteger = integer || format === 'int32' || format === 'int64';
  return {
    bounds: [
      ...bound('minimum', 'lower', false),
      ...bound('exclusiveMinimum', 'lower', true),
      ...bound('maximum', 'upper', false),
      ...bound('exclusiveMaximum', 'upper', true),
      ...(format === 'int32'
        ? ([
            { side: 'lower', value: -(2 ** 31), exclusive: false },
            { side: 'upper', value: 2 ** 31 - 1, exclusive: false },
          ] as const)
        : []),
    ],
    multiples: [
      ...(isInteger ? [1] : []),
      ...(typeof schema['multipleOf'] === 'number' ? [schema['multipleOf']] : []),
    ],
  };
}

/** Formats that set no condition for strings: those of numbers, and those that accept everything. */
const NON_STRING_FORMATS = ['int32', 'int64', 'float', 'double', 'password', 'binary'];

/** The conditions that a schema's own keywords set for strings. */
export function stringShapeOf(schema: SchemaObject): StringShape {
  const { minLength, maxLength, pattern, format } = schema;
  return {
    minLengths: typeof minLength === 'number' && minLength > 0 ? [minLength] : [],
    maxLengths: typeof maxLength === 'number' ? [maxLength] : [],
    patterns: typeof pattern === 'string' ? [pattern] : [],
    formats: typeof format === 'string' && !NON_STRING_FORMATS.includes(format) ? [format] : [],
  };
}

/** The conditions that a schema's own keywords set for arrays. */
export function arrayShapeOf(schema: SchemaObject): ArrayShape {
  const { prefixItems, items, minItems, maxItems, uniqueItems, contains, minContains, maxContains } = schema;
  const conditions = [prefixItems, items, minItems, maxItems, uniqueItems, contains];
  if (conditions.every((value) => value === undefined)) return { clauses: [] };
  return {
    clauses: [
      {
        prefix: (prefixItems as readonly JsonSchema[] | undefined) ?? [],
        rest: (items as JsonSchema | undefined) ?? ANY_VALUE,
        minItems: (minItems as number | undefined) ?? 0,
        maxItems: (maxItems as number | undefined) ?? Number.POSITIVE_INFINITY,
        unique: uniqueItems === true,
        contains:
          contains === undefined
            ? undefined
            : {
                schema: contains as JsonSchema,
                min: (minContains as number | undefined) ?? 1,
                max: (maxContains as number | undefined) ?? Number.POSITIVE_INFINITY,
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

/** The conditions that a schema's own keywords set for objects. */
export function objectShapeOf(schema: SchemaObject): ObjectShape {
  if (OBJECT_KEYWORDS.every((keyword) => schema[keyword] === undefined)) return { clauses: [] };
  const members = <Value>(keyword: string): ReadonlyMap<string, Value> =>
    new Map(Object.entries((schema[keyword] as Record<string, Value> | undefined) ?? {}));
  return {
    clauses: [
      {
        properties: members<JsonSchema>('properties'),
        patterns: members<JsonSchema>('patternProperties'),
        additional: (schema['additionalProperties'] as JsonSchema | undefined) ?? ANY_VALUE,
        names: (schema['propertyNames'] as JsonSchema | undefined) ?? ANY_VALUE,
        required: new Set((schema['required'] as readonly string[] | undefined) ?? []),
        dependentRequired: members<readonly string[]>('dependentRequired'),
        minProperties: (schema['minProperties'] as number | undefined) ?? 0,
        maxProperties: (schema['maxProperties'] as number | undefined) ?? Number.POSITIVE_INFINITY,
        source: schema,
      },
    ],
  };
}
