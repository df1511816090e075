import assert from 'node:assert/strict';
import { compileSchema } from './compile-schema.ts';
import { defineUntypedContract } from './contract.ts';

const properties = { id: { type: 'string' } };
const closed = { type: 'object', properties, additionalProperties: false };
const open = { type: 'object', properties };

/** `if` with its branches. In source text, `then` would look like a promise's. */
const branches = (yes: object, no?: object): object =>
  Object.fromEntries([
    ['if', { type: 'object', required: ['other'] }],
    ['then', yes],
    ...(no === undefined ? [] : [['else', no]]),
  ]);

const define = (schema: object): unknown =>
  defineUntypedContract({
    name: 'fold-letter',
    version: 1,
    description: 'Folds a letter.',
    queue: 'letters',
    schema,
    example: { id: 'a' },
  });
const acceptsSurprise = (schema: object): boolean =>
  compileSchema(schema)({ id: 'a', surprise: 1 }) as boolean;

describe('defineContract(), with the root of a schema', () => {
  for (const [name, schema] of [
    ['additionalProperties', closed],
    [
      'additionalProperties, as a schema that accepts nothing',
      { ...open, additionalProperties: { not: {} } },
    ],
    ['unevaluatedProperties', { type: 'object', allOf: [open], unevaluatedProperties: false }],
    ['a reference', { $ref: '#/$defs/letter', $defs: { letter: closed } }],
    ['one of all', { allOf: [open, closed] }],
    ['each branch of anyOf', { anyOf: [closed, { ...closed, required: ['id'] }] }],
    ['each branch of oneOf', { oneOf: [closed, { type: 'null' }] }],
    ['both branches of an if', branches(closed, closed)],
    ['listed names', { ...open, propertyNames: { enum: ['id'] } }],
    ['listed values', { enum: [{ id: 'a' }] }],
    ['a pattern of a few names', { ...closed, patternProperties: { '^x-': { type: 'string' } } }],
    [
      'unevaluatedProperties beside a closed part',
      { type: 'object', $ref: '#/$defs/a', $defs: { a: open }, unevaluatedProperties: false },
    ],
  ] as const) {
    it(`takes one that is closed by ${name}`, () => {
      assert.equal(acceptsSurprise(schema), false);
      define(schema);
    });
  }

  for (const [name, schema] of [
    ['says nothing', open],
    ['is empty', {}],
    ['allows others', { ...open, additionalProperties: true }],
    ['is a map', { ...open, additionalProperties: { type: 'number' } }],
    ['has a pattern of any name', { ...closed, patternProperties: { '': {} } }],
    [
      'has a pattern of any word',
      { type: 'object', patternProperties: { '^[a-z]+$': {} }, additionalProperties: false },
    ],
    ['has one open branch', { anyOf: [closed, open] }],
    [
      'has one open branch of oneOf',
      {
        oneOf: [
          { ...closed, required: ['id'] },
          { type: 'object', required: ['surprise'] },
        ],
      },
    ],
    ['is closed in one case', branches(closed, open)],
    ['has no else', branches(closed)],
    ['refers to an open one', { $ref: '#/$defs/letter', $defs: { letter: open } }],
    [
      'has a part that evaluates any member',
      {
        type: 'object',
        allOf: [{ type: 'object', properties, additionalProperties: true }],
        unevaluatedProperties: false,
      },
    ],
  ] as const) {
    it(`refuses one that ${name}`, () => {
      assert.equal(acceptsSurprise(schema), true);
      assert.throws(() => define(schema), {
        code: 'CONTRACT_DEFINITION',
        message: /schema: it accepts members that it does not name.*"additionalProperties": false/,
      });
    });
  }
});
