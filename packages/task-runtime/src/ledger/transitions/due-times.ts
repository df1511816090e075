import type { TaskRecord } from '../task-record.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Time for which an attempt owns its task without a sign of life. */
export const LEASE_MS = 60 * SECOND_MS;
/** Time after its enqueueing within which an immediate task should have been delivered. */
const SEND_GRACE_MS = 60 * SECOND_MS;
/** Time after its lease's end within which another attempt should have replaced one that died. */
const TAKEOVER_GRACE_MS = 60 * SECOND_MS;
/** Time after its schedule, or after a failure, within which Cloud Tasks should have delivered a task. */
export const DELIVERY_GRACE_MS = 10 * MINUTE_MS;
/** Cloud Tasks takes schedule times up to 30 days ahead; one day is left for delays on the way. */
const MAX_SCHEDULE_MS = 29 * DAY_MS;
/**
 * Cloud Tasks may deliver a task again for 31 days; operators may want to see its record for 30 more. Then the record of
 * a task is deleted, and that of a dead letter loses its personal data.
 */
export const RETENTION_MS = (31 + 30) * DAY_MS;

/** The due time of an enqueued task: soon, or the first time at which it can be sent. */
export function dueAtOfNewTask(nowMs: number, notBeforeMs: number | null): number {
  return Math.max(nowMs + SEND_GRACE_MS, (notBeforeMs ?? 0) - MAX_SCHEDULE_MS);
}

/** Whether Cloud Tasks accepts a task for that time already. */
export function canBeSent(nowMs: number, notBeforeMs: number | null): boolean {
  return notBeforeMs === null || notBeforeMs - nowMs <= MAX_SCHEDULE_MS;
}

/** A lease that begins now, and the due time that belongs to it. */
export function lease(nowMs: number): Pick<TaskRecord, 'leaseUntilMs' | 'dueAtMs'> {
  const leaseUntilMs = nowMs + LEASE_MS;
  return { leaseUntilMs, dueAtMs: leaseUntilMs + TAKEOVER_GRACE_MS };
}
