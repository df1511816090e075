import assert from 'node:assert/strict';
import { compileSchema } from './compile-schema.ts';
import { defineUntypedContract } from './contract.ts';
import { precompiledModule } from './precompiled-validators.ts';
import { dialectProblems } from './schema-dialect.ts';

const parse = (text: string): object => JSON.parse(text) as object;
const text = { type: 'string' };
/** A chain of as many definitions, each of which refers to the next. */
const chain = (length: number): object => ({
  $ref: '#/$defs/d0',
  $defs: Object.fromEntries(
    Array.from({ length }, (_none, index) => [
      `d${index}`,
      index === length - 1 ? text : { $ref: `#/$defs/d${index + 1}` },
    ]),
  ),
});

const refused: readonly (readonly [what: string, schema: object, problem: RegExp])[] = [
  // Keywords with another way to write them
  [
    '$dynamicRef',
    { properties: { a: { $dynamicRef: '#n' } } },
    /^\/properties\/a: "\$dynamicRef" .*write "\$ref" to a schema in "\$defs"/,
  ],
  ['$dynamicAnchor', { $defs: { a: { $dynamicAnchor: 'n' } } }, /"\$dynamicAnchor" .*"\$defs"/],
  ['$recursiveRef', { properties: { a: { $recursiveRef: '#' } } }, /write "\$ref": "#"/],
  ['$recursiveAnchor', { $recursiveAnchor: true }, /"\$recursiveAnchor"/],
  ['$async', { $async: true, type: 'object' }, /"\$async" .*leave it out/],
  ['a list of items', { type: 'array', items: [text] }, /write "prefixItems"/],
  ['additionalItems', { type: 'array', additionalItems: false }, /write "prefixItems".*"items"/],
  ['extends', { extends: text }, /write "allOf"/],
  ['disallow', { disallow: 'string' }, /write "not"/],
  ['divisibleBy', { divisibleBy: 2 }, /write "multipleOf"/],
  ['id', { id: 'a' }, /write "\$id"/],
  ['a nested $id', { properties: { a: { $id: 'https://example.com/a' } } }, /nested "\$id"/],
  ['$anchor', { $defs: { a: { $anchor: 'n' } } }, /"\$anchor" .*"\$ref": "#\/\$defs\/<name>"/],
  [
    'another dialect',
    { $schema: 'http://json-schema.org/draft-07/schema#' },
    /draft-07.* is another dialect; write the schema in JSON Schema 2020-12/,
  ],
  // References
  ['a reference to another document', { $ref: 'https://example.com/a' }, /leads to another document/],
  ['a reference to nothing', { $ref: '#/$defs/a' }, /leads to no schema/],
  ['a reference to a value', { $ref: '#/properties/a/const', properties: { a: { const: {} } } }, /no schema/],
  ['a reference to members', { properties: { a: { $ref: '#/properties' } } }, /leads to no schema/],
  ['a reference to an inherited member', { $ref: '#/$defs/constructor', $defs: {} }, /leads to no schema/],
  ['a reference that is no URI', { $ref: '#/$defs/100%', $defs: { '100%': text } }, /leads to no schema/],
  // References without end
  ['a reference to itself', { $ref: '#' }, /without end \(# -> #\)/],
  ['allOf with itself', { allOf: [{ $ref: '#' }] }, /without end \(# -> #\/allOf\/0 -> #\)/],
  ['anyOf with itself', { anyOf: [text, { $ref: '#' }] }, /without end/],
  ['oneOf with itself', { oneOf: [text, { $ref: '#' }] }, /without end/],
  ['not itself', { not: { $ref: '#' } }, /without end/],
  ['if itself', { if: { $ref: '#' }, else: text }, /without end/],
  ['else itself', { if: text, else: { $ref: '#' } }, /without end/],
  ['dependentSchemas with itself', { dependentSchemas: { a: { $ref: '#' } } }, /without end/],
  ['dependencies with itself', { dependencies: { a: { $ref: '#' } } }, /without end/],
  [
    'definitions that refer to each other',
    { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    /without end \(#\/\$defs\/a -> #\/\$defs\/b -> #\/\$defs\/a\)/,
  ],
  [
    'its own $id',
    { $id: 'https://example.com/a', allOf: [{ $ref: 'https://example.com/a' }] },
    /without end/,
  ],
  // Names
  ['a keyword of Object.prototype', { type: 'object', constructor: 1 }, /"constructor" is no keyword/],
  ['a member __proto__', parse('{ "properties": { "__proto__": true } }'), /another name/],
  ['a pattern __proto__', parse('{ "patternProperties": { "__proto__": true } }'), /another name/],
  ['__proto__ in a constant', parse('{ "const": { "__proto__": 1 } }'), /another name/],
  ['__proto__ in required', { required: ['__proto__'] }, /another name/],
  ['__proto__ in dependentRequired', { dependentRequired: { a: ['__proto__'] } }, /another name/],
  // Values that JSON in UTF-8 cannot carry
  ['half a surrogate pair in a pattern', { pattern: '\ud800' }, /\/pattern holds half a surrogate pair/],
  ['half a surrogate pair in an enum', { enum: ['a\udc00'] }, /\/enum\/0 holds half a surrogate pair/],
  ['half a surrogate pair in a name', { properties: { '\ud800': true } }, /half a surrogate pair/],
  ['an infinite number', { maximum: Number.POSITIVE_INFINITY }, /\/maximum is Infinity/],
  [
    'a schema that is too deep',
    parse(`${'{"not":'.repeat(300)}true${'}'.repeat(300)}`),
    /nested deeper than 100 levels/,
  ],
];

const taken: readonly (readonly [what: string, schema: object, good: unknown, bad: unknown])[] = [
  [
    'a tree',
    { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } },
    { children: [{ children: [] }] },
    { children: [{ children: 1 }] },
  ],
  [
    'two definitions that hold each other',
    {
      $ref: '#/$defs/a',
      $defs: {
        a: { type: 'object', properties: { b: { $ref: '#/$defs/b' } } },
        b: { type: 'array', items: { $ref: '#/$defs/a' } },
      },
    },
    { b: [{ b: [] }] },
    { b: [{ b: {} }] },
  ],
  [
    'one definition twice',
    { allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }], $defs: { a: text } },
    'x',
    1,
  ],
  ['a chain of references', chain(50), 'x', 1],
  [
    'its own $id',
    {
      $id: 'https://example.com/a',
      type: 'array',
      items: { $ref: 'https://example.com/a#/$defs/b' },
      $defs: { b: text },
    },
    ['x'],
    [1],
  ],
  [
    'a definition that accepts nothing',
    { type: 'array', items: { $ref: '#/$defs/a' }, $defs: { a: false } },
    [],
    [1],
  ],
  [
    'a member named as a keyword',
    { type: 'object', properties: { $dynamicRef: text, id: text } },
    { id: 'x' },
    { id: 1 },
  ],
  ['a constant that looks like a reference', { const: { $ref: '#/nothing' } }, { $ref: '#/nothing' }, 1],
];

describe('dialectProblems()', () => {
  for (const [what, schema, problem] of refused) {
    it(`refuses ${what}, in a contract, a validator and a bundle`, () => {
      assert.match(dialectProblems(schema).join('; '), problem);
      assert.throws(() => compileSchema(schema), { name: 'SchemaDialectError', code: 'SCHEMA_DIALECT' });
      assert.throws(() => precompiledModule([schema]), { code: 'SCHEMA_DIALECT' });
      const definition = { name: 'fold', version: 1, description: 'Folds.', queue: 'q', schema, example: {} };
      assert.throws(() => defineUntypedContract(definition), {
        code: 'CONTRACT_DEFINITION',
        message: /^Task "fold" v1: schema: /,
      });
    });
  }

  for (const [what, schema, good, bad] of taken) {
    it(`takes ${what}`, () => {
      assert.deepEqual(dialectProblems(schema), []);
      assert.ok(compileSchema(schema)(good));
      assert.ok(!compileSchema(schema)(bad));
    });
  }

  for (const name of ['a/b', 'a~b', 'a%b', 'a b', 'a#b', 'a?b', '%41', 'ä', '"', '', '$id', 'constructor']) {
    it(`finds the definition "${name}"`, () => {
      const fragment = encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
      const schema = {
        type: 'array',
        items: { $ref: `#/definitions/${fragment}` },
        definitions: { [name]: text },
      };
      assert.deepEqual(dialectProblems(schema), []);
      assert.ok(!compileSchema(schema)([1]));
    });
  }

  it('refuses a value that is no schema', () => {
    for (const value of [null, undefined, 'a', 1, []]) {
      assert.deepEqual(dialectProblems(value), ['the schema must be an object or a boolean']);
    }
    assert.deepEqual(dialectProblems(true), []);
    assert.deepEqual(dialectProblems({ $schema: 'https://json-schema.org/draft/2020-12/schema' }), []);
  });

  it('reports a schema that the compiler refuses, or cannot follow, by the same error', () => {
    for (const schema of [
      { type: 'text' },
      { minimun: 1 },
      { $defs: { $id: text }, $ref: '#/$defs/$id' },
      chain(5_000),
    ]) {
      assert.throws(() => compileSchema(schema), { name: 'SchemaDialectError', code: 'SCHEMA_DIALECT' });
    }
  });
});
