import type { TaskLimits } from '@waybill/contract-kit';
import type { TaskRecord } from '../task-record.ts';
import { dead } from './death.ts';
import { lease } from './due-times.ts';
import { exhaustion } from './exhaustion.ts';
import { withEvent } from './history.ts';
import { isLeaseAlive, isOwn, isTerminal, isUntried } from './task-state.ts';

/** The result of a claim. `drop` is answered 200, for nothing is left to do; `wait` is answered 409, for a retry. */
export type Claim =
  | { readonly outcome: 'run'; readonly record: TaskRecord }
  | { readonly outcome: 'dead'; readonly record: TaskRecord }
  | { readonly outcome: 'drop'; readonly reason: 'terminal' | 'superseded' }
  | { readonly outcome: 'wait'; readonly reason: 'lease-alive' };

/** Claims a delivery of `generation` for attempt `attemptId`. */
export function claim(
  record: TaskRecord,
  delivery: { generation: number; attemptId: string },
  limits: TaskLimits,
  nowMs: number,
): Claim {
  if (isTerminal(record)) return { outcome: 'drop', reason: 'terminal' };
  if (delivery.generation < record.generation) return { outcome: 'drop', reason: 'superseded' };
  // Firestore's client runs a transaction again after a commit whose answer was lost: this claim is its own.
  if (isOwn(record, delivery.attemptId)) return { outcome: 'run', record };
  if (isLeaseAlive(record, nowMs)) return { outcome: 'wait', reason: 'lease-alive' };
  const exhausted = exhaustion(record, limits, nowMs);
  if (exhausted !== undefined) return { outcome: 'dead', record: dead(record, exhausted, nowMs) };
  return {
    outcome: 'run',
    record: begun(ofGeneration(record, delivery.generation), delivery.attemptId, nowMs),
  };
}

/** A record that a restore has set back behind the generation that is delivered. Else the record as it is. */
function ofGeneration(record: TaskRecord, generation: number): TaskRecord {
  return generation > record.generation ? { ...record, generation } : record;
}

/**
 * Whether an attempt for a delivery of `generation` may go on without a written claim: no attempt was ever begun. Each
 * later attempt must leave its trace first, or a handler that kills its process would be started for ever.
 */
export function mayClaimLater(record: TaskRecord, generation: number): boolean {
  return record.state === 'pending' && record.generation === generation && isUntried(record);
}

/**
 * Begins attempt `attemptId`, whose claim was not written yet, if still nobody else has begun one. Else the record is
 * returned as it is: it tells whether the attempt owns it already, or has lost it.
 */
export function claimLate(
  record: TaskRecord,
  { generation, attemptId }: { generation: number; attemptId: string },
  nowMs: number,
): TaskRecord {
  return mayClaimLater(record, generation) ? begun(record, attemptId, nowMs) : record;
}

function begun(record: TaskRecord, attemptId: string, nowMs: number): TaskRecord {
  const attempts = record.attempts + 1;
  return {
    ...record,
    ...lease(nowMs),
    state: 'running',
    attemptId,
    attempts,
    firstAttemptAtMs: record.firstAttemptAtMs ?? nowMs,
    history: withEvent(record, { atMs: nowMs, event: 'claimed', attempt: attempts, code: null }),
  };
}
