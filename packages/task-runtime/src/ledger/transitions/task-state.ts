import type { TaskRecord } from '../task-record.ts';

/** Whether a task is over: no attempt may own it any more. */
export function isTerminal(record: Pick<TaskRecord, 'state'>): boolean {
  return record.state !== 'pending' && record.state !== 'running';
}

/** Whether an attempt owns a task and gave its last sign of life in time. */
export function isLeaseAlive(record: TaskRecord, nowMs: number): boolean {
  return record.state === 'running' && (record.leaseUntilMs ?? 0) > nowMs;
}

/** Whether a task is running under this very attempt. */
export function isOwn(record: TaskRecord, attemptId: string): boolean {
  return record.state === 'running' && record.attemptId === attemptId;
}

/**
 * Whether no attempt of a task was ever begun. A replay counts attempts anew, and a hand-back counts for none; but a
 * step's record, or the history, stays.
 */
export function isUntried({ firstAttemptAtMs, steps, history }: TaskRecord): boolean {
  return firstAttemptAtMs === null && Object.keys(steps).length === 0 && history.length === 0;
}
