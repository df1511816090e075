import assert from 'node:assert/strict';
import { formatDuration, parseDuration } from './proto-duration.ts';

describe('durations', () => {
  it('are read as the API spells them', () => {
    assert.equal(parseDuration('10s'), 10_000_000);
    assert.equal(parseDuration('0.100s'), 100_000);
    for (const text of ['10', '10m', '-1s', '1e3s', ' 1s', 's'])
      assert.equal(parseDuration(text), undefined, text);
  });

  it('are spelt so that they read back the same', () => {
    for (const text of ['10s', '0.1s', '300s', '0.000001s', '100.25s', '0s']) {
      assert.equal(formatDuration(parseDuration(text) ?? Number.NaN), text);
    }
  });
});
