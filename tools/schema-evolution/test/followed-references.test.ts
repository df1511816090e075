import assert from 'node:assert/strict';
import { dialectProblems, SCHEMA_PLACES } from '@waybill/contract-kit';
import { createAjv } from '@waybill/contract-kit/compile-schema';
import { compareSchemas } from '../src/compare-schemas.ts';
import type { JsonSchema, SchemaObject } from '../src/schema/json-schema.ts';
import { KEYWORD_ROLES } from '../src/schema/keyword-roles.ts';

/** A schema that applies a part by one keyword. */
interface Applicator {
  readonly keyword: string;
  /** The part's place in the schema. */
  readonly pointer: string;
  readonly around: (part: JsonSchema) => SchemaObject;
  /** Two versions of the part. The second one makes the schema around it reject more. */
  readonly parts: readonly [loose: SchemaObject, tight: SchemaObject];
}

const short: SchemaObject = { type: 'string', maxLength: 3 };
const long: SchemaObject = { type: 'string', maxLength: 5 };
const card: SchemaObject = { type: 'object', required: ['cvc'] };
const cardWithZip: SchemaObject = { type: 'object', required: ['cvc', 'zip'] };
const strings = [long, short] as const;
const cards = [card, cardWithZip] as const;
const object = { type: 'object' };
const array = { type: 'array' };

const applicators: readonly Applicator[] = [
  {
    keyword: 'additionalProperties',
    pointer: '/additionalProperties',
    around: (part) => ({ ...object, additionalProperties: part }),
    parts: strings,
  },
  { keyword: 'allOf', pointer: '/allOf/0', around: (part) => ({ allOf: [part] }), parts: strings },
  {
    keyword: 'anyOf',
    pointer: '/anyOf/1',
    around: (part) => ({ anyOf: [{ type: 'null' }, part] }),
    parts: strings,
  },
  {
    keyword: 'contains',
    pointer: '/contains',
    around: (part) => ({ ...array, contains: part }),
    parts: strings,
  },
  {
    keyword: 'dependencies',
    pointer: '/dependencies/card',
    around: (part) => ({ ...object, dependencies: { card: part } }),
    parts: cards,
  },
  {
    keyword: 'dependentSchemas',
    pointer: '/dependentSchemas/card',
    around: (part) => ({ ...object, dependentSchemas: { card: part } }),
    parts: cards,
  },
  {
    keyword: 'else',
    pointer: '/else',
    around: (part) => ({ if: { type: 'number' }, else: part }),
    parts: strings,
  },
  {
    keyword: 'if',
    pointer: '/if',
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    around: (part) => ({ if: part, then: false }),
    parts: [short, long],
  },
  { keyword: 'items', pointer: '/items', around: (part) => ({ ...array, items: part }), parts: strings },
  { keyword: 'not', pointer: '/not', around: (part) => ({ not: part }), parts: [short, long] },
  {
    keyword: 'oneOf',
    pointer: '/oneOf/0',
    around: (part) => ({ oneOf: [part, { type: 'null' }] }),
    parts: strings,
  },
  {
    keyword: 'patternProperties',
    pointer: '/patternProperties/^x-',
    around: (part) => ({ ...object, patternProperties: { '^x-': part } }),
    parts: strings,
  },
  {
    keyword: 'prefixItems',
    pointer: '/prefixItems/0',
    around: (part) => ({ ...array, prefixItems: [part], minItems: 1, items: false }),
    parts: strings,
  },
  {
    keyword: 'properties',
    pointer: '/properties/a',
    around: (part) => ({ ...object, properties: { a: part } }),
    parts: strings,
  },
  {
    keyword: 'propertyNames',
    pointer: '/propertyNames',
    around: (part) => ({ ...object, propertyNames: part }),
    parts: strings,
  },
  {
    keyword: 'then',
    pointer: '/then',
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    around: (part) => ({ if: { type: 'string' }, then: part }),
    parts: strings,
  },
  {
    keyword: 'unevaluatedItems',
    pointer: '/unevaluatedItems',
    around: (part) => ({ ...array, unevaluatedItems: part }),
    parts: strings,
  },
  {
    keyword: 'unevaluatedProperties',
    pointer: '/unevaluatedProperties',
    around: (part) => ({ ...object, properties: { a: true }, unevaluatedProperties: part }),
    parts: strings,
  },
];

/** The ways to write the part of a schema. */
const forms: Readonly<Record<string, (applicator: Applicator, part: SchemaObject) => SchemaObject>> = {
  'a local $ref': ({ around }, part) => ({ ...around({ $ref: '#/$defs/p' }), $defs: { p: part } }),
  'a $ref to a $ref': ({ around }, part) => ({
    ...around({ $ref: '#/definitions/p' }),
    $defs: { q: part },
    definitions: { p: { $ref: '#/$defs/q' } },
  }),
  'a $ref to an escaped name': ({ around }, part) => ({
    ...around({ $ref: '#/$defs/a%20name~1with%20%25' }),
    $defs: { 'a name/with %': part },
  }),
  'nested $defs': ({ around, pointer }, part) =>
    around({
      $ref: `#${pointer.replaceAll('^', '%5E')}/$defs/inner`,
      $defs: { inner: part },
    }),
  'a $ref into the place': ({ around, pointer }, part) => ({
    ...object,
    properties: {
      here: around(part),
      there: { $ref: `#/properties/here${pointer.replaceAll('^', '%5E')}` },
    },
  }),
};

describe('compareSchemas(), with parts that are referred to', () => {
  it('has each keyword that holds schemas in this table', () => {
    const named = new Set([...applicators.map(({ keyword }) => keyword), '$defs', 'definitions']);
    assert.deepEqual([...named].sort(), [...SCHEMA_PLACES.keys()].sort());
  });

  it('knows each keyword that the compiler knows, unless the dialect refuses it', () => {
    for (const keyword of Object.keys(createAjv().RULES.keywords)) {
      const isRefused = dialectProblems({ [keyword]: 'x' }).some((problem) =>
        problem.includes('not supported'),
      );
      assert.notEqual(KEYWORD_ROLES.has(keyword), isRefused, keyword);
    }
    for (const keyword of SCHEMA_PLACES.keys()) assert.ok(KEYWORD_ROLES.has(keyword), keyword);
  });

  for (const applicator of applicators) {
    for (const [form, write] of Object.entries(forms)) {
      it(`sees a tighter part of "${applicator.keyword}" behind ${form}`, () => {
        const [loose, tight] = applicator.parts.map((part) => write(applicator, part));
        assert.ok(loose !== undefined && tight !== undefined);
        assert.notEqual(compareSchemas(loose, tight).verdict, 'included');
        assert.equal(compareSchemas(loose, structuredClone(loose)).verdict, 'included');
      });
    }

    it(`compares a part of "${applicator.keyword}" by its content, not by its name`, () => {
      const { around, parts } = applicator;
      const [loose, tight] = parts;
      const named = { ...around({ $ref: '#/$defs/p' }), $defs: { p: loose, q: tight } };
      const renamed = { ...around({ $ref: '#/$defs/q' }), $defs: { q: loose, p: tight } };
      assert.equal(compareSchemas(named, renamed).verdict, 'included');
      assert.notEqual(compareSchemas(named, { ...renamed, $defs: named.$defs }).verdict, 'included');
    });
  }
});
