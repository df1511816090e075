import assert from 'node:assert/strict';
import { decodeOpaqueToken, encodeOpaqueToken } from './opaque-token.ts';

describe('opaque tokens', () => {
  it('give back their values, in characters that URLs take', () => {
    const token = encodeOpaqueToken(['projects/p/?ÿ>', 1_700_000_000_000_001]);
    assert.match(token, /^[\w-]+$/);
    assert.deepEqual(decodeOpaqueToken(token), ['projects/p/?ÿ>', 1_700_000_000_000_001]);
  });

  for (const token of ['', 'made-up', Buffer.from('{"a":1}').toString('base64url')]) {
    it(`hold nothing where the client made them up: "${token}"`, () => {
      assert.deepEqual(decodeOpaqueToken(token), []);
    });
  }
});
