import assert from 'node:assert/strict';
import { duplicateMember } from './duplicate-member.ts';

describe('duplicateMember()', () => {
  for (const [text, pointer] of [
    ['{"a":1,"a":1}', '/a'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"a":{"b":[0,{"c":"x","c":"x"}]}}', '/a/b/1/c'],
    ['[{"a":1},{"a":1,"b":{},"a":2}]', '/1/a'],
    ['{"a/b~c":1, "a/b~c" : 2}', '/a~1b~0c'],
    ['{"":1,"":2}', '/'],
    ['{"__proto__":1,"__proto__":2}', '/__proto__'],
    ['{"a":[],"b":{"a":1},"a":2}', '/a'],
    ['{"é":1,"\\u00e9":2}', '/é'],
  ] as const) {
    it(`finds ${pointer} in ${text}`, () => assert.equal(duplicateMember(text), pointer));
  }

  for (const text of [
    '{}',
    '[]',
    '1',
    '"{\\"a\\":1,\\"a\\":2}"',
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
    '{"a":"\\"a\\":","b":"{,"}',
    '["a","a",["a"]]',
    '{"a\\\\":1,"a":2}',
    '{"A":1,"a":2}',
  ]) {
    it(`finds none in ${text}`, () => assert.equal(duplicateMember(text), undefined));
  }

  it('takes a long body in linear time', () => {
    const text = `{${Array.from({ length: 100_000 }, (_, index) => `"${index}":"\\\\"`).join(',')}}`;
    assert.equal(duplicateMember(text), undefined);
  });
});
