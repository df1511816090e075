/**
 * Times and durations of tasks are whole microseconds, the precision that the service keeps
 * (google/cloud/tasks/v2/task.proto: "truncated to the nearest microsecond").
 * A number holds them exactly until the year 2255.
 */
export const MICROS_PER_MS = 1_000;
export const MICROS_PER_SECOND = 1_000_000;

/** The first whole millisecond at or after that microsecond: a task must not run before it is due. */
export function dueMs(micros: number): number {
  return Math.ceil(micros / MICROS_PER_MS);
}
