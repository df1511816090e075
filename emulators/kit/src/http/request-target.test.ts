import assert from 'node:assert/strict';
import { decodePath, parseRequestTarget } from './request-target.ts';

describe('parseRequestTarget()', () => {
  for (const [target, path, query, originForm = target, authority = undefined] of [
    ['/', '/', ''],
    ['//', '//', ''],
    ['//evil.example/emulator/health', '//evil.example/emulator/health', ''],
    ['/a/../b', '/a/../b', ''],
    ['/%zz?', '/%zz', ''],
    ['/tasks?a=1&b=?', '/tasks', 'a=1&b=?'],
    ['/\u00c3\u00bc', '/\u00c3\u00bc', ''],
    ['http://localhost:8080/a?b=c', '/a', 'b=c', '/a?b=c', 'localhost:8080'],
    ['HTTP://localhost', '/', '', '/', 'localhost'],
  ] as const) {
    it(`reads ${target}`, () => {
      assert.deepEqual(parseRequestTarget(target), { path, query, originForm, authority });
    });
  }

  for (const [name, target] of [
    ['the asterisk-form', '*'],
    ['the authority-form', 'localhost:8080'],
    ['a URL without a host', 'http://'],
    ['a URL with a bad port', 'http://localhost:99999999/'],
    ['a URL with an unclosed address', 'http://[::1/'],
    ['another scheme', 'ftp://localhost/'],
    ['a fragment', '/a#b'],
    ['a space', '/a b'],
    ['a control character', '/a\u0000b'],
    ['a name', 'emulator'],
    ['nothing', ''],
    ['an absent target', undefined],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.throws(() => parseRequestTarget(target), {
        code: 'BAD_REQUEST_TARGET',
        status: 400,
        message: /^The request target must be a path such as .+, got ".*"$/,
      });
    });
  }
});

describe('decodePath()', () => {
  it('decodes UTF-8 escapes', () => {
    assert.equal(decodePath('/a%2Fb/%C3%BC'), '/a/b/ü');
  });

  for (const path of ['/%', '/%zz', '/%ff', '/%C3']) {
    it(`refuses ${path}`, () => {
      assert.throws(() => decodePath(path), { code: 'BAD_REQUEST_TARGET', message: /invalid escape/ });
    });
  }
});
