import assert from 'node:assert/strict';
import { compileSchema } from '@waybill/contract-kit/compile-schema';
import { compareSchemas } from '../src/compare-schemas.ts';
import { samplePayloads } from '../src/sample-payloads.ts';
import type { JsonSchema } from '../src/schema/json-schema.ts';

const text = { type: 'string' };
const object = { type: 'object' };
const closed = (properties: object, required: string[] = []): JsonSchema => ({
  ...object,
  properties,
  required,
  additionalProperties: false,
});

/** Pairs of schemas that name a member; the reader's one breaks unless it is said otherwise. */
const pairs: readonly {
  readonly what: string;
  readonly of: (name: string) => readonly [sent: JsonSchema, read: JsonSchema];
  readonly verdict?: 'included';
}[] = [
  {
    what: 'an optional member is added',
    of: (name) => [closed({ a: text }), closed({ a: text, [name]: text })],
    verdict: 'included',
  },
  {
    what: 'a required member is added',
    of: (name) => [closed({ a: text }), closed({ a: text, [name]: text }, [name])],
  },
  {
    what: 'a member becomes required',
    of: (name) => [closed({ [name]: text }), closed({ [name]: text }, [name])],
  },
  { what: 'a member is taken away', of: (name) => [closed({ a: text, [name]: text }), closed({ a: text })] },
  {
    what: 'a member’s type changes',
    of: (name) => [closed({ [name]: text }), closed({ [name]: { type: 'number' } })],
  },
  {
    what: 'an open object names a member',
    of: (name) => [object, { ...object, properties: { [name]: text } }],
  },
  {
    what: 'an open object rules a member out',
    of: (name) => [object, { ...object, properties: { [name]: false } }],
  },
  {
    what: 'a member needs another',
    of: (name) => [
      closed({ a: text, [name]: text }),
      { ...(closed({ a: text, [name]: text }) as object), dependentRequired: { [name]: ['a'] } },
    ],
  },
  {
    what: 'another needs the member',
    of: (name) => [
      closed({ a: text, [name]: text }),
      { ...(closed({ a: text, [name]: text }) as object), dependentRequired: { a: [name] } },
    ],
  },
  {
    what: 'a dependent schema',
    of: (name) => [object, { ...object, dependentSchemas: { [name]: { ...object, required: ['a'] } } }],
  },
  { what: 'dependencies', of: (name) => [object, { ...object, dependencies: { [name]: ['a'] } }] },
  {
    what: 'members by names in a list',
    of: (name) => [
      { ...object, propertyNames: { enum: ['a', name] } },
      { ...object, propertyNames: { enum: ['a'] } },
    ],
  },
  {
    what: 'members by a pattern',
    of: (name) => [
      { ...object, patternProperties: { [`^${name}$`]: true }, additionalProperties: false },
      { ...object, properties: { [name]: true }, additionalProperties: false },
    ],
    verdict: 'included',
  },
  {
    what: 'unevaluatedProperties',
    of: (name) => [
      { ...object, properties: { a: text, [name]: text }, unevaluatedProperties: false },
      { ...object, properties: { a: text }, unevaluatedProperties: false },
    ],
  },
  {
    what: 'unevaluatedProperties beside a branch',
    of: (name) => [
      { ...object, properties: { a: text, [name]: text }, additionalProperties: false },
      {
        ...object,
        anyOf: [
          { ...object, properties: { a: text }, required: ['a'] },
          { ...object, required: [name] },
        ],
        unevaluatedProperties: false,
      },
    ],
  },
  { what: 'a constant', of: (name) => [{ const: { [name]: { x: 1 } } }, { const: { [name]: { x: 2 } } }] },
  {
    what: 'an enum',
    of: (name) => [{ enum: [{ [name]: { x: 1 } }] }, { enum: ['a', { [name]: { x: 1 } }] }],
    verdict: 'included',
  },
  {
    what: 'a negated member',
    of: (name) => [object, { ...object, not: { ...object, required: [name] } }],
  },
  {
    what: 'a tighter definition',
    of: (name) => [
      { $ref: `#/$defs/${name}`, $defs: { [name]: text } },
      { $ref: `#/$defs/${name}`, $defs: { [name]: { ...text, maxLength: 1 } } },
    ],
  },
  {
    what: 'minProperties',
    of: (name) => [
      closed({ a: text, [name]: text }),
      { ...(closed({ a: text, [name]: text }) as object), minProperties: 2 },
    ],
  },
  {
    what: 'a union by a member',
    of: (name) => [
      closed({ kind: { enum: ['a', 'b'] }, [name]: text }, ['kind', name]),
      {
        oneOf: [
          closed({ kind: { const: 'a' }, [name]: text }, ['kind', name]),
          closed({ kind: { const: 'b' }, [name]: text }, ['kind']),
        ],
      },
    ],
    verdict: 'included',
  },
];

const NAMES = ['plain', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', '__defineSetter__', 'length'];

describe('compareSchemas(), with members named as those of Object.prototype', () => {
  for (const { what, of, verdict = 'broken' } of pairs) {
    it(`calls it ${verdict} by any name: ${what}`, () => {
      for (const name of NAMES) {
        const [sent, read] = of(name);
        const compared = compareSchemas(sent, read);
        assert.equal(compared.verdict, verdict, `${name}: ${JSON.stringify(compared)}`);
        if (compared.verdict !== 'broken') continue;
        const [example] = compared.violations.flatMap((violation) => violation.example ?? []);
        assert.ok(compileSchema(sent)(example) && !compileSchema(read)(example), name);
      }
    });
  }
});

describe('samplePayloads(), with members named as those of Object.prototype', () => {
  it('gives them values of their own', () => {
    const schema = closed({ constructor: text, toString: { type: 'number' }, a: text }, ['constructor']);
    const payloads = samplePayloads(schema) as Record<string, unknown>[];
    assert.ok(payloads.length > 1);
    for (const payload of payloads) assert.equal(typeof payload['constructor'], 'string');
    assert.ok(payloads.some((payload) => Object.hasOwn(payload, 'toString')));
    assert.ok(payloads.some((payload) => !Object.hasOwn(payload, 'toString')));
  });
});
