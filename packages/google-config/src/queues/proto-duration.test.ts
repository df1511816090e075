import assert from 'node:assert/strict';
import { formatProtoDuration, parseProtoDuration } from './proto-duration.ts';

describe('parseProtoDuration() and formatProtoDuration()', () => {
  it('are read as the API spells them', () => {
    assert.equal(parseProtoDuration('10s'), 10_000_000);
    assert.equal(parseProtoDuration('0.100s'), 100_000);
    for (const text of ['10', '10m', '-1s', '1e3s', ' 1s', 's'])
      assert.equal(parseProtoDuration(text), undefined, text);
  });

  it('are spelt so that they read back the same', () => {
    for (const text of ['10s', '0.1s', '300s', '0.000001s', '100.25s', '0s']) {
      assert.equal(formatProtoDuration(parseProtoDuration(text) ?? Number.NaN), text);
    }
  });
});
