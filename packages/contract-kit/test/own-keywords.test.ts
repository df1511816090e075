import assert from 'node:assert/strict';
import { createAjv } from '../src/compile-schema.ts';
import { createSchemaValidator } from '../src/schema-validator.ts';
import { loadPrecompiled, type Precompiled } from './load-precompiled.ts';

/** One way in which a schema names a member, and payloads that it must accept or reject. */
interface NamedCase {
  readonly what: string;
  readonly schema: object;
  readonly accepted: readonly unknown[];
  readonly rejected: readonly unknown[];
}

const text = { type: 'string' };

function casesOf(name: string): readonly NamedCase[] {
  const of = (value: unknown): object => ({ [name]: value });
  const open = { type: 'object' };
  return [
    {
      what: 'an optional member of a closed object',
      schema: { ...open, properties: { a: text, [name]: text }, additionalProperties: false },
      accepted: [{}, { a: 'x' }, of('x')],
      rejected: [of(1), { b: 1 }],
    },
    {
      what: 'a required member',
      schema: { ...open, required: [name] },
      accepted: [of(null)],
      rejected: [{}, { b: 1 }],
    },
    {
      what: 'one of many required members',
      schema: { ...open, required: [name, ...Array.from({ length: 200 }, (_none, index) => `m${index}`)] },
      accepted: [],
      rejected: [Object.fromEntries(Array.from({ length: 200 }, (_none, index) => [`m${index}`, 1]))],
    },
    {
      what: 'a member of a closed object with many members',
      schema: {
        ...open,
        properties: Object.fromEntries([name, ...'abcdefghij'].map((member) => [member, true])),
        additionalProperties: false,
      },
      accepted: [{}, of(1)],
      rejected: [{ isPrototypeOf: 1 }, { k: 1 }],
    },
    {
      what: 'a member that rules out values',
      schema: { ...open, properties: of(false) },
      accepted: [{}],
      rejected: [of(1)],
    },
    {
      what: 'dependentRequired from it',
      schema: { ...open, dependentRequired: of(['b']) },
      accepted: [{}, { ...of(1), b: 1 }],
      rejected: [of(1)],
    },
    {
      what: 'dependentRequired to it',
      schema: { ...open, dependentRequired: { b: [name] } },
      accepted: [{}, { ...of(1), b: 1 }],
      rejected: [{ b: 1 }],
    },
    {
      what: 'dependentSchemas',
      schema: { ...open, dependentSchemas: of({ ...open, required: ['b'] }) },
      accepted: [{}, { ...of(1), b: 1 }],
      rejected: [of(1)],
    },
    {
      what: 'dependencies',
      schema: { ...open, dependencies: { ...of(['b']), c: { ...open, required: [name] } } },
      accepted: [{}, { ...of(1), b: 1, c: 1 }],
      rejected: [of(1), { c: 1 }],
    },
    {
      what: 'a branch that requires it',
      schema: {
        ...open,
        oneOf: [
          { ...open, required: [name] },
          { ...open, required: ['b'] },
        ],
      },
      accepted: [of(1), { b: 1 }],
      rejected: [{}, { ...of(1), b: 1 }],
    },
    {
      what: 'unevaluatedProperties beside a branch',
      schema: {
        ...open,
        anyOf: [{ ...open, properties: { kind: text, [name]: text }, required: [name] }, true],
        properties: { b: true },
        unevaluatedProperties: false,
      },
      accepted: [{}, { b: 1 }, of('x')],
      rejected: [of(1), { propertyIsEnumerable: 1 }],
    },
    {
      what: 'unevaluatedProperties beside a branch without it',
      schema: {
        ...open,
        anyOf: [{ ...open, properties: { kind: text }, required: ['kind'] }, true],
        unevaluatedProperties: false,
      },
      accepted: [{}, { kind: 'x' }],
      rejected: [of(1), of('x'), { kind: 'x', ...of(1) }],
    },
    {
      what: 'a pattern of names',
      schema: { ...open, patternProperties: { [`^${name}$`]: text }, additionalProperties: false },
      accepted: [{}, of('x')],
      rejected: [of(1)],
    },
    {
      what: 'a constant',
      schema: { const: of({ x: 1 }) },
      accepted: [of({ x: 1 })],
      rejected: [of({ x: 2 }), {}, of(null)],
    },
    {
      what: 'an enum',
      schema: { enum: [of({ x: 1 }), 'a', null] },
      accepted: [of({ x: 1 }), 'a', null],
      rejected: [of({ x: 2 }), 'b', {}],
    },
    {
      what: 'uniqueItems',
      schema: { type: 'array', uniqueItems: true },
      accepted: [
        [of(1), of(2), {}],
        [of(of(1)), of(of(2))],
      ],
      rejected: [
        [of(1), {}, of(1)],
        [name, name],
      ],
    },
    {
      what: 'uniqueItems of strings',
      schema: { type: 'array', items: text, uniqueItems: true },
      accepted: [[name, 'a']],
      rejected: [[name, 'a', name]],
    },
    {
      what: 'a definition',
      schema: { ...open, properties: { a: { $ref: `#/$defs/${name}` } }, $defs: of(text) },
      accepted: [{}, { a: 'x' }],
      rejected: [{ a: 1 }],
    },
  ];
}

// `__proto__` may be a payload's member; a schema cannot name it.
const NAMES = ['constructor', 'toString', 'valueOf'];
const branch = (name: string, more: object = {}): object => ({
  type: 'object',
  properties: { [name]: text },
  required: [name],
  ...more,
});
/** A pattern beside branches that evaluate some members, all members, or none. */
const patternBeside = (what: string, beside: object): NamedCase => ({
  what: `patternProperties beside ${what}`,
  schema: { type: 'object', ...beside, patternProperties: { '^x': { type: 'number' } } },
  accepted: [
    { b: 's', x1: 1 },
    { b: 's', c: 's', x1: 1 },
  ],
  rejected: [{ x1: 's' }, { b: 's', x1: 's' }, { c: 1, x1: 's' }],
});
const ordinary: readonly NamedCase[] = [
  patternBeside('anyOf', { anyOf: [branch('b'), branch('c')] }),
  patternBeside('anyOf of all members', {
    anyOf: [branch('b', { additionalProperties: true }), branch('c')],
  }),
  patternBeside('oneOf', { oneOf: [branch('b'), branch('d')] }),
  patternBeside('if', { if: branch('b'), else: branch('c') }),
  patternBeside('dependencies', { dependencies: { c: branch('c') } }),
  patternBeside('dependentSchemas', { dependentSchemas: { c: branch('c') } }),
  patternBeside('a reference to anyOf', {
    $ref: '#/$defs/d',
    $defs: { d: { type: 'object', anyOf: [branch('b'), branch('c')] } },
  }),
  {
    what: 'unevaluatedProperties beside anyOf and patternProperties',
    schema: {
      type: 'object',
      anyOf: [branch('b'), branch('c'), branch('d', { additionalProperties: text })],
      patternProperties: { '^x': { type: 'number' } },
      unevaluatedProperties: false,
    },
    accepted: [
      { b: 's', x1: 1 },
      { c: 's', x1: 1 },
      { d: 's', e: 's' },
    ],
    rejected: [{ x1: 1 }, { b: 's', e: 's' }, { c: 's', x1: 's' }, { d: 's', x1: 1 }],
  },
  {
    what: 'multipleOf 1',
    schema: { type: 'number', multipleOf: 1 },
    accepted: [0, -0, 7, 1e21, -1e300, Number.MAX_VALUE],
    rejected: [0.5, 1e-7, 4.999999999999999],
  },
  {
    what: 'multipleOf beyond 1e21',
    schema: { type: 'number', multipleOf: 1e22 },
    accepted: [0, 1e22, 3e22],
    rejected: [1, 1e21, 1.5e22],
  },
  {
    what: 'multipleOf a fraction',
    schema: { type: 'number', multipleOf: 0.01 },
    accepted: [0.01, 0.03, 1e20],
    rejected: [0.001, 0.0301],
  },
  {
    what: 'a list of strings that holds __proto__ twice',
    schema: { type: 'array', items: text, uniqueItems: true },
    accepted: [['__proto__']],
    rejected: [['__proto__', '__proto__']],
  },
  {
    what: 'a closed object, and a payload with __proto__',
    schema: { type: 'object', properties: { a: true }, additionalProperties: false },
    accepted: [{ a: 1 }],
    rejected: [JSON.parse('{ "__proto__": 1 }')],
  },
  {
    what: 'unevaluatedProperties, and a payload with __proto__',
    schema: {
      type: 'object',
      anyOf: [{ type: 'object', properties: { a: true }, required: ['a'] }, true],
      unevaluatedProperties: false,
    },
    accepted: [{ a: 1 }],
    rejected: [JSON.parse('{ "__proto__": 1 }')],
  },
  {
    what: 'a schema of any member, and a payload with __proto__',
    schema: { type: 'object', additionalProperties: text },
    accepted: [JSON.parse('{ "__proto__": "x" }')],
    rejected: [JSON.parse('{ "__proto__": 1 }'), JSON.parse('{ "__proto__": { "a": 1 } }')],
  },
];

describe('createAjv(), with names and values that JavaScript treats specially', () => {
  const groups = [
    ...NAMES.map((name) => [`a member "${name}"`, casesOf(name)] as const),
    ['other names and values', ordinary] as const,
  ];
  let precompiled: Precompiled;

  before(async () => {
    const schemas = groups.flatMap(([, cases]) => cases.map(({ schema }) => schema));
    precompiled = await loadPrecompiled(schemas);
  });

  for (const [subject, cases] of groups) {
    it(`judges ${subject} alike in a process and in a bundle`, () => {
      // One compiler for all: to make one takes longer than to compile.
      const ajv = createAjv();
      for (const { what, schema, accepted, rejected } of cases) {
        for (const validate of [ajv.compile(schema), precompiled.compileSchema(schema)]) {
          for (const payload of accepted) {
            assert.ok(validate(payload), `${what}: accepts ${JSON.stringify(payload)}`);
          }
          for (const payload of rejected) {
            assert.ok(!validate(payload), `${what}: rejects ${JSON.stringify(payload)}`);
          }
        }
      }
    });
  }

  it('keeps the words of violations', () => {
    const violations = (schema: object, payload: unknown): string[] =>
      createSchemaValidator(schema)(payload).map(({ message }) => message);
    assert.deepEqual(violations({ const: { a: 1 } }, 1), ['must be equal to constant']);
    assert.deepEqual(violations({ const: 2 }, 1), ['must be equal to constant']);
    assert.deepEqual(violations({ enum: [{ a: 1 }, 'x'] }, 1), ['must be one of {"a":1}, "x"']);
    assert.deepEqual(violations({ type: 'number', multipleOf: 2 }, 3), ['must be multiple of 2']);
    assert.deepEqual(violations({ type: 'array', uniqueItems: true }, ['a', 'b', 'a']), [
      'must NOT have duplicate items (items ## 0 and 2 are identical)',
    ]);
    assert.deepEqual(violations({ type: 'object', properties: {}, unevaluatedProperties: false }, { b: 1 }), [
      'is not a known member',
    ]);
  });
});
