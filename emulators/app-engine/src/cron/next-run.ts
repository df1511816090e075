import type { Schedule } from '@waybill/google-config';
import { localTimeIn, toInstantMs } from './zoned-time.ts';

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
