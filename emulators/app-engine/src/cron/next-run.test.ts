import assert from 'node:assert/strict';
import { parseSchedule } from '@waybill/google-config';
import { nextRunMs } from './next-run.ts';

function runs(schedule: string, after: string, timeZone = 'UTC', count = 1): string[] {
  const parsed = parseSchedule(schedule);
  const result: string[] = [];
  let atMs: number | undefined = Date.parse(after);
  for (let run = 0; run < count; run += 1) {
    atMs = nextRunMs(parsed, atMs, timeZone);
    if (atMs === undefined) break;
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

  it('leaves out a time that the clocks skip, and runs twice at one that they show twice', () => {
    // Berlin: from 02:00 to 03:00 on 29 March 2026; from 03:00 back to 02:00 on 25 October.
    assert.deepEqual(runs('every day 02:30', '2026-03-27T12:00:00Z', 'Europe/Berlin', 2), [
      '2026-03-28T01:30Z',
      '2026-03-30T00:30Z',
    ]);
    assert.deepEqual(runs('every day 02:30', '2026-10-24T12:00:00Z', 'Europe/Berlin', 3), [
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
      '2026-10-26T01:30Z',
    ]);
  });

  it('finds no run where the clocks skip the time on each of its days', () => {
    assert.deepEqual(runs('2nd sunday of march 02:30', '2026-01-01T00:00:00Z', 'America/New_York'), []);
  });

  it('finds days that come after years only', () => {
    assert.deepEqual(runs('29 of feb 12:00', '2026-01-01T00:00:00Z', 'UTC', 2), [
      '2028-02-29T12:00Z',
      '2032-02-29T12:00Z',
    ]);
    assert.deepEqual(runs('5th monday of feb 12:00', '2044-02-29T12:00:00Z'), ['2072-02-29T12:00Z']);
  });

  it("keeps to a part of the day, whose start a change of clocks moves to the gap's end", () => {
    const half = 'every 30 mins from 10:00 to 11:00';
    assert.deepEqual(runs(half, '2026-01-15T10:10:00Z', 'UTC', 3), [
      '2026-01-15T10:30Z',
      '2026-01-15T11:00Z',
      '2026-01-16T10:00Z',
    ]);
    const night = 'every 15 mins from 02:15 to 02:45';
    assert.deepEqual(runs(night, '2026-03-28T12:00:00Z', 'Europe/Berlin', 3), [
      '2026-03-29T01:00Z',
      '2026-03-30T00:15Z',
      '2026-03-30T00:30Z',
    ]);
    assert.deepEqual(runs('every 1 hours from 23:00 to 01:30', '2026-01-15T22:00:00Z', 'UTC', 4), [
      '2026-01-15T23:00Z',
      '2026-01-16T00:00Z',
      '2026-01-16T01:00Z',
      '2026-01-16T23:00Z',
    ]);
  });

  it('counts synchronized runs from midnight, in real time', () => {
    assert.deepEqual(runs('every 8 hours synchronized', '2026-10-24T21:00:00Z', 'Europe/Berlin', 4), [
      '2026-10-24T22:00Z',
      '2026-10-25T06:00Z',
      '2026-10-25T14:00Z',
      '2026-10-25T22:00Z',
    ]);
  });

  it('goes from one allowed day to the next', () => {
    // 15 January 2026 is a Thursday.
    assert.deepEqual(runs('every 1 mins on sat', '2026-01-15T12:00:30Z'), ['2026-01-17T00:00Z']);
    assert.deepEqual(runs('every 6 hours synchronized on mon', '2026-01-19T12:00:00Z', 'UTC', 2), [
      '2026-01-19T18:00Z',
      '2026-01-26T00:00Z',
    ]);
  });
});
