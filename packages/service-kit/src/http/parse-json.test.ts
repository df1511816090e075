import assert from 'node:assert/strict';
import { parseJson } from './parse-json.ts';

const refusal = { code: 'PAYLOAD_NOT_JSON', status: 422, subject: 'The payload' };

describe('parseJson()', () => {
  it('parses JSON', () => {
    assert.deepEqual(parseJson('{"a":[1,null]}', refusal), { a: [1, null] });
  });

  it('refuses a member that is there twice, and names its path', () => {
    assert.throws(() => parseJson('{"items":[{"quantity":1,"quantity":1000}]}', refusal), {
      code: 'DUPLICATE_MEMBER',
      status: 422,
      message: 'The payload has the member /items/0/quantity twice: send each member once',
      problem: { errors: [{ pointer: '/items/0/quantity', message: 'is there twice' }] },
    });
  });

  for (const [text, message] of [
    ['{"email":"ada@example.com",}', /^The payload is not valid JSON at position 27 \(line 1 column 28\)$/],
    ['ada@example.com', /^The payload is not valid JSON$/],
    ['', /^The payload is not valid JSON$/],
  ] as const) {
    it(`names the position and repeats nothing of ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseJson(text, refusal), {
        name: 'ServiceError',
        code: 'PAYLOAD_NOT_JSON',
        status: 422,
        message,
      });
    });
  }
});
