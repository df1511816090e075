import fc from 'fast-check';
import type { JsonSchema, SchemaObject } from '../src/schema/json-schema.ts';

const NAMES = ['a', 'b', 'kind', 'x1'] as const;
const WORDS = ['', 'a', 'b', 'ab', 'abc', 'A1', '12', 'x1', '2024-02-29', 'ada@example.com'] as const;
const PATTERNS = [
  '^[a-z]+$',
  '^[a-z0-9]*$',
  '^a',
  'b$',
  '^(a|ab|abc)$',
  '^.{1,3}$',
  '^\\d+$',
  '^[A-Z]\\d?$',
] as const;
const FORMATS = ['date', 'email', 'uuid', 'date-time', 'ipv4'] as const;

const smallInt = fc.integer({ min: -3, max: 6 });
const halves = smallInt.map((value) => value / 2);
const scalar = fc.oneof(fc.constantFrom(...WORDS), smallInt, halves, fc.boolean(), fc.constant(null));

function some(shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<SchemaObject> {
  return fc.record(shape, { requiredKeys: [] });
}

const numberSchema = fc
  .tuple(
    fc.constantFrom('number', 'integer'),
    some({
      minimum: halves,
      maximum: halves,
      exclusiveMinimum: halves,
      exclusiveMaximum: halves,
      multipleOf: fc.constantFrom(1, 2, 3, 0.5, 4),
    }),
  )
  .map(([type, rest]) => ({ type, ...rest }));
const length = fc.integer({ min: 0, max: 4 });
const stringSchema = some({
  minLength: length,
  maxLength: length,
  pattern: fc.constantFrom(...PATTERNS),
  format: fc.constantFrom(...FORMATS),
}).map((rest) => ({ type: 'string', ...rest }));

/** Schemas of the strict dialect, nested up to three deep. */
export const schemas: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema; object: SchemaObject }>(
  (tie) => {
    const part = tie('schema');
    const properties = fc.dictionary(fc.constantFrom(...NAMES), part, { maxKeys: 3 });
    const object = fc
      .tuple(
        properties,
        fc.subarray([...NAMES]),
        some({
          additionalProperties: fc.oneof(fc.constant(false), part),
          patternProperties: fc.dictionary(fc.constantFrom('^x', '\\d$', '^a$'), part, { maxKeys: 2 }),
          propertyNames: fc.constantFrom<JsonSchema>(
            { pattern: '^[a-z]' },
            { maxLength: 2 },
            { enum: ['a', 'b', 'c'] },
          ),
          minProperties: fc.integer({ min: 0, max: 2 }),
          maxProperties: fc.integer({ min: 1, max: 4 }),
          dependentRequired: fc.dictionary(
            fc.constantFrom(...NAMES),
            fc.subarray([...NAMES], { minLength: 1 }),
            { maxKeys: 1 },
          ),
        }),
      )
      .map(([members, required, rest]) => ({
        type: 'object',
        properties: members,
        required: required.filter((name) => name in members || rest['additionalProperties'] !== false),
        ...rest,
      }));
    const list = fc
      .tuple(
        part,
        some({
          minItems: fc.integer({ min: 0, max: 3 }),
          maxItems: fc.integer({ min: 0, max: 3 }),
          uniqueItems: fc.boolean(),
        }),
        fc.option(
          fc.tuple(
            part,
            some({
              minContains: fc.integer({ min: 0, max: 2 }),
              maxContains: fc.integer({ min: 1, max: 2 }),
            }),
          ),
          { nil: undefined, freq: 4 },
        ),
      )
      .map(([items, rest, contains]) => ({
        type: 'array',
        items,
        ...rest,
        ...(contains !== undefined && { contains: contains[0], ...contains[1] }),
      }));
    const tuple = fc
      .array(part, { minLength: 1, maxLength: 2 })
      .map((prefixItems) => ({ type: 'array', prefixItems, items: false, minItems: prefixItems.length }));
    const parts = fc.array(part, { minLength: 1, maxLength: 3 });
    return {
      object,
      schema: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'schema' },
        fc.oneof(
          numberSchema,
          stringSchema,
          fc.constantFrom<JsonSchema>({ type: 'boolean' }, { type: 'null' }, true),
          fc.uniqueArray(scalar, { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
          scalar.map((value) => ({ const: value })),
        ),
        tie('object'),
        list,
        tuple,
        parts.map((anyOf) => ({ anyOf })),
        parts.map((oneOf) => ({ oneOf })),
        fc.array(part, { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
        fc.tuple(part, part).map(([not, other]) => ({ allOf: [other, { not }] })),
        fc
          .tuple(part, part, part)
          .map(([condition, then, otherwise]) => ({ if: condition, then, else: otherwise })),
      ),
    };
  },
).schema;

/** Values that often match a schema, and just as often nearly do. */
export function valuesFor(schema: JsonSchema, depth = 0): fc.Arbitrary<unknown> {
  if (typeof schema === 'boolean' || depth > 4) return anyValue;
  const below = (part: unknown): fc.Arbitrary<unknown> => valuesFor(part as JsonSchema, depth + 1);
  const listed = 'const' in schema ? [schema['const']] : (schema['enum'] as unknown[] | undefined);
  if (listed !== undefined) return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...listed) }, anyValue);
  const unions = ['anyOf', 'oneOf', 'allOf'].flatMap(
    (keyword) => (schema[keyword] as JsonSchema[] | undefined) ?? [],
  );
  const branches = [
    ...unions,
    ...['then', 'else', 'if'].flatMap((keyword) => (schema[keyword] as JsonSchema | undefined) ?? []),
  ];
  if (branches.length > 0) return fc.oneof(...branches.map(below));
  switch (schema['type']) {
    case 'integer':
      return fc.oneof({ weight: 4, arbitrary: smallInt }, halves, anyValue);
    case 'number':
      return fc.oneof({ weight: 4, arbitrary: halves }, smallInt, anyValue);
    case 'string':
      return fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
        { weight: 2, arbitrary: fc.string({ maxLength: 5 }) },
        {
          weight: 1,
          arbitrary: fc.stringMatching(
            new RegExp((schema['pattern'] as string | undefined) ?? '^[a-z0-9]{0,4}$'),
          ),
        },
      );
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const prefix = (schema['prefixItems'] as JsonSchema[] | undefined) ?? [];
      const rest =
        prefix.length > 0 ? [] : [schema['items'], schema['contains']].filter((part) => part !== undefined);
      const more =
        rest.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...rest.map(below)), { maxLength: 4 });
      return fc.tuple(fc.tuple(...prefix.map(below)), more).map(([first, others]) => [...first, ...others]);
    }
    case 'object': {
      const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
      const required = (schema['required'] ?? []) as string[];
      const shape = Object.fromEntries(
        [...new Set([...Object.keys(properties), ...required])].map((name) => [
          name,
          below(properties[name] ?? true),
        ]),
      );
      const patterned = Object.values((schema['patternProperties'] ?? {}) as Record<string, JsonSchema>);
      const additional = [schema['additionalProperties'] ?? true, ...patterned] as JsonSchema[];
      const extra = fc.dictionary(
        fc.constantFrom('extra', 'x', 'x1', 'b', 'c', 'a', 'ZZ'),
        fc.oneof(...additional.map(below)),
        { maxKeys: 2 },
      );
      return fc
        .tuple(
          fc.record(shape, { requiredKeys: required }),
          fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, extra),
        )
        .map(([own, others]) => ({ ...others, ...own }));
    }
    default:
      return anyValue;
  }
}

const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  scalar,
  fc.dictionary(fc.constantFrom(...NAMES, 'c'), scalar, { maxKeys: 3 }),
  fc.array(scalar, { maxLength: 3 }),
);

/** A schema with one change in it: a keyword is dropped, replaced, or taken from another schema. */
export function changed(schema: JsonSchema): fc.Arbitrary<JsonSchema> {
  if (typeof schema === 'boolean') return schemas;
  const inside = Object.keys(schema).flatMap((keyword) => changesOfKeyword(schema, keyword));
  return fc.oneof(
    { weight: 1, arbitrary: schemas },
    ...inside.map((arbitrary) => ({ weight: 4, arbitrary })),
  );
}

function changesOfKeyword(schema: SchemaObject, keyword: string): fc.Arbitrary<JsonSchema>[] {
  const value = schema[keyword];
  const put = (part: unknown): JsonSchema => ({ ...schema, [keyword]: part });
  switch (keyword) {
    case 'items':
    case 'contains':
    case 'additionalProperties':
    case 'not':
    case 'if':
    case 'then':
    case 'else':
      return [changed(value as JsonSchema).map(put)];
    case 'anyOf':
    case 'oneOf':
    case 'allOf':
      return changesOfUnion(value as JsonSchema[]).map((change) => change.map(put));
    case 'prefixItems':
      return changesOfParts(value as JsonSchema[]).map((change) => change.map(put));
    case 'properties':
      return [
        ...changesOfMembers(value as Record<string, JsonSchema>),
        schemas.map((other) => ({ ...(value as object), b: other })),
      ].map((change) => change.map(put));
    case 'patternProperties':
      return changesOfMembers(value as Record<string, JsonSchema>).map((change) => change.map(put));
    case 'required': {
      const names = value as string[];
      return [fc.constant(put(names.slice(1))), fc.constant(put([...new Set([...names, 'a'])]))];
    }
    case 'enum':
      return [scalar.map((other) => put([...new Set([...(value as unknown[]), other])]))];
    case 'type':
    case 'const':
      return [];
  }
  if (typeof value === 'number' && keyword !== 'multipleOf') return [changedNumber(keyword, value).map(put)];
  const { [keyword]: _dropped, ...rest } = schema;
  return [fc.constant(rest)];
}

function changesOfParts(parts: readonly JsonSchema[]): fc.Arbitrary<JsonSchema[]>[] {
  return parts.map((part, index) => changed(part).map((other) => parts.with(index, other)));
}

function changesOfUnion(parts: readonly JsonSchema[]): fc.Arbitrary<JsonSchema[]>[] {
  return [
    ...changesOfParts(parts),
    schemas.map((other) => [...parts, other]),
    ...(parts.length > 1 ? [fc.constant(parts.slice(1))] : []),
  ];
}

function changesOfMembers(members: Readonly<Record<string, JsonSchema>>): fc.Arbitrary<object>[] {
  return Object.entries(members).map(([name, part]) =>
    changed(part).map((other) => ({ ...members, [name]: other })),
  );
}

function changedNumber(keyword: string, value: number): fc.Arbitrary<number> {
  const isCount = /Items|Length|Properties|Contains/.test(keyword);
  return fc
    .constantFrom(-1, 1)
    .map((by) => Math.max(keyword.startsWith('min') && keyword !== 'minimum' ? 0 : -9, value + by))
    .filter((made) => made >= 0 || !isCount);
}
