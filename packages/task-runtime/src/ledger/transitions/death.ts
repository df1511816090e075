import { OutcomeUnknownError } from '../../errors.ts';
import type { TaskFailure, TaskRecord } from '../task-record.ts';
import { DELIVERY_GRACE_MS, RETENTION_MS } from './due-times.ts';
import { withEvent } from './history.ts';
import { isTerminal } from './task-state.ts';

/** The code of a death that is not compensated until an operator finds out the outcome of a call. */
export const OUTCOME_UNKNOWN = 'OUTCOME_UNKNOWN';

/**
 * Gives a task up: it stays as a dead letter until an operator replays or discards it. An open call whose outcome is
 * unknown becomes its cause of death, whatever else there was.
 * @param attemptId the attempt that gave it up, which recognises its own commit by it; null when no attempt caused it
 *   (sweep, limits)
 */
export function dead(
  record: TaskRecord,
  reason: TaskFailure,
  nowMs: number,
  attemptId: string | null = null,
): TaskRecord {
  const error = unknownOutcome(record, reason) ?? reason;
  return {
    ...record,
    state: 'dead',
    attemptId,
    leaseUntilMs: null,
    dueAtMs: null,
    failedAtMs: nowMs,
    eraseAtMs: nowMs + RETENTION_MS,
    error,
    history: withEvent(record, { atMs: nowMs, event: 'dead', attempt: record.attempts, code: error.code }),
  };
}

/** The cause of death for which an operator must find out the outcome of a call; undefined when no call is open. */
function unknownOutcome({ steps }: TaskRecord, reason: TaskFailure): TaskFailure | undefined {
  if (reason.code === OUTCOME_UNKNOWN) return undefined;
  const open = Object.entries(steps).find(([, step]) => step.state === 'started' && step.atMostOnce === true);
  if (open === undefined) return undefined;
  const { message } = new OutcomeUnknownError(open[0]);
  return {
    ...reason,
    code: OUTCOME_UNKNOWN,
    message: `${message}; given up with ${reason.code}: ${reason.message}`,
  };
}

/**
 * What makes the dedupe keys of a task's compensation differ from those of its earlier deaths. After a replay it is its
 * generation: what the first death had done, the second must do again.
 */
export function compensationScope({ audit, generation }: TaskRecord): string {
  const isReplayed = audit.some(({ action }) => action === 'replay' || action === 'replay-mended');
  return isReplayed ? `\ng${generation}` : '';
}

/** Whether `onDead` runs for a task that is given up: not before an operator knows what there is to compensate. */
export function isCompensated(dead: TaskRecord): boolean {
  return dead.error?.code !== OUTCOME_UNKNOWN;
}

/**
 * Keeps a task whose compensation failed: it is not given up, and its record says why. The next delivery tries again.
 * Undefined: the record has changed meanwhile.
 * @param before the record as it was when the compensation was tried
 */
export function uncompensated(
  record: TaskRecord,
  before: Pick<TaskRecord, 'generation' | 'attemptId'>,
  message: string,
  nowMs: number,
): TaskRecord | undefined {
  const hasGoneOn = record.generation !== before.generation || record.attemptId !== before.attemptId;
  if (isTerminal(record) || hasGoneOn) return undefined;
  return {
    ...record,
    state: 'pending',
    leaseUntilMs: null,
    error: { code: 'COMPENSATION_FAILED', message, atMs: nowMs },
    dueAtMs: nowMs + DELIVERY_GRACE_MS,
  };
}
