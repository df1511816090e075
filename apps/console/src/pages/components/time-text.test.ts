import assert from 'node:assert/strict';
import { distance, moment, span } from './time-text.ts';

describe('times for people', () => {
  for (const [ms, text] of [
    [0, 'now'],
    [-999, 'now'],
    [-61_000, '1 min ago'],
    [-86_399_000, '23 h ago'],
    [86_399_000, 'in 24 h'],
    [45 * 86_400_000, 'in 45 d'],
    [59_400, 'in 59 s'],
  ] as const) {
    it(`are ${text}, ${ms} ms from now`, () => assert.equal(distance(ms), text));
  }
  it('are whole units of one kind', () => assert.equal(span(2 * 86_400_000), '2 d'));
  it('are moments in UTC', () => assert.equal(moment(1_795_000_000_000), '2026-11-18 11:06:40'));
});
