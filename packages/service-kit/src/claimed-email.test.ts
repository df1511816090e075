import assert from 'node:assert/strict';
import { claimedEmail } from './claimed-email.ts';

const token = (payload: unknown): string =>
  `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.AAAA`;

describe('claimedEmail()', () => {
  it('reads the address of a token that nobody has verified', () => {
    assert.equal(claimedEmail(token({ email: 'eve@example.com' })), 'eve@example.com');
  });

  it('names nobody for what is no token, has no address or is too long', () => {
    const others = ['', 'x', 'a.b.c', 'a.bnVsbA.c', token(null), token({ email: 7 }), token({})];
    for (const text of [...others, token({ email: 'e'.repeat(20_000) })]) {
      assert.equal(claimedEmail(text), undefined, text.slice(0, 40));
    }
  });
});
