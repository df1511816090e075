import assert from 'node:assert/strict';
import { isProtectedUrl, requireProtectedUrl } from './outgoing-url.ts';

describe('isProtectedUrl()', () => {
  for (const url of [
    'https://keys.example/',
    'smtps://mail.example',
    'http://localhost:8080/',
    'http://LOCALHOST/',
    'http://127.0.0.1/',
    'http://127.255.1.2/',
    'http://127.1/',
    'http://2130706433/',
    'http://[::1]:8080/',
  ]) {
    it(`accepts ${url}`, () => assert.equal(isProtectedUrl(new URL(url)), true));
  }

  for (const url of [
    'http://keys.example/',
    'HTTP://keys.example/',
    'http://127.0.0.1.nip.io/',
    'http://127.evil.example/',
    'http://localhost.evil.example/',
    'http://evil.localhost.example/',
    'http://127.0.0.1@evil.example/',
    'http://localhost@evil.example:80/',
    'http://evil.example#@127.0.0.1/',
    'http://evil.example/127.0.0.1',
    'http://10.0.0.7/',
    'http://0.0.0.0/',
    'http://128.0.0.1/',
    'http://[::2]/',
    'http://[::1:1]/',
    'http://169.254.169.254/',
    'ws://keys.example/',
  ]) {
    it(`refuses ${url}`, () => assert.equal(isProtectedUrl(new URL(url)), false));
  }
});

describe('requireProtectedUrl()', () => {
  it('names the URL without its credentials', () => {
    assert.throws(() => requireProtectedUrl('keysUrl', new URL('http://ada:hunter2@keys.example/x')), {
      name: 'RangeError',
      message: /keysUrl must be an https:\/\/ URL .*, got http:\/\/keys\.example$/,
    });
  });
});
