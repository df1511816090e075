import assert from 'node:assert/strict';
import { parseSchedule } from '@waybill/google-config';
import { nextRunMs } from './next-run.ts';

function runs(schedule: string, after: string, timeZone = 'UTC', count = 1): string[] {
  const parsed = parseSchedule(schedule);
  assert.ok(parsed);
  const result: string[] = [];
  let atMs = Date.parse(after);
  for (let run = 0; run < count; run += 1) {
    atMs = nextRunMs(parsed, atMs, timeZone);
    result.push(new Date(atMs).toISOString().replace(':00.000Z', 'Z'));
  }
  return result;
}

describe('nextRunMs()', () => {
  it('counts intervals from the end of the run before, on the full minute', () => {
    assert.deepEqual(runs('every 1 minutes', '2026-01-15T12:00:00Z'), ['2026-01-15T12:01Z']);
    assert.deepEqual(runs('every 1 minutes', '2026-01-15T12:00:59Z'), ['2026-01-15T12:01Z']);
    assert.deepEqual(runs('every 2 hours', '2026-01-15T23:59:30Z', 'UTC', 2), [
      '2026-01-16T01:59Z',
      '2026-01-16T03:59Z',
    ]);
  });

  it('finds the next time of day, never the present moment', () => {
    assert.deepEqual(runs('every day 09:00', '2026-02-28T09:00:00Z'), ['2026-03-01T09:00Z']);
    assert.deepEqual(runs('every day 09:00', '2026-02-28T08:59:59.999Z'), ['2026-02-28T09:00Z']);
    assert.deepEqual(runs('every day 00:00', '2026-12-31T23:59:00Z'), ['2027-01-01T00:00Z']);
  });

  it('finds the next weekday', () => {
    // 15 January 2026 is a Thursday.
    assert.deepEqual(runs('every monday 09:00', '2026-01-15T12:00:00Z', 'UTC', 2), [
      '2026-01-19T09:00Z',
      '2026-01-26T09:00Z',
    ]);
    assert.deepEqual(runs('every thursday 12:00', '2026-01-15T12:00:00Z'), ['2026-01-22T12:00Z']);
    assert.deepEqual(runs('every thu 12:01', '2026-01-15T12:00:00Z'), ['2026-01-15T12:01Z']);
  });

  it('goes by the clocks of its time zone', () => {
    assert.deepEqual(runs('every day 09:00', '2026-01-15T12:00:00Z', 'Europe/Berlin'), ['2026-01-16T08:00Z']);
    assert.deepEqual(runs('every day 09:00', '2026-07-15T12:00:00Z', 'America/New_York'), [
      '2026-07-15T13:00Z',
    ]);
    assert.deepEqual(runs('every monday 01:00', '2026-01-17T12:00:00Z', 'Pacific/Auckland'), [
      '2026-01-18T12:00Z',
    ]);
    assert.deepEqual(runs('every day 12:00', '2026-01-15T12:00:00Z', 'Asia/Kathmandu'), [
      '2026-01-16T06:15Z',
    ]);
  });

  it('runs a time that the clocks skip after the gap, and one that they repeat at its first', () => {
    // Berlin: from 02:00 to 03:00 on 29 March 2026; from 03:00 back to 02:00 on 25 October.
    assert.deepEqual(runs('every day 02:30', '2026-03-28T12:00:00Z', 'Europe/Berlin', 2), [
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
    assert.deepEqual(runs('every day 02:30', '2026-10-24T12:00:00Z', 'Europe/Berlin', 2), [
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
  });
});
