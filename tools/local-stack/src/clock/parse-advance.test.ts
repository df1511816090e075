import assert from 'node:assert/strict';
import { parseAdvance } from './parse-advance.ts';

describe('parseAdvance()', () => {
  for (const [text, durationMs] of [
    ['90s', 90_000],
    ['15m', 900_000],
    ['23h', 82_800_000],
    ['2d', 172_800_000],
    ['1d12h', 129_600_000],
    ['1d1h1m1s', 90_061_000],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(parseAdvance(text), durationMs));
  }

  for (const text of ['', '0s', '24', 'h', '-1h', '1.5h', '1h 30m', '12h1d', '367d', '1e3s', 'tomorrow']) {
    it(`refuses "${text}"`, () => assert.throws(() => parseAdvance(text), RangeError));
  }
});
