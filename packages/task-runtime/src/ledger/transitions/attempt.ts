import type { TaskLimits } from '@waybill/contract-kit';
import type { StepRecord, TaskFailure, TaskRecord } from '../task-record.ts';
import { dead } from './death.ts';
import { DELIVERY_GRACE_MS, lease, RETENTION_MS, SECOND_MS } from './due-times.ts';
import { exhaustion } from './exhaustion.ts';
import { withEvent } from './history.ts';
import { sentAnew } from './send.ts';
import { isOwn, isTerminal } from './task-state.ts';

/** Renews the lease for a sign of life. Undefined: the task is no longer this attempt's. */
export function heartbeat(record: TaskRecord, attemptId: string, nowMs: number): TaskRecord | undefined {
  return isOwn(record, attemptId) ? { ...record, ...lease(nowMs) } : undefined;
}

/** Records a step's intent, result or refusal. Undefined: the task is no longer this attempt's. */
export function stepped(
  record: TaskRecord,
  attemptId: string,
  name: string,
  step: StepRecord,
): TaskRecord | undefined {
  return isOwn(record, attemptId) ? { ...record, steps: { ...record.steps, [name]: step } } : undefined;
}

/** The result of a finish. `already`: this very attempt has succeeded before, and only its response was lost. */
export type Finish =
  | { readonly outcome: 'succeeded'; readonly record: TaskRecord }
  | { readonly outcome: 'already' }
  | { readonly outcome: 'lost'; readonly status: 200 | 409 };

/**
 * Marks a task as done by attempt `attemptId`.
 * @param outcome the declared outcome that it ends with. Default: plain success
 */
export function finish(
  record: TaskRecord,
  attemptId: string,
  followUps: readonly string[],
  nowMs: number,
  outcome?: string,
): Finish {
  if (record.state === 'succeeded' && record.attemptId === attemptId) return { outcome: 'already' };
  if (!isOwn(record, attemptId)) return lost(record);
  return {
    outcome: 'succeeded',
    record: {
      ...record,
      state: 'succeeded',
      leaseUntilMs: null,
      dueAtMs: null,
      expireAtMs: nowMs + RETENTION_MS,
      error: null,
      followUps,
      ...(outcome !== undefined && { outcome }),
      history: withEvent(record, { atMs: nowMs, event: 'succeeded', attempt: record.attempts, code: null }),
    },
  };
}

/** The result for an attempt that lost its task: a terminal task needs no more deliveries, another attempt's may. */
export function lost(record: TaskRecord): { outcome: 'lost'; status: 200 | 409 } {
  return { outcome: 'lost', status: isTerminal(record) ? 200 : 409 };
}

/** The kinds of an attempt's failure. */
export type FailureKind =
  /** Cloud Tasks delivers the task again, as long as its limits allow. */
  | 'retryable'
  /** The process shuts down: the attempt doesn't count. */
  | 'stopping'
  /** Firestore could not commit it beside other transactions: the attempt doesn't count, but its time does. */
  | 'contention'
  /** No retry can help. */
  | 'permanent';

/** An attempt's failure. */
export interface AttemptFailure {
  readonly kind: FailureKind;
  readonly code: string;
  readonly message: string;
  /** For `retryable`: not before so many seconds have passed. Default, also for 0: when Cloud Tasks backs off to. */
  readonly retryAfterSeconds?: number;
}

/** The result of a failure. */
export type Failure =
  | { readonly outcome: 'retry'; readonly record: TaskRecord }
  /** To be sent anew for a later time; the delivery that failed is done with. */
  | { readonly outcome: 'retry-later'; readonly record: TaskRecord }
  | { readonly outcome: 'dead'; readonly record: TaskRecord }
  | { readonly outcome: 'already' }
  | { readonly outcome: 'lost'; readonly status: 200 | 409 };

/** Records that attempt `attemptId` failed. */
export function fail(
  record: TaskRecord,
  attemptId: string,
  failure: AttemptFailure,
  limits: TaskLimits,
  nowMs: number,
): Failure {
  if (record.attemptId === attemptId && (record.state === 'pending' || record.state === 'dead')) {
    return { outcome: 'already' };
  }
  if (!isOwn(record, attemptId)) return lost(record);
  const error: TaskFailure = { code: failure.code, message: failure.message, atMs: nowMs };
  if (failure.kind === 'permanent') return { outcome: 'dead', record: dead(record, error, nowMs, attemptId) };
  const stopping = failure.kind === 'stopping';
  const handedBack = stopping || failure.kind === 'contention';
  // At once, that is without any back-off, all attempts would be used up within a moment.
  const retryAfterSeconds = failure.retryAfterSeconds || undefined;
  const released: TaskRecord = {
    ...record,
    state: 'pending',
    leaseUntilMs: null,
    attempts: handedBack ? record.attempts - 1 : record.attempts,
    error: handedBack ? record.error : error,
    dueAtMs: nowMs + DELIVERY_GRACE_MS,
    history: withEvent(record, {
      atMs: nowMs,
      event: handedBack ? 'handed-back' : retryAfterSeconds === undefined ? 'retry' : 'retry-later',
      attempt: record.attempts,
      code: failure.code,
    }),
  };
  if (stopping) return { outcome: 'retry', record: released };
  // Contention uses up no attempts: without the age limit it could go on for ever.
  const exhausted = exhaustion({ ...released, error }, limits, nowMs);
  if (exhausted !== undefined)
    return { outcome: 'dead', record: dead(released, exhausted, nowMs, attemptId) };
  if (retryAfterSeconds === undefined) return { outcome: 'retry', record: released };
  const notBeforeMs = nowMs + Math.ceil(retryAfterSeconds * SECOND_MS);
  return { outcome: 'retry-later', record: sentAnew({ ...released, notBeforeMs }, nowMs) };
}
