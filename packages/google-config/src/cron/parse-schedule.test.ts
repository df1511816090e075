import assert from 'node:assert/strict';
import { parseSchedule } from './parse-schedule.ts';

const allOrdinals = [1, 2, 3, 4, 5];
const allWeekdays = [0, 1, 2, 3, 4, 5, 6];
const allMonths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const at = (hour: number, minute = 0) => ({ hour, minute });

describe('parseSchedule()', () => {
  it('reads intervals', () => {
    assert.deepEqual(parseSchedule('every 5 minutes'), { kind: 'interval', minutes: 5 });
    assert.deepEqual(parseSchedule('every 1 mins'), { kind: 'interval', minutes: 1 });
    assert.deepEqual(parseSchedule(' Every 12  hours '), { kind: 'interval', minutes: 720 });
    assert.deepEqual(parseSchedule('every 99999 hours'), { kind: 'interval', minutes: 5_999_940 });
    assert.deepEqual(parseSchedule('every 15 mins on sat,sun'), {
      kind: 'interval',
      minutes: 15,
      weekdays: [0, 6],
    });
    assert.deepEqual(parseSchedule('every 50 hours on day'), { kind: 'interval', minutes: 3000 });
  });

  it('reads intervals in a part of the day', () => {
    const window = { kind: 'window', minutes: 30, from: at(10), to: at(14) };
    assert.deepEqual(parseSchedule('every 30 mins from 10:00 to 14:00'), window);
    assert.deepEqual(parseSchedule('every 30 mins from 10:00 to 14:00 on mon'), { ...window, weekdays: [1] });
    assert.deepEqual(parseSchedule('every 2 hours from 22:30 to 4:15'), {
      kind: 'window',
      minutes: 120,
      from: at(22, 30),
      to: at(4, 15),
    });
  });

  it('reads "synchronized" as a window of the whole day', () => {
    const day = { from: at(0), to: at(23, 59) };
    assert.deepEqual(parseSchedule('every 5 minutes synchronized'), { kind: 'window', minutes: 5, ...day });
    assert.deepEqual(parseSchedule('every 24 hours synchronized'), { kind: 'window', minutes: 1440, ...day });
  });

  it('reads times on days of the week', () => {
    const days = { weekdays: allWeekdays, ordinals: allOrdinals };
    const daily = { kind: 'time-of-day', days, months: allMonths, time: at(0) };
    assert.deepEqual(parseSchedule('every day 00:00'), daily);
    assert.deepEqual(parseSchedule('every day of month 00:00'), daily);
    assert.deepEqual(parseSchedule('every monday 09:00'), {
      ...daily,
      days: { weekdays: [1], ordinals: allOrdinals },
      time: at(9),
    });
    assert.deepEqual(parseSchedule('every wed, sun ,monday 9:30'), {
      ...daily,
      days: { weekdays: [0, 1, 3], ordinals: allOrdinals },
      time: at(9, 30),
    });
  });

  it('reads ordinals and months', () => {
    assert.deepEqual(parseSchedule('2nd,third mon,wed,thu of march 17:00'), {
      kind: 'time-of-day',
      days: { weekdays: [1, 3, 4], ordinals: [2, 3] },
      months: [3],
      time: at(17),
    });
    assert.deepEqual(parseSchedule('fifth fri of oct,jan,oct 17:00'), {
      kind: 'time-of-day',
      days: { weekdays: [5], ordinals: [5] },
      months: [1, 10],
      time: at(17),
    });
    assert.deepEqual(parseSchedule('first sunday of quarter 00:00'), {
      kind: 'time-of-day',
      days: { weekdays: [0], ordinals: [1] },
      months: [1, 4, 7, 10],
      time: at(0),
    });
  });

  it('reads days of the month', () => {
    const schedule = { kind: 'time-of-day', months: allMonths, time: at(3) };
    assert.deepEqual(parseSchedule('1,15 of month 03:00'), { ...schedule, days: { monthDays: [1, 15] } });
    assert.deepEqual(parseSchedule('1st,4th day of month 03:00'), {
      ...schedule,
      days: { monthDays: [1, 4] },
    });
    assert.deepEqual(parseSchedule('29,31 of feb 03:00'), {
      ...schedule,
      days: { monthDays: [29, 31] },
      months: [2],
    });
    assert.deepEqual(parseSchedule('1 of 3rd,1st month of quarter 03:00'), {
      ...schedule,
      days: { monthDays: [1] },
      months: [1, 3, 4, 6, 7, 9, 10, 12],
    });
  });

  const forms = '"every", an ordinal such as 1st, or a day of the month';
  const times = 'a time from 00:00 to 23:59';
  const refused: [string, string][] = [
    ['', `expected ${forms}, got nothing`],
    ['sometimes', `expected ${forms}, got "sometimes"`],
    ['*/5 * * * *', `expected ${forms}, got "*/5"`],
    ['mon 09:00', `expected ${forms}, got "mon"`],
    ['every minute', 'expected a number, "day" or a day of the week after "every", got "minute"'],
    ['every 0 minutes', 'expected a number of minutes or hours from 1 after "every", got "0"'],
    ['every -1 minutes', 'expected a number, "day" or a day of the week after "every", got "-1"'],
    [
      'every 100000 mins',
      'expected a number of minutes or hours from 1, with at most 5 digits after "every", got "100000"',
    ],
    ['every 5', 'expected "minutes", "mins" or "hours" after "every 5", got nothing'],
    ['every 2 days', 'expected "minutes", "mins" or "hours" after "every 2", got "days"'],
    ['every 5 mins 10:00', 'expected the end of the schedule after "every 5 mins", got "10:00"'],
    ['every 5 mins from 10 to 14', `expected ${times} after "every 5 mins from", got "10"`],
    [
      'every 5 mins from 10:00',
      'expected "to" and a time such as 14:00 after "every 5 mins from 10:00", got nothing',
    ],
    [
      'every 5 mins from 10:00 to 14:00 synchronized',
      'expected the end of the schedule after "every 5 mins from 10:00 to 14:00", got "synchronized"',
    ],
    [
      'every 7 hours synchronized',
      'expected no "synchronized": 24 hours must be a multiple of the interval after "every 7 hours", got "synchronized"',
    ],
    [
      'every 48 hours synchronized',
      'expected no "synchronized": 24 hours must be a multiple of the interval after "every 48 hours", got "synchronized"',
    ],
    [
      'every 25 hours on mon',
      'expected no days of the week, since the interval is longer than a day, after "every 25 hours on", got "mon"',
    ],
    ['every day 24:00', `expected "of" and months, or ${times} after "every day", got "24:00"`],
    ['every day 10:60', `expected "of" and months, or ${times} after "every day", got "10:60"`],
    ['every day', `expected "of" and months, or ${times} after "every day", got nothing`],
    ['every day,mon 10:00', `expected "of" and months, or ${times} after "every day", got ",mon"`],
    ['every month 10:00', 'expected a number, "day" or a day of the week after "every", got "month"'],
    ['every mon-fri 10:00', `expected "of" and months, or ${times} after "every mon", got "-fri"`],
    ['1st of month 10:00', 'expected "day" or a day of the week after "1st", got "of"'],
    ['1 10:00', 'expected a comma and a day, or "of" and months after "1", got "10:00"'],
    ['1-15 of month 10:00', 'expected a comma and a day, or "of" and months after "1", got "-15"'],
    ['0 of month 10:00', 'expected a day of the month from 1 to 31, got "0"'],
    ['1,32 of month 10:00', 'expected a day of the month from 1 to 31 after "1,", got "32"'],
    ['1 of 10:00', 'expected "month", "quarter" or a month after "1 of", got "10:00"'],
    ['1 of jan,month 10:00', 'expected a month after "1 of jan,", got "month"'],
    ['1 of march', `expected ${times} after "1 of march", got nothing`],
    [
      '1 of 4th month of quarter 10:00',
      'expected 1st, 2nd or 3rd: a quarter has three months after "1 of", got "4th"',
    ],
    ['30,31 of feb 10:00', 'expected a day up to 29, the last of these months, got 30'],
    ['31 of april,june 10:00', 'expected a day up to 30, the last of these months, got 31'],
  ];
  for (const [schedule, message] of refused) {
    it(`refuses "${schedule}"`, () => {
      assert.throws(() => parseSchedule(schedule), { code: 'CRON_SCHEDULE_INVALID', message });
    });
  }
});
