import type { TaskLimits } from '@waybill/contract-kit';
import type { TaskFailure, TaskRecord } from '../task-record.ts';
import { SECOND_MS } from './due-times.ts';

/** The limit that a task has used up, if any. The last attempt's error stays part of the reason. */
export function exhaustion(record: TaskRecord, limits: TaskLimits, nowMs: number): TaskFailure | undefined {
  const { error } = record;
  // An older one is of the life before a replay, or of a delivery that began no attempt.
  const isOfAnAttempt = error !== null && error.atMs >= (record.firstAttemptAtMs ?? 0);
  const last = isOfAnAttempt ? `; the last one failed with ${error.code}: ${error.message}` : '';
  if (record.attempts >= limits.maxAttempts) {
    return {
      code: 'ATTEMPTS_USED_UP',
      message: `All ${limits.maxAttempts} attempts are used up${last}`,
      atMs: nowMs,
    };
  }
  if (
    record.firstAttemptAtMs !== null &&
    nowMs - record.firstAttemptAtMs > limits.maxAgeSeconds * SECOND_MS
  ) {
    return {
      code: 'AGE_USED_UP',
      message: `Its first attempt was more than ${limits.maxAgeSeconds} s ago${last}`,
      atMs: nowMs,
    };
  }
  return undefined;
}
