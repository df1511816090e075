import assert from 'node:assert/strict';
import { formatProtoDuration, joinDuration, parseProtoDuration, splitDuration } from './proto-duration.ts';

describe('parseProtoDuration() and formatProtoDuration()', () => {
  it('are read as the API spells them', () => {
    assert.equal(parseProtoDuration('10s'), 10_000_000);
    assert.equal(parseProtoDuration('0.100s'), 100_000);
    for (const text of ['10', '10m', '-1s', '315576000001s', '0.0000000001s', '1e3s', ' 1s', 's'])
      assert.equal(parseProtoDuration(text), undefined, text);
  });

  it('are spelt so that they read back the same', () => {
    for (const text of [
      '10s',
      '0.1s',
      '300s',
      '0.000001s',
      '100.25s',
      '0s',
      '1.234567891s',
      '0.000000001s',
      '100000000.1s',
      '315576000000s',
    ]) {
      assert.equal(formatProtoDuration(parseProtoDuration(text) ?? Number.NaN), text);
    }
  });
});

describe('splitDuration() and joinDuration()', () => {
  it('keep nanoseconds', () => {
    for (const [seconds, nanos] of [
      [1, 234_567_891],
      [0, 1],
      [3_600, 999_999_999],
      [315_576_000_000, 0],
    ] as const) {
      assert.deepEqual(splitDuration(joinDuration(seconds, nanos)), { seconds, nanos });
    }
  });
});
