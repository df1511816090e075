import type { TaskRecord } from '../task-record.ts';
import { dead } from './death.ts';
import { canBeSent, MINUTE_MS } from './due-times.ts';
import { withEvent } from './history.ts';
import { sent, sentAnew } from './send.ts';
import { isTerminal } from './task-state.ts';

/** Bounds of the interval after which an overdue record is checked again: as long as it has waited so far. */
const MIN_RECHECK_MS = MINUTE_MS;
const MAX_RECHECK_MS = 60 * MINUTE_MS;
/** The code of a task whose queue was purged after it was sent. */
const PURGED = 'PURGED';
/** The code of a task that waits for its queue to be created. */
export const QUEUE_MISSING = 'QUEUE_MISSING';

/** The response of Cloud Tasks about an overdue record's task. `purgedAtMs` is its queue's last purge, if there was one. */
export type Finding =
  | { readonly task: 'found' }
  /** Its queue does not exist: nobody can say whether it was purged, and it can't be sent. */
  | { readonly task: 'queue-missing' }
  | { readonly task: 'not-found'; readonly purgedAtMs: number | null };

/** The result for an overdue record. `skip`: the record has changed since Cloud Tasks was asked. */
export type Overdue =
  | { readonly outcome: 'skip' }
  | { readonly outcome: 'wait'; readonly record: TaskRecord }
  | { readonly outcome: 'send'; readonly record: TaskRecord }
  | { readonly outcome: 'dead'; readonly record: TaskRecord };

/**
 * Settles an overdue record, for whose task of that generation Cloud Tasks was asked.
 * @param survivesPurge whether the task is sent again where its queue was purged. Default: it is given up
 */
export function overdue(
  record: TaskRecord,
  generation: number,
  finding: Finding,
  nowMs: number,
  survivesPurge = false,
): Overdue {
  const { dueAtMs, generation: present } = record;
  if (isTerminal(record) || present !== generation || dueAtMs === null || dueAtMs > nowMs)
    return { outcome: 'skip' };
  if (finding.task === 'found') {
    // A paused queue, a long back-off, a slow day: Cloud Tasks has it, and will deliver it.
    const delayed = sent(record, generation, nowMs);
    const aheadOfTime = delayed !== undefined && (record.notBeforeMs ?? 0) > nowMs;
    return {
      outcome: 'wait',
      record: aheadOfTime ? delayed : { ...record, dueAtMs: nextCheck(record, nowMs) },
    };
  }
  if (finding.task === 'queue-missing') {
    const message = `Queue ${record.queue} does not exist: create it, and the sweep sends the task`;
    // The time of the first finding stays, so that the interval grows from it.
    const atMs = record.error?.code === QUEUE_MISSING ? record.error.atMs : nowMs;
    const error = { code: QUEUE_MISSING, message, atMs };
    return { outcome: 'wait', record: { ...record, error, dueAtMs: nextCheck(record, nowMs) } };
  }
  const purged = record.state === 'pending' && wasPurged(record, finding.purgedAtMs);
  if (purged && !survivesPurge) {
    return {
      outcome: 'dead',
      record: dead(record, { code: PURGED, message: `Queue ${record.queue} was purged`, atMs: nowMs }, nowMs),
    };
  }
  // An attempt that wakes up later must not take this for its own doing.
  const error = record.error?.code === QUEUE_MISSING ? null : record.error;
  const again = sentAnew({ ...record, attemptId: null, error }, nowMs);
  const code = purged ? PURGED : null;
  const event = { atMs: nowMs, event: 'sent-again', attempt: record.attempts, code } as const;
  return { outcome: 'send', record: { ...again, history: withEvent(record, event) } };
}

function wasPurged(record: TaskRecord, purgedAtMs: number | null): boolean {
  const sentAtMs = record.sentAtMs ?? record.createdAtMs;
  // What was too far ahead to be sent was in no queue.
  return purgedAtMs !== null && purgedAtMs >= sentAtMs && canBeSent(sentAtMs, record.notBeforeMs);
}

function nextCheck(record: TaskRecord, nowMs: number): number {
  const since = Math.max(
    record.createdAtMs,
    record.sentAtMs ?? 0,
    record.notBeforeMs ?? 0,
    lastEventMs(record),
  );
  return nowMs + Math.min(MAX_RECHECK_MS, Math.max(MIN_RECHECK_MS, nowMs - since));
}

function lastEventMs(record: TaskRecord): number {
  return record.history.at(-1)?.atMs ?? 0;
}
