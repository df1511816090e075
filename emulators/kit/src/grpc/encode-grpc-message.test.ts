import assert from 'node:assert/strict';
import { encodeGrpcMessage } from './encode-grpc-message.ts';

describe('encodeGrpcMessage()', () => {
  for (const [text, encoded] of [
    ['Queue not found: "a b"', 'Queue not found: "a b"'],
    ['100 %', '100 %25'],
    ['a\nb\r\u0000\u007f', 'a%0Ab%0D%00%7F'],
    ['naïve €', 'na%C3%AFve %E2%82%AC'],
    ['an end ', 'an end%20'],
    ['  a', '%20%20a'],
    [' ', '%20'],
    ['\ud800', '%EF%BF%BD'],
    ['', ''],
  ] as const) {
    it(`encodes ${JSON.stringify(text)}`, () => assert.equal(encodeGrpcMessage(text), encoded));
  }
});
