import type { JsonSchema } from '../src/schema/json-schema.ts';

/** A change of a schema, as a team may make it, and how each role must be judged. */
export interface SchemaChange {
  readonly what: string;
  readonly before: JsonSchema;
  readonly after: JsonSchema;
  /** Whether a worker with the new schema still reads what was sent by the old one. */
  readonly reader: 'harmless' | 'breaking';
  /** Whether a worker that is rolled back to the old schema reads what is sent by the new one. */
  readonly writer: 'harmless' | 'breaking';
}

const closed = (
  properties: Record<string, JsonSchema>,
  required: string[] = Object.keys(properties),
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
/** A payload with one member of the given schema. */
const of = (schema: JsonSchema): JsonSchema => closed({ value: schema });
const text: JsonSchema = { type: 'string' };
const whole: JsonSchema = { type: 'integer' };
const number: JsonSchema = { type: 'number' };
const list = (items: JsonSchema, more: object = {}): JsonSchema => ({ type: 'array', items, ...more });
const tagged = (kind: string, properties: Record<string, JsonSchema> = {}): JsonSchema =>
  closed({ kind: { const: kind }, ...properties });

/** Wider in the first direction: readers are unharmed, a rolled-back worker is not; and the same turned round. */
function widening(what: string, narrow: JsonSchema, wide: JsonSchema): SchemaChange[] {
  return [
    { what, before: narrow, after: wide, reader: 'harmless', writer: 'breaking' },
    { what: `the reverse of: ${what}`, before: wide, after: narrow, reader: 'breaking', writer: 'harmless' },
  ];
}

/** Another way to say the same. */
function same(what: string, before: JsonSchema, after: JsonSchema): SchemaChange[] {
  return [
    { what, before, after, reader: 'harmless', writer: 'harmless' },
    { what: `the reverse of: ${what}`, before: after, after: before, reader: 'harmless', writer: 'harmless' },
  ];
}

/** Neither accepts all of the other. */
function replacing(what: string, before: JsonSchema, after: JsonSchema): SchemaChange[] {
  return [
    { what, before, after, reader: 'breaking', writer: 'breaking' },
    { what: `the reverse of: ${what}`, before: after, after: before, reader: 'breaking', writer: 'breaking' },
  ];
}

const tree = (leaf: JsonSchema): JsonSchema => ({
  $ref: '#/$defs/node',
  $defs: { node: closed({ leaf, children: list({ $ref: '#/$defs/node' }) }, ['leaf']) },
});

/** The table: each line is a change that was thought through by hand. */
export const schemaChanges: readonly SchemaChange[] = [
  // Members
  ...widening('an optional member is added', closed({ a: text }), closed({ a: text, b: text }, ['a'])),
  ...widening('a member becomes optional', closed({ a: text, b: text }), closed({ a: text, b: text }, ['a'])),
  ...replacing('a required member is added', closed({ a: text }), closed({ a: text, b: text })),
  ...replacing('a member is renamed', closed({ a: text }), closed({ b: text })),
  ...widening('unknown members become allowed', closed({ a: text }), {
    type: 'object',
    required: ['a'],
    properties: { a: text },
  }),
  ...widening('unknown members of a type become allowed', closed({ a: text }), {
    type: 'object',
    required: ['a'],
    properties: { a: text },
    additionalProperties: whole,
  }),
  ...widening('members after a pattern become allowed', closed({ a: text }), {
    type: 'object',
    additionalProperties: false,
    required: ['a'],
    properties: { a: text },
    patternProperties: { '^x-': text },
  }),
  ...widening(
    'the pattern of members becomes wider',
    { type: 'object', additionalProperties: false, patternProperties: { '^x-[a-z]+$': text } },
    { type: 'object', additionalProperties: false, patternProperties: { '^x-': text } },
  ),
  ...widening(
    'the type of members after a pattern becomes wider',
    { type: 'object', additionalProperties: false, patternProperties: { '^x-': whole } },
    { type: 'object', additionalProperties: false, patternProperties: { '^x-': number } },
  ),
  ...widening(
    'a name is dropped from propertyNames’ list',
    { type: 'object', propertyNames: { enum: ['a'] } },
    { type: 'object', propertyNames: { enum: ['a', 'b'] } },
  ),
  ...widening(
    'more members are allowed',
    { type: 'object', maxProperties: 2 },
    { type: 'object', maxProperties: 3 },
  ),
  ...widening(
    'fewer members are needed',
    { type: 'object', minProperties: 2 },
    { type: 'object', minProperties: 1 },
  ),
  ...widening(
    'a member no longer asks for another',
    {
      type: 'object',
      additionalProperties: false,
      properties: { a: text, b: text },
      dependentRequired: { a: ['b'] },
    },
    closed({ a: text, b: text }, []),
  ),
  ...widening(
    'a member that was ruled out is allowed',
    { type: 'object', additionalProperties: false, required: ['a'], properties: { a: text, b: false } },
    closed({ a: text, b: text }, ['a']),
  ),
  ...same('a member that can’t be is ruled out in words', closed({ a: text }), {
    type: 'object',
    additionalProperties: false,
    required: ['a'],
    properties: { a: text, b: false },
  }),
  ...same(
    'the members are written in another order',
    closed({ a: text, b: whole }),
    closed({ b: whole, a: text }, ['b', 'a']),
  ),
  ...same('minProperties that required implies', closed({ a: text }), {
    ...(closed({ a: text }) as object),
    minProperties: 1,
  }),
  ...same('maxProperties that a closed object implies', closed({ a: text }), {
    ...(closed({ a: text }) as object),
    maxProperties: 1,
  }),
  ...same('dependentRequired that required implies', closed({ a: text, b: text }), {
    ...(closed({ a: text, b: text }) as object),
    dependentRequired: { a: ['b'] },
  }),
  // Types
  ...widening('an integer becomes a number', of(whole), of(number)),
  ...widening('null becomes allowed', of(text), of({ type: ['string', 'null'] })),
  ...replacing('a string becomes an integer', of(text), of(whole)),
  ...replacing('a string becomes a list of strings', of(text), of(list(text))),
  ...replacing('a string becomes an object', of(text), of(closed({ a: text }))),
  ...widening('a type becomes a union', of(text), of({ anyOf: [text, whole] })),
  ...widening('any value becomes allowed', of(text), of(true)),
  ...same('null said by a union', of({ type: ['string', 'null'] }), of({ anyOf: [text, { type: 'null' }] })),
  ...same('a boolean by its values', of({ type: 'boolean' }), of({ enum: [false, true] })),
  ...same('null by its value', of({ type: 'null' }), of({ const: null })),
  // Values
  ...widening('a value is added to a list', of({ enum: ['a', 'b'] }), of({ enum: ['a', 'b', 'c'] })),
  ...replacing('a value of a list is replaced', of({ enum: ['a', 'b'] }), of({ enum: ['a', 'c'] })),
  ...widening('a list becomes any string', of({ enum: ['a', 'b'] }), of(text)),
  ...widening('a constant becomes a list', of({ const: 'a' }), of({ enum: ['a', 'b'] })),
  ...replacing('a constant is replaced', of({ const: 'a' }), of({ const: 'b' })),
  ...same('a constant as a list of one', of({ const: 'a' }), of({ enum: ['a'] })),
  ...same('a list in another order', of({ enum: ['a', 'b'] }), of({ enum: ['b', 'a'] })),
  ...same(
    'a list as a union of constants',
    of({ enum: ['a', 'b'] }),
    of({ anyOf: [{ const: 'a' }, { const: 'b' }] }),
  ),
  ...same(
    'whole numbers as a list',
    of({ type: 'integer', minimum: 1, maximum: 3 }),
    of({ enum: [1, 2, 3] }),
  ),
  ...replacing('a number becomes its text', of({ const: 1 }), of({ const: '1' })),
  // Numbers
  ...widening(
    'the minimum is lowered',
    of({ type: 'integer', minimum: 1 }),
    of({ type: 'integer', minimum: 0 }),
  ),
  ...widening(
    'the maximum is raised',
    of({ type: 'number', maximum: 10 }),
    of({ type: 'number', maximum: 20 }),
  ),
  ...widening('the minimum is dropped', of({ type: 'integer', minimum: 1 }), of(whole)),
  ...widening(
    'the bound itself becomes allowed',
    of({ type: 'number', exclusiveMinimum: 0 }),
    of({ type: 'number', minimum: 0 }),
  ),
  ...widening(
    'the upper bound itself becomes allowed',
    of({ type: 'number', exclusiveMaximum: 9 }),
    of({ type: 'number', maximum: 9 }),
  ),
  ...widening(
    'finer steps become allowed',
    of({ type: 'integer', multipleOf: 6 }),
    of({ type: 'integer', multipleOf: 3 }),
  ),
  ...replacing('other steps', of({ type: 'integer', multipleOf: 2 }), of({ type: 'integer', multipleOf: 3 })),
  ...replacing(
    'the range moves',
    of({ type: 'integer', minimum: 1, maximum: 9 }),
    of({ type: 'integer', minimum: 2, maximum: 12 }),
  ),
  ...same(
    'more than 0 of whole numbers is at least 1',
    of({ type: 'integer', exclusiveMinimum: 0 }),
    of({ type: 'integer', minimum: 1 }),
  ),
  ...same('steps of 1 are whole numbers', of({ type: 'number', multipleOf: 1 }), of(whole)),
  ...same(
    'a minimum that another one implies',
    of({ type: 'number', minimum: 5 }),
    of({
      allOf: [
        { type: 'number', minimum: 5 },
        { type: 'number', minimum: 1 },
      ],
    }),
  ),
  ...same(
    'a range cut in two',
    of({ type: 'number', minimum: 0, maximum: 10 }),
    of({
      anyOf: [
        { type: 'number', minimum: 0, maximum: 4 },
        { type: 'number', minimum: 4, maximum: 10 },
      ],
    }),
  ),
  ...widening(
    'a gap in a range is closed',
    of({
      anyOf: [
        { type: 'number', minimum: 0, maximum: 4 },
        { type: 'number', minimum: 5, maximum: 10 },
      ],
    }),
    of({ type: 'number', minimum: 0, maximum: 10 }),
  ),
  // Strings
  ...widening(
    'longer texts become allowed',
    of({ type: 'string', maxLength: 10 }),
    of({ type: 'string', maxLength: 20 }),
  ),
  ...widening(
    'shorter texts become allowed',
    of({ type: 'string', minLength: 2 }),
    of({ type: 'string', minLength: 1 }),
  ),
  ...widening('the greatest length is dropped', of({ type: 'string', maxLength: 10 }), of(text)),
  ...widening(
    'a pattern allows more characters',
    of({ type: 'string', pattern: '^[a-z]+$' }),
    of({ type: 'string', pattern: '^[a-z0-9]+$' }),
  ),
  ...widening(
    'a pattern allows more characters in number',
    of({ type: 'string', pattern: '^[A-Z]{3}$' }),
    of({ type: 'string', pattern: '^[A-Z]{2,3}$' }),
  ),
  ...widening('a pattern is dropped', of({ type: 'string', pattern: '^a' }), of(text)),
  ...widening(
    'a pattern loses its anchor',
    of({ type: 'string', pattern: '^ab' }),
    of({ type: 'string', pattern: 'ab' }),
  ),
  ...widening(
    'a pattern gets another alternative',
    of({ type: 'string', pattern: '^(EUR|USD)$' }),
    of({ type: 'string', pattern: '^(EUR|USD|GBP)$' }),
  ),
  ...replacing(
    'a pattern changes case',
    of({ type: 'string', pattern: '^[a-z]+$' }),
    of({ type: 'string', pattern: '^[A-Z]+$' }),
  ),
  ...same(
    'a pattern written otherwise',
    of({ type: 'string', pattern: '^[0-9]+$' }),
    of({ type: 'string', pattern: '^\\d\\d*$' }),
  ),
  ...same(
    'lengths that a pattern implies',
    of({ type: 'string', pattern: '^[A-Z]{3}$' }),
    of({ type: 'string', pattern: '^[A-Z]{3}$', minLength: 3, maxLength: 3 }),
  ),
  ...same('a pattern as a list', of({ type: 'string', pattern: '^(a|b)$' }), of({ enum: ['a', 'b'] })),
  ...same(
    'a pattern as two',
    of({ type: 'string', pattern: '^[ab]+$' }),
    of({
      anyOf: [
        { type: 'string', pattern: '^a[ab]*$' },
        { type: 'string', pattern: '^b[ab]*$' },
      ],
    }),
  ),
  ...widening('a format is dropped', of({ type: 'string', format: 'email' }), of(text)),
  ...replacing(
    'a format is replaced',
    of({ type: 'string', format: 'date' }),
    of({ type: 'string', format: 'email' }),
  ),
  ...widening(
    'a time without its zone becomes allowed',
    of({ type: 'string', format: 'date-time' }),
    of({ type: 'string', format: 'iso-date-time' }),
  ),
  ...same(
    'a length that a format implies',
    of({ type: 'string', format: 'date' }),
    of({ type: 'string', format: 'date', maxLength: 10 }),
  ),
  ...widening(
    'a uuid in any spelling',
    of({ type: 'string', pattern: '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' }),
    of({ type: 'string', format: 'uuid' }),
  ),
  ...widening('a look-ahead is dropped', of({ type: 'string', pattern: '^(?!x)[a-z]+$' }), of(text)),
  // Lists
  ...widening('more items are allowed', of(list(text, { maxItems: 2 })), of(list(text, { maxItems: 3 }))),
  ...widening('fewer items are needed', of(list(text, { minItems: 1 })), of(list(text))),
  ...widening('the items’ type becomes wider', of(list(whole)), of(list(number))),
  ...replacing(
    'the items’ type is replaced',
    of(list(whole, { minItems: 1 })),
    of(list(text, { minItems: 1 })),
  ),
  ...widening('the same item twice becomes allowed', of(list(text, { uniqueItems: true })), of(list(text))),
  ...same(
    'one item can’t be there twice',
    of(list(text, { maxItems: 1 })),
    of(list(text, { maxItems: 1, uniqueItems: true })),
  ),
  ...widening(
    'items no longer have to hold one of a kind',
    of(list(number, { contains: { type: 'integer' } })),
    of(list(number)),
  ),
  ...widening(
    'items have to hold fewer of a kind',
    of(list(number, { contains: { type: 'integer' }, minContains: 2 })),
    of(list(number, { contains: { type: 'integer' }, minContains: 1 })),
  ),
  ...widening(
    'items may hold more of a kind',
    of(list(number, { contains: { type: 'integer' }, minContains: 0, maxContains: 1 })),
    of(list(number, { contains: { type: 'integer' }, minContains: 0, maxContains: 2 })),
  ),
  ...same(
    'what all items are, some are',
    of(list(whole, { minItems: 1 })),
    of(list(whole, { minItems: 1, contains: number })),
  ),
  ...widening(
    'a pair becomes a list',
    of({ type: 'array', prefixItems: [whole, whole], items: false, minItems: 2 }),
    of(list(whole)),
  ),
  ...replacing(
    'a pair gets a third',
    of({ type: 'array', prefixItems: [text, whole], items: false, minItems: 2 }),
    of({ type: 'array', prefixItems: [text, whole, text], items: false, minItems: 3 }),
  ),
  ...widening(
    'one of a pair becomes wider',
    of({ type: 'array', prefixItems: [text, whole], items: false, minItems: 2 }),
    of({ type: 'array', prefixItems: [text, number], items: false, minItems: 2 }),
  ),
  ...replacing(
    'a pair is turned round',
    of({ type: 'array', prefixItems: [text, whole], items: false, minItems: 2 }),
    of({ type: 'array', prefixItems: [whole, text], items: false, minItems: 2 }),
  ),
  ...widening(
    'a member of items becomes optional',
    of(list(closed({ a: text, b: text }))),
    of(list(closed({ a: text, b: text }, ['a']))),
  ),
  // Unions
  ...widening(
    'a kind is added to a union',
    of({ oneOf: [tagged('a'), tagged('b', { x: text })] }),
    of({ oneOf: [tagged('a'), tagged('b', { x: text }), tagged('c')] }),
  ),
  ...replacing(
    'a kind of a union gets a member',
    of({ oneOf: [tagged('a'), tagged('b')] }),
    of({ oneOf: [tagged('a'), tagged('b', { x: text })] }),
  ),
  ...same(
    'oneOf of different kinds is anyOf',
    of({ oneOf: [tagged('a'), tagged('b', { x: text })] }),
    of({ anyOf: [tagged('b', { x: text }), tagged('a')] }),
  ),
  ...same(
    'one object with a list of kinds, as a union',
    of({ oneOf: [tagged('a', { x: text }), tagged('b', { x: text })] }),
    of(closed({ kind: { enum: ['a', 'b'] }, x: text })),
  ),
  ...widening(
    'a union’s overlap becomes allowed',
    of({
      oneOf: [
        { type: 'integer', minimum: 0 },
        { type: 'integer', maximum: 5 },
      ],
    }),
    of({
      anyOf: [
        { type: 'integer', minimum: 0 },
        { type: 'integer', maximum: 5 },
      ],
    }),
  ),
  ...widening(
    'a condition is dropped',
    of({
      type: 'object',
      additionalProperties: false,
      properties: { a: { enum: ['x', 'y'] }, b: text },
      required: ['a'],
      if: { properties: { a: { const: 'x' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { required: ['b'] },
    }),
    of(closed({ a: { enum: ['x', 'y'] }, b: text }, ['a'])),
  ),
  ...widening('what was excluded becomes allowed', of({ type: 'string', not: { enum: ['root'] } }), of(text)),
  ...widening(
    'less is excluded',
    of({ type: 'string', not: { enum: ['root', 'admin'] } }),
    of({ type: 'string', not: { enum: ['root'] } }),
  ),
  ...same('all of one is that one', of(text), of({ allOf: [text] })),
  ...same(
    'all of two, as one',
    of({
      allOf: [
        { type: 'string', minLength: 1 },
        { type: 'string', maxLength: 5 },
      ],
    }),
    of({ type: 'string', minLength: 1, maxLength: 5 }),
  ),
  ...widening(
    'one of all is dropped',
    of({
      allOf: [
        { type: 'string', minLength: 1 },
        { type: 'string', maxLength: 5 },
      ],
    }),
    of({ type: 'string', minLength: 1 }),
  ),
  // References
  ...same('a part gets a name', of({ type: 'string', minLength: 1 }), {
    ...(of({ $ref: '#/$defs/word' }) as object),
    $defs: { word: { type: 'string', minLength: 1 } },
  }),
  ...widening(
    'a named part becomes wider',
    { ...(of({ $ref: '#/$defs/n' }) as object), $defs: { n: whole } },
    { ...(of({ $ref: '#/$defs/n' }) as object), $defs: { n: number } },
  ),
  ...same(
    'a name is changed',
    { ...(of({ $ref: '#/$defs/n' }) as object), $defs: { n: whole } },
    { ...(of({ $ref: '#/$defs/m' }) as object), $defs: { m: whole } },
  ),
  ...same('a name that nobody uses', of(whole), { ...(of(whole) as object), $defs: { unused: text } }),
  ...widening('a tree’s leaves become wider', tree(whole), tree(number)),
  ...replacing('a tree’s leaves become something else', tree(whole), tree(text)),
  ...same('a tree, unfolded once', tree(whole), {
    ...(closed({ leaf: whole, children: list({ $ref: '#/$defs/node' }) }, ['leaf']) as object),
    $defs: { node: closed({ leaf: whole, children: list({ $ref: '#/$defs/node' }) }, ['leaf']) },
  }),
  // Words only
  ...same(
    'descriptions',
    of({ type: 'string', description: 'before' }),
    of({ type: 'string', description: 'after', title: 'T', examples: ['x'] }),
  ),
  ...same('a default, which nobody fills in', of(text), of({ type: 'string', default: 'x' })),
  ...same('deprecated', of(text), of({ type: 'string', deprecated: true })),
  ...same('a comment', of(text), of({ type: 'string', $comment: 'why' })),
];
