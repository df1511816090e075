import assert from 'node:assert/strict';
import { compileSchema } from './compile-schema.ts';

describe('compileSchema(), with a schema that it refuses', () => {
  const withMember = (member: object): object => ({ type: 'object', properties: { a: member } });
  for (const [name, schema, message] of [
    [
      'a misspelled keyword',
      withMember({ type: 'integer', minimun: 1 }),
      '/properties/a/minimun: "minimun" is no keyword of JSON Schema; did you mean "minimum"?',
    ],
    [
      'an unknown keyword',
      withMember({ type: 'string', unit: 'kg' }),
      '/properties/a/unit: "unit" is no keyword of JSON Schema; leave it out, or put what it says into "description"',
    ],
    [
      'an unknown format',
      withMember({ type: 'string', format: 'emial' }),
      '/properties/a: "emial" is no known format; write one of ajv-formats, such as email, date-time or uuid, or a "pattern"',
    ],
    [
      'values of another form',
      withMember({ type: 'strin', minimum: 'x' }),
      '/properties/a/type: must be array, boolean, integer, null, number, object or string, or a list of one of them and "null"; /properties/a/minimum: must be number',
    ],
    [
      'a tuple without a length',
      withMember({ type: 'array', prefixItems: [{ type: 'string' }] }),
      '/properties/a: "prefixItems" of 1 items must say how long the list is; write "minItems": 1 and "items": false beside it',
    ],
    [
      'a keyword without its type',
      withMember({ minLength: 1 }),
      '/properties/a: "minLength" needs a type beside it; write "type": "string"',
    ],
    [
      'several types',
      withMember({ type: ['string', 'integer'] }),
      '/properties/a: a list of types may hold one type and "null"; write "anyOf" with one type in each branch',
    ],
    [
      'a pattern that is none',
      withMember({ type: 'string', pattern: '(' }),
      "/properties/a/pattern: invalid regular expression: /(/u: Unterminated group; patterns are JavaScript's, with the flag u: escape only what needs it",
    ],
    [
      'a member that a pattern covers too',
      { ...withMember({ type: 'string' }), patternProperties: { '^a': { type: 'string' } } },
      'the member "a" also matches the pattern "^a" of "patternProperties"; exclude it from the pattern',
    ],
    [
      'an "if" alone',
      withMember({ if: { type: 'string' } }),
      '"if" has no effect without "then" and "else"; add one of them, or leave it out',
    ],
  ] as const) {
    it(`names the place, the problem and the remedy of ${name}`, () => {
      assert.throws(() => compileSchema(schema), { code: 'SCHEMA_DIALECT', message });
    });
  }
});
