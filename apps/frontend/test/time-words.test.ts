import assert from 'node:assert/strict';
import { fullTime, timeWords } from '../public/time-words.js';

const now = Date.parse('2026-11-21T10:04:12Z');
const UTC = { timeZone: 'UTC' };

describe('timeWords()', () => {
  for (const [at, words] of [
    ['2026-11-21T10:04:24.001Z', 'in 13 s (10:04:24 UTC)'],
    ['2026-11-21T10:04:12Z', 'just now (10:04:12 UTC)'],
    ['2026-11-21T10:03:00Z', '72 s ago (10:03:00 UTC)'],
    ['2026-11-21T09:34:12Z', '30 min ago (09:34:12 UTC)'],
    ['2026-11-21T23:00:00Z', 'today at 23:00 UTC'],
    ['2026-11-22T10:04:12Z', 'tomorrow at 10:04 UTC'],
    ['2026-11-20T10:04:12Z', 'yesterday at 10:04 UTC'],
    ['2026-12-31T08:00:00Z', '31 Dec at 08:00 UTC'],
    ['2028-02-29T08:00:00Z', '29 Feb 2028 at 08:00 UTC'],
  ] as const) {
    it(`says "${words}"`, () => assert.equal(timeWords(Date.parse(at), now, UTC), words));
  }

  it('tells the viewer’s day and clock, over a change of the clocks too', () => {
    const autumn = Date.parse('2026-10-24T20:00:00Z');
    const berlin = { timeZone: 'Europe/Berlin' };
    assert.equal(timeWords(Date.parse('2026-10-25T22:30:00Z'), autumn, berlin), 'tomorrow at 23:30 CET');
    const newYork = { timeZone: 'America/New_York', hourCycle: 'h12' as const };
    assert.match(timeWords(Date.parse('2026-11-22T15:04:00Z'), now, newYork), /^tomorrow at 10:04 am /);
  });
});

describe('fullTime()', () => {
  it('leaves nothing open', () => {
    assert.equal(fullTime(now, UTC), 'Saturday, 21 November 2026 at 10:04:12 UTC');
  });
});
