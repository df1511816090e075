import assert from 'node:assert/strict';
import { escapeControlCharacters, escapeLine, terminalWriter } from './escape-control-characters.ts';

describe('escapeControlCharacters()', () => {
  for (const [what, text, escaped] of [
    ['colours', 'a\x1b[31mb', 'a\\x1b[31mb'],
    ['a title', '\x1b]0;evil\x07', '\\x1b]0;evil\\x07'],
    ['a line that is written over', 'real\rfake\x08', 'real\\x0dfake\\x08'],
    ['C1 controls and delete', '\x9b31m\x7f', '\\x9b31m\\x7f'],
    ['reversed text', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
    ['invisible characters', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['lines and tabs, which stay', 'a\n\tb', 'a\n\tb'],
    ['text, which stays', 'Grüße 日本 👍 – “x”', 'Grüße 日本 👍 – “x”'],
  ] as const) {
    it(`escapes ${what}`, () => assert.equal(escapeControlCharacters(text), escaped));
  }
});

describe('escapeLine()', () => {
  it('lets data begin no line of its own', () => {
    assert.equal(escapeLine('a\nready\u2028b'), 'a\\nready\\u2028b');
  });
});

describe('terminalWriter()', () => {
  it('writes the escaped text', () => {
    const written: string[] = [];
    terminalWriter({ write: (text) => written.push(text) })('\x1bc\n');
    assert.deepEqual(written, ['\\x1bc\n']);
  });
});
