import { localTimeIn, toInstantMs } from './zoned-time.ts';

/** When a cron job runs. */
export type Schedule =
  /** So long after the end of the run before, on the full minute. */
  | { kind: 'interval'; minutes: number }
  /** At a time of day in the job's time zone, each day or on one day of the week (0: Sunday). */
  | { kind: 'time-of-day'; weekday: number | undefined; hour: number; minute: number };

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** The schedules that this emulator knows, for messages. App Engine knows more. */
export const supportedSchedules =
  '"every N minutes" (or mins), "every N hours", "every day HH:MM", "every monday HH:MM" (any day of the week)';

/**
 * Reads a schedule of cron.yaml.
 * @returns undefined for one that this emulator does not know
 */
export function parseSchedule(text: string): Schedule | undefined {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const interval = /^every (\d{1,5}) (minutes|mins|hours)$/.exec(words);
  if (interval) {
    const minutes = Number(interval[1]) * (interval[2] === 'hours' ? 60 : 1);
    return minutes > 0 ? { kind: 'interval', minutes } : undefined;
  }
  const timeOfDay = /^every (\w+) (\d{1,2}):(\d{2})$/.exec(words);
  if (!timeOfDay) return undefined;
  const [, day = '', hour, minute] = timeOfDay;
  const weekday = weekdays.findIndex((name) => name === day || name.slice(0, 3) === day);
  if ((day !== 'day' && weekday < 0) || Number(hour) > 23 || Number(minute) > 59) return undefined;
  return {
    kind: 'time-of-day',
    weekday: day === 'day' ? undefined : weekday,
    hour: Number(hour),
    minute: Number(minute),
  };
}

/**
 * The first moment after `afterMs` at which a job runs, both in milliseconds since the Unix epoch. A time of day that the
 * clocks skip is taken at the first minute after the gap; one that they repeat, at its first occurrence. Source: the schedule
 * code of Google's App Engine SDK (groctimespecification.py).
 * @param timeZone an IANA name such as Europe/Berlin; interval schedules don't depend on it
 */
export function nextRunMs(schedule: Schedule, afterMs: number, timeZone: string): number {
  if (schedule.kind === 'interval') {
    const dueMs = afterMs + schedule.minutes * 60_000;
    return dueMs - (dueMs % 60_000);
  }
  const today = localTimeIn(timeZone, afterMs);
  // Nine days: the weekday of today may have passed, and a time zone may skip a whole day.
  for (let ahead = 0; ahead <= 8; ahead += 1) {
    const { weekday, hour, minute } = schedule;
    const atMs = toInstantMs(timeZone, { ...today, day: today.day + ahead, hour, minute });
    const isDay =
      weekday === undefined ||
      new Date(Date.UTC(today.year, today.month - 1, today.day + ahead)).getUTCDay() === weekday;
    if (isDay && atMs > afterMs) return atMs;
  }
  throw new Error(`No run of the schedule found within nine days of ${new Date(afterMs).toISOString()}`);
}
