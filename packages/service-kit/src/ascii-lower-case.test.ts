import assert from 'node:assert/strict';
import { asciiLowerCase } from './ascii-lower-case.ts';

describe('asciiLowerCase()', () => {
  it('lowers A to Z', () => {
    assert.equal(asciiLowerCase('ADA.Lovelace@Example.COM_[`@{09'), 'ada.lovelace@example.com_[`@{09');
  });

  it('leaves characters that other alphabets lower to ASCII letters', () => {
    for (const character of ['\u212A', '\u0130', '\u017F', '\uFF2B', '\u00C5']) {
      assert.equal(asciiLowerCase(character), character);
    }
  });
});
