/** A rule for when a cron job runs. */
export type Schedule =
  /** This many minutes after the end of the run before, on the full minute. */
  | { readonly kind: 'interval'; readonly minutes: number }
  /** At a time of day in the job's time zone, each day or on one day of the week (0: Sunday). */
  | {
      readonly kind: 'time-of-day';
      readonly weekday: number | undefined;
      readonly hour: number;
      readonly minute: number;
    };

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** The schedules that {@link parseSchedule} reads, for messages. App Engine knows more. */
export const SUPPORTED_SCHEDULES =
  '"every N minutes" (or mins), "every N hours", "every day HH:MM", "every monday HH:MM" (any day of the week)';

/**
 * Reads the text of a cron job's schedule.
 * @returns undefined for a schedule outside {@link SUPPORTED_SCHEDULES}
 */
export function parseSchedule(text: string): Schedule | undefined {
  const normalized = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const interval = /^every (\d{1,5}) (minutes|mins|hours)$/.exec(normalized);
  if (interval) {
    const minutes = Number(interval[1]) * (interval[2] === 'hours' ? 60 : 1);
    return minutes > 0 ? { kind: 'interval', minutes } : undefined;
  }
  const timeOfDay = /^every (\w+) (\d{1,2}):(\d{2})$/.exec(normalized);
  if (!timeOfDay) return undefined;
  const [, day = '', hour, minute] = timeOfDay;
  const weekday = WEEKDAYS.findIndex((name) => name === day || name.slice(0, 3) === day);
  if ((day !== 'day' && weekday < 0) || Number(hour) > 23 || Number(minute) > 59) return undefined;
  return {
    kind: 'time-of-day',
    weekday: day === 'day' ? undefined : weekday,
    hour: Number(hour),
    minute: Number(minute),
  };
}
