import type { Schedule, ScheduleDays, TimeOfDay } from '@waybill/google-config';
import { TimeZoneClock } from './time-zone-clock.ts';

const MINUTE_MS = 60_000;
/** The days of the week repeat after 28 years, or 40 where a century without a leap day lies between. */
const MAX_YEARS_AHEAD = 41;

type Interval = Extract<Schedule, { kind: 'interval' }>;
type Window = Extract<Schedule, { kind: 'window' }>;
type AtTimeOfDay = Extract<Schedule, { kind: 'time-of-day' }>;

/**
 * The first moment after `afterMs` at which a job runs, both in milliseconds since the Unix epoch; undefined for a schedule
 * whose every time is one that the clocks skip. Source: the schedule code of Google's App Engine SDK
 * (groctimespecification.py), changes of clocks included.
 * @param timeZone an IANA name such as Europe/Berlin; plain intervals don't depend on it
 */
export function nextRunMs(schedule: Schedule, afterMs: number, timeZone: string): number | undefined {
  const clock = new TimeZoneClock(timeZone);
  if (schedule.kind === 'time-of-day') return nextTimeOfDay(schedule, afterMs, clock);
  const { weekdays } = schedule;
  const stepMs = schedule.minutes * MINUTE_MS;
  for (let fromMs = afterMs; ; ) {
    const atMs =
      schedule.kind === 'interval' ? nextOfInterval(schedule, fromMs) : nextInWindow(schedule, fromMs, clock);
    if (weekdays === undefined || weekdays.includes(clock.weekdayAt(atMs))) return atMs;
    // All steps that end on this day find times of this day only: go past them at once.
    const today = clock.shownAt(atMs);
    const tomorrowMs = clock.firstMomentFrom({ ...today, day: today.day + 1, hour: 0, minute: 0 });
    fromMs += Math.max(1, Math.ceil((tomorrowMs - fromMs) / stepMs) - 1) * stepMs;
  }
}

function nextOfInterval({ minutes }: Interval, afterMs: number): number {
  const dueMs = afterMs + minutes * MINUTE_MS;
  return dueMs - (dueMs % MINUTE_MS);
}

/** Counts from the start of a window, in real time: a change of clocks within it shifts the times that follow. */
function nextInWindow({ minutes, from, to }: Window, afterMs: number, clock: TimeZoneClock): number {
  const stepMs = minutes * MINUTE_MS;
  const startMs = lastMomentOf(from, afterMs, clock);
  const atMs = startMs + (Math.floor((afterMs - startMs) / stepMs) + 1) * stepMs;
  const nextStartMs = nextMomentOf(from, afterMs, clock);
  const isInWindow = (momentMs: number): boolean => {
    const endMs = lastMomentOf(to, momentMs, clock);
    return lastMomentOf(from, momentMs, clock) > endMs || momentMs === endMs;
  };
  return atMs < nextStartMs && isInWindow(afterMs) && isInWindow(atMs) ? atMs : nextStartMs;
}

/** The latest moment, no later than `atMs`, at which the clocks showed this time. */
function lastMomentOf(time: TimeOfDay, atMs: number, clock: TimeZoneClock): number {
  const today = clock.shownAt(atMs);
  for (let ago = 0; ; ago += 1) {
    const momentMs = clock.firstMomentFrom({ ...today, ...time, day: today.day - ago });
    if (momentMs <= atMs) return momentMs;
  }
}

/** The earliest moment after `atMs` at which the clocks show this time. */
function nextMomentOf(time: TimeOfDay, atMs: number, clock: TimeZoneClock): number {
  const today = clock.shownAt(atMs);
  for (let ahead = 0; ; ahead += 1) {
    const momentMs = clock.firstMomentFrom({ ...today, ...time, day: today.day + ahead });
    if (momentMs > atMs) return momentMs;
  }
}

function nextTimeOfDay(
  { days, months, time }: AtTimeOfDay,
  afterMs: number,
  clock: TimeZoneClock,
): number | undefined {
  const today = clock.shownAt(afterMs);
  for (let ahead = 0; ahead <= MAX_YEARS_AHEAD * 12; ahead += 1) {
    const first = new Date(Date.UTC(today.year, today.month - 1 + ahead, 1));
    const [year, month] = [first.getUTCFullYear(), first.getUTCMonth() + 1];
    if (!months.includes(month)) continue;
    for (const day of daysOfMonth(days, year, month)) {
      if (ahead === 0 && day < today.day) continue;
      // A time that the clocks skip has no moment and no run; one that they show twice has two.
      const atMs = clock.momentsOf({ year, month, day, ...time }).find((moment) => moment > afterMs);
      if (atMs !== undefined) return atMs;
    }
  }
  return undefined;
}

/** The days of a month that match, in ascending order. */
function daysOfMonth(days: ScheduleDays, year: number, month: number): readonly number[] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const firstWeekday = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const matches = (day: number): boolean =>
    'monthDays' in days
      ? days.monthDays.includes(day)
      : days.weekdays.includes((firstWeekday + day - 1) % 7) && days.ordinals.includes(Math.ceil(day / 7));
  return Array.from({ length }, (_, index) => index + 1).filter(matches);
}
