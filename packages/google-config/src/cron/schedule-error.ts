/** Thrown for a text that is no schedule of App Engine's cron. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  readonly code = 'CRON_SCHEDULE_INVALID';
}
