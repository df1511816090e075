import assert from 'node:assert/strict';
import type { Schedule, TimeOfDay } from '@waybill/google-config';
import fc from 'fast-check';
import { nextRunMs } from './next-run.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 1);
const END_MS = Date.UTC(2027, 0, 1);

/** One minute of the year as the clocks of a time zone show it. */
interface ShownMinute {
  atMs: number;
  month: number;
  day: number;
  weekday: number;
  /** Minutes after midnight. */
  shown: number;
}

const yearsOf = new Map<string, ShownMinute[]>();

/** Each minute of 2026 in a time zone. All changes of clocks happen on a quarter of an hour. */
function minutesOfYear(timeZone: string): ShownMinute[] {
  const known = yearsOf.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const minutes: ShownMinute[] = [];
  for (let quarterMs = START_MS; quarterMs < END_MS; quarterMs += 15 * MINUTE_MS) {
    // Swedish dates are written 2026-01-31 23:59.
    const shown = Date.parse(`${format.format(quarterMs).replace(' ', 'T')}Z`);
    for (let minute = 0; minute < 15; minute += 1) {
      const date = new Date(shown + minute * MINUTE_MS);
      minutes.push({
        atMs: quarterMs + minute * MINUTE_MS,
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        weekday: date.getUTCDay(),
        shown: date.getUTCHours() * 60 + date.getUTCMinutes(),
      });
    }
  }
  yearsOf.set(timeZone, minutes);
  return minutes;
}

const minuteOf = ({ hour, minute }: TimeOfDay): number => hour * 60 + minute;

type AtTimeOfDay = Extract<Schedule, { kind: 'time-of-day' }>;
type Window = Extract<Schedule, { kind: 'window' }>;

/** All runs of the year, by asking of each minute whether it has the day and the time. */
function runsAtTimesOfDay({ days, months, time }: AtTimeOfDay, minutes: ShownMinute[]): number[] {
  return minutes
    .filter(({ month, day, weekday, shown }) => {
      if (shown !== minuteOf(time) || !months.includes(month)) return false;
      if ('monthDays' in days) return days.monthDays.includes(day);
      return days.weekdays.includes(weekday) && days.ordinals.includes(Math.floor((day - 1) / 7) + 1);
    })
    .map(({ atMs }) => atMs);
}

/** All runs of the year, by going through it minute by minute, in and out of windows. */
function runsInWindows({ minutes: step, from, to }: Window, minutes: ShownMinute[]): number[] {
  const runs: number[] = [];
  let sinceStart: number | undefined;
  const comesFirst = (time: number, index: number): boolean => {
    const [before, now] = [minutes[index - 1], minutes[index] as ShownMinute];
    if (before === undefined || before.day !== now.day) return now.shown >= time && now.shown - time < 1;
    // A time that the clocks skip comes with the first minute after it.
    return before.shown < time && now.shown >= time && !wasShown(time, index);
  };
  const wasShown = (time: number, index: number): boolean => {
    for (let at = index - 1; minutes[at]?.day === minutes[index]?.day; at -= 1) {
      if (minutes[at]?.shown === time) return true;
    }
    return false;
  };
  minutes.forEach(({ atMs }, index) => {
    if (comesFirst(minuteOf(from), index)) sinceStart = 0;
    if (sinceStart === undefined) return;
    if (sinceStart % step === 0) runs.push(atMs);
    sinceStart = comesFirst(minuteOf(to), index) ? undefined : sinceStart + 1;
  });
  return runs;
}

function runsByNextRun(schedule: Schedule, afterMs: number, timeZone: string): number[] {
  const runs: number[] = [];
  for (let atMs = nextRunMs(schedule, afterMs, timeZone); atMs !== undefined && atMs < END_MS; ) {
    runs.push(atMs);
    atMs = nextRunMs(schedule, atMs, timeZone);
  }
  return runs;
}

const subset = (from: number, to: number) =>
  fc.uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: 4 });
/** Half of the times lie in the hours in which clocks change. */
const time = fc.record({
  hour: fc.oneof(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 2, 3)),
  minute: fc.oneof(fc.integer({ min: 0, max: 59 }), fc.constantFrom(0, 30)),
});
const timeZone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');

describe('nextRunMs(), against a model that looks at each minute of a year', () => {
  it('finds the times of day', () => {
    const schedule = fc.record({
      kind: fc.constant('time-of-day' as const),
      days: fc.oneof(
        fc.record({ monthDays: subset(1, 31) }),
        fc.record({ weekdays: subset(0, 6), ordinals: subset(1, 5) }),
      ),
      months: fc.oneof(subset(1, 12), fc.constant([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])),
      time,
    });
    fc.assert(
      fc.property(schedule, timeZone, (one, zone) => {
        const runs = runsByNextRun(one, START_MS - 1, zone);
        assert.deepEqual(runs, runsAtTimesOfDay(one, minutesOfYear(zone)));
      }),
      { numRuns: 20 },
    );
  });

  it('finds the times of windows', () => {
    const schedule = fc.record({
      kind: fc.constant('window' as const),
      minutes: fc.constantFrom(90, 120, 45 * 7, 360, 480, 1440, 1500),
      from: time,
      to: time,
    });
    fc.assert(
      fc.property(schedule, timeZone, (one, zone) => {
        const runs = runsInWindows(one, minutesOfYear(zone));
        // The model does not know windows that began in the year before.
        const [, second = END_MS] = runs.filter((atMs) => atMs >= START_MS + 2 * 1440 * MINUTE_MS);
        const modelled = runs.filter((atMs) => atMs > second);
        assert.deepEqual(runsByNextRun(one, second, zone), modelled);
      }),
      { numRuns: 8 },
    );
  });
});
