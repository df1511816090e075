import assert from 'node:assert/strict';
import { canonicalJson, hashOfJson } from './canonical-json.ts';

describe('canonicalJson()', () => {
  it('sorts members at every depth and leaves arrays as they are', () => {
    assert.equal(canonicalJson({ b: [2, { d: 1, c: null }], a: 'x' }), '{"a":"x","b":[2,{"c":null,"d":1}]}');
  });
});

describe('hashOfJson()', () => {
  it('is the same for members in another order, and another for another value', () => {
    assert.equal(hashOfJson({ a: 1, b: 2 }), hashOfJson({ b: 2, a: 1 }));
    assert.notEqual(hashOfJson({ a: 1 }), hashOfJson({ a: 2 }));
    assert.match(hashOfJson(null), /^[0-9a-f]{64}$/);
  });
});
