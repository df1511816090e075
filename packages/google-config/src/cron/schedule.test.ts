import assert from 'node:assert/strict';
import { parseSchedule } from './schedule.ts';

describe('parseSchedule()', () => {
  it('reads intervals and times of day', () => {
    assert.deepEqual(parseSchedule('every 5 minutes'), { kind: 'interval', minutes: 5 });
    assert.deepEqual(parseSchedule('every 1 mins'), { kind: 'interval', minutes: 1 });
    assert.deepEqual(parseSchedule(' Every 12  hours '), { kind: 'interval', minutes: 720 });
    assert.deepEqual(parseSchedule('every day 00:00'), {
      kind: 'time-of-day',
      weekday: undefined,
      hour: 0,
      minute: 0,
    });
    assert.deepEqual(parseSchedule('every monday 09:00'), {
      kind: 'time-of-day',
      weekday: 1,
      hour: 9,
      minute: 0,
    });
    assert.deepEqual(parseSchedule('every sun 9:30'), {
      kind: 'time-of-day',
      weekday: 0,
      hour: 9,
      minute: 30,
    });
  });

  for (const unknown of [
    'sometimes',
    'every minute',
    'every 0 minutes',
    'every -1 minutes',
    'every 5 minutes synchronized',
    'every 5 minutes from 10:00 to 14:00',
    'every day 24:00',
    'every day 10:60',
    'every day',
    'every month 10:00',
    '1st monday of month 10:00',
    'every mon,tue 10:00',
    '*/5 * * * *',
  ]) {
    it(`does not know "${unknown}"`, () => assert.equal(parseSchedule(unknown), undefined));
  }
});
