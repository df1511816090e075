import assert from 'node:assert/strict';
import { maskedEmail } from './masked-email.ts';

describe('maskedEmail()', () => {
  for (const [email, masked] of [
    ['ada@example.com', 'a…@example.com'],
    ['a@example.com', 'a…@example.com'],
    ['"a@b"@example.com', '"…@example.com'],
    ['🙂x@example.com', '🙂…@example.com'],
  ] as const) {
    it(`makes ${masked} of ${email}`, () => assert.equal(maskedEmail(email), masked));
  }
});
