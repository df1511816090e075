import assert from 'node:assert/strict';
import { formatHumanDuration, parseHumanDuration } from './human-duration.ts';

describe('parseHumanDuration()', () => {
  it('reads days, hours, minutes and seconds, in this order', () => {
    assert.equal(parseHumanDuration('1d1h1m1s'), 90_061_000);
    assert.equal(parseHumanDuration('31622400s'), 31_622_400_000);
    assert.equal(parseHumanDuration('0s'), 0);
  });

  for (const text of ['', '24', 'h', '-1h', '1.5h', '1h 30m', '12h1d', '1e3s', 'tomorrow', '1000000000s']) {
    it(`does not know "${text}"`, () => assert.equal(parseHumanDuration(text), undefined));
  }
});

describe('formatHumanDuration()', () => {
  it('names each unit that is there', () => {
    assert.equal(formatHumanDuration(129_600_000), '1d 12h');
    assert.equal(formatHumanDuration(90_061_000), '1d 1h 1m 1s');
    assert.equal(formatHumanDuration(999), '0s');
  });
});
