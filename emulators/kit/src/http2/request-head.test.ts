import assert from 'node:assert/strict';
import { headerField } from './hpack/header-field.ts';
import { areTrailers, readRequestHead } from './request-head.ts';

type Pairs = readonly (readonly [string, string])[];
const fields = (pairs: Pairs) => pairs.map(([name, value]) => headerField(name, value));
const HEAD: Pairs = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/a'],
];

describe('readRequestHead()', () => {
  it('reads a request', () => {
    const head = readRequestHead(fields([...HEAD, [':authority', 'x'], ['te', 'trailers'], ['a', 'b']]));
    assert.deepEqual(
      [head?.method, head?.path, head?.authority, head?.contentLength],
      ['POST', '/a', 'x', undefined],
    );
    assert.deepEqual(
      head?.fields.map(({ name }) => name),
      ['te', 'a'],
    );
  });

  it('reads a content-length that is told twice alike', () => {
    const length = ['content-length', '12'] as const;
    assert.equal(readRequestHead(fields([...HEAD, length, length]))?.contentLength, 12);
  });

  for (const [what, pairs] of [
    ['no method', HEAD.slice(1)],
    ['no scheme', [HEAD[0], HEAD[2]]],
    ['an empty path', [...HEAD.slice(0, 2), [':path', '']]],
    ['two paths', [...HEAD, [':path', '/b']]],
    ['a pseudo-header field of responses', [...HEAD, [':status', '200']]],
    ['a pseudo-header field after others', [...HEAD, ['a', 'b'], [':authority', 'x']]],
    ['a capital letter', [...HEAD, ['A', 'b']]],
    ['an empty name', [...HEAD, ['', 'b']]],
    ['a line break', [...HEAD, ['a', 'b\r\nc: d']]],
    ['a space before a value', [...HEAD, ['a', ' b']]],
    ['a field of the connection', [...HEAD, ['connection', 'close']]],
    ['another te than trailers', [...HEAD, ['te', 'gzip']]],
    ['two lengths', [...HEAD, ['content-length', '1'], ['content-length', '2']]],
    ['a length that is none', [...HEAD, ['content-length', '-1']]],
    ['a length and then another that is none', [...HEAD, ['content-length', '1'], ['content-length', 'x']]],
  ] as [string, Pairs][]) {
    it(`refuses ${what}`, () => assert.equal(readRequestHead(fields(pairs)), undefined));
  }
});

describe('areTrailers()', () => {
  it('takes fields, but no pseudo-header fields', () => {
    assert.equal(areTrailers(fields([['a', 'b']])), true);
    assert.equal(areTrailers(fields([[':path', '/']])), false);
  });
});
