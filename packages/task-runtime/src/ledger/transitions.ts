import type { TaskLimits } from '@waybill/contract-kit';
import { OutcomeUnknownError } from '../errors.ts';
import type {
  AuditEntry,
  StepRecord,
  StepVerdict,
  TaskEvent,
  TaskFailure,
  TaskRecord,
} from './task-record.ts';

/**
 * Every change that a task's record can go through: pure functions from a record and the time to the next record.
 * docs/architecture.md has them as a table. Each runs inside a Firestore transaction that read the record, so that
 * what a guard sees still holds when its result is written.
 */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How long an attempt owns its task without a sign of life. */
export const LEASE_MS = 60 * SECOND_MS;
/** How long after its enqueueing an immediate task should have been delivered. */
const SEND_GRACE_MS = 60 * SECOND_MS;
/** How long after its lease's end an attempt that died should have been taken over. */
const TAKEOVER_GRACE_MS = 60 * SECOND_MS;
/** How long after its time, or after a failure, a task that Cloud Tasks holds should have been delivered. */
const DELIVERY_GRACE_MS = 10 * MINUTE_MS;
/** Cloud Tasks takes schedule times up to 30 days ahead; a day is left for what may be slow. */
export const MAX_SCHEDULE_MS = 29 * DAY_MS;
/** Overdue records are looked at again after as long as they have waited, within these bounds. */
const MIN_RECHECK_MS = MINUTE_MS;
const MAX_RECHECK_MS = 60 * MINUTE_MS;
/** Cloud Tasks may deliver a task again for 31 days; after that a person may still want to look for 30 more. */
const RETENTION_MS = (31 + 30) * DAY_MS;
/** What is kept of a task's life: its newest events. */
export const MAX_HISTORY_LENGTH = 30;
const MAX_AUDIT_LENGTH = 50;
/** The code of a death that nothing compensates for, until a person has found out what came of a call. */
export const OUTCOME_UNKNOWN = 'OUTCOME_UNKNOWN';
/** The code of a task whose queue was purged after it was sent. */
const PURGED = 'PURGED';

/** When an enqueued task is looked after if nothing has happened: soon, or when it can be sent at all. */
export function dueAtOfNewTask(nowMs: number, notBeforeMs: number | null): number {
  return Math.max(nowMs + SEND_GRACE_MS, (notBeforeMs ?? 0) - MAX_SCHEDULE_MS);
}

/** Whether Cloud Tasks would take a task for that time already. */
export function canBeSent(nowMs: number, notBeforeMs: number | null): boolean {
  return notBeforeMs === null || notBeforeMs - nowMs <= MAX_SCHEDULE_MS;
}

/** No attempt may own it any more: nothing was, will or should be done. */
export function isTerminal(record: TaskRecord): boolean {
  return record.state !== 'pending' && record.state !== 'running';
}

/** An attempt owns it, and has given a sign of life in time. */
export function isLeaseAlive(record: TaskRecord, nowMs: number): boolean {
  return record.state === 'running' && (record.leaseUntilMs ?? 0) > nowMs;
}

function isOwn(record: TaskRecord, attemptId: string): boolean {
  return record.state === 'running' && record.attemptId === attemptId;
}

/** A delayed task was handed to Cloud Tasks. Undefined: nothing to write. */
export function sent(record: TaskRecord, generation: number, nowMs: number): TaskRecord | undefined {
  if (record.state !== 'pending' || record.generation !== generation || record.notBeforeMs === null) {
    return undefined;
  }
  return { ...record, sentAtMs: nowMs, dueAtMs: Math.max(nowMs, record.notBeforeMs) + DELIVERY_GRACE_MS };
}

/** What a delivery comes to. `drop` answers 200, for nothing is to be done; `wait` answers 409, for a retry. */
export type Claim =
  | { readonly outcome: 'run'; readonly record: TaskRecord }
  | { readonly outcome: 'dead'; readonly record: TaskRecord }
  | { readonly outcome: 'drop'; readonly reason: 'terminal' | 'superseded' }
  | { readonly outcome: 'wait'; readonly reason: 'lease-alive' };

/** A delivery of `generation` wants to become attempt `attemptId`. */
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
  const attempts = record.attempts + 1;
  return {
    outcome: 'run',
    record: {
      ...record,
      ...lease(nowMs),
      state: 'running',
      attemptId: delivery.attemptId,
      attempts,
      firstAttemptAtMs: record.firstAttemptAtMs ?? nowMs,
      history: withEvent(record, { atMs: nowMs, event: 'claimed', attempt: attempts, code: null }),
    },
  };
}

function lease(nowMs: number): Pick<TaskRecord, 'leaseUntilMs' | 'dueAtMs'> {
  const leaseUntilMs = nowMs + LEASE_MS;
  return { leaseUntilMs, dueAtMs: leaseUntilMs + TAKEOVER_GRACE_MS };
}

/** Which limit a task has used up, if any. The last attempt's error stays part of the reason. */
function exhaustion(record: TaskRecord, limits: TaskLimits, nowMs: number): TaskFailure | undefined {
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

/**
 * A delivery came to a worker that can't judge the task, while another may come that can: the record says why it waits.
 * Undefined: it does so already.
 */
export function awaited(
  record: TaskRecord,
  { code, message }: { code: string; message: string },
  nowMs: number,
): TaskRecord | undefined {
  if (record.error?.code === code) return undefined;
  const dueAtMs = Math.max(record.dueAtMs ?? 0, nowMs + DELIVERY_GRACE_MS);
  return { ...record, error: { code, message, atMs: nowMs }, dueAtMs };
}

/** A sign of life. Undefined: the task is no longer this attempt's. */
export function heartbeat(record: TaskRecord, attemptId: string, nowMs: number): TaskRecord | undefined {
  return isOwn(record, attemptId) ? { ...record, ...lease(nowMs) } : undefined;
}

/** A step's intent, result or refusal. Undefined: the task is no longer this attempt's. */
export function stepped(
  record: TaskRecord,
  attemptId: string,
  name: string,
  step: StepRecord,
): TaskRecord | undefined {
  return isOwn(record, attemptId) ? { ...record, steps: { ...record.steps, [name]: step } } : undefined;
}

/** What a finish comes to. `already`: this very attempt has succeeded before, and only its answer was lost. */
export type Finish =
  | { readonly outcome: 'succeeded'; readonly record: TaskRecord }
  | { readonly outcome: 'already' }
  | { readonly outcome: 'lost'; readonly status: 200 | 409 };

export function finish(
  record: TaskRecord,
  attemptId: string,
  followUps: readonly string[],
  nowMs: number,
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
      history: withEvent(record, { atMs: nowMs, event: 'succeeded', attempt: record.attempts, code: null }),
    },
  };
}

/** An attempt that lost its task: a terminal one needs no more deliveries, another attempt's may. */
function lost(record: TaskRecord): { outcome: 'lost'; status: 200 | 409 } {
  return { outcome: 'lost', status: isTerminal(record) ? 200 : 409 };
}

/** How an attempt ended without success. */
export type FailureKind =
  /** Cloud Tasks is to deliver it again, as long as its limits allow. */
  | 'retryable'
  /** The process is about to end: the attempt doesn't count. */
  | 'stopping'
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

/** What a failure comes to. */
export type Failure =
  | { readonly outcome: 'retry'; readonly record: TaskRecord }
  /** To be sent anew for a later time; the delivery that failed is done with. */
  | { readonly outcome: 'retry-later'; readonly record: TaskRecord }
  | { readonly outcome: 'dead'; readonly record: TaskRecord }
  | { readonly outcome: 'already' }
  | { readonly outcome: 'lost'; readonly status: 200 | 409 };

/** Attempt `attemptId` failed. */
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
  // At once, that is without any back-off, all attempts would be used up within a moment.
  const retryAfterSeconds = failure.retryAfterSeconds || undefined;
  const released: TaskRecord = {
    ...record,
    state: 'pending',
    leaseUntilMs: null,
    attempts: stopping ? record.attempts - 1 : record.attempts,
    error: stopping ? record.error : error,
    dueAtMs: nowMs + DELIVERY_GRACE_MS,
    history: withEvent(record, {
      atMs: nowMs,
      event: stopping ? 'handed-back' : retryAfterSeconds === undefined ? 'retry' : 'retry-later',
      attempt: record.attempts,
      code: failure.code,
    }),
  };
  if (stopping) return { outcome: 'retry', record: released };
  const exhausted = exhaustion(released, limits, nowMs);
  if (exhausted !== undefined)
    return { outcome: 'dead', record: dead(released, exhausted, nowMs, attemptId) };
  if (retryAfterSeconds === undefined) return { outcome: 'retry', record: released };
  const notBeforeMs = nowMs + Math.ceil(retryAfterSeconds * SECOND_MS);
  return { outcome: 'retry-later', record: sentAnew({ ...released, notBeforeMs }, nowMs) };
}

/** The next generation: a new name, for the old one is used up. Delayed ones follow the version that serves then. */
function sentAnew(record: TaskRecord, nowMs: number): TaskRecord {
  const { notBeforeMs, route } = record;
  return {
    ...record,
    state: 'pending',
    leaseUntilMs: null,
    generation: record.generation + 1,
    route: notBeforeMs !== null && notBeforeMs > nowMs ? { ...route, version: null } : route,
    sentAtMs: nowMs,
    dueAtMs: dueAtOfNewTask(nowMs, notBeforeMs),
  };
}

/**
 * The task is given up: it stays as a dead letter until a person replays or discards it. Where a call of it may or may
 * not have happened, that is what it died of, whatever else there was.
 * @param attemptId the attempt that gave it up, which recognises it by that; null: none did, and none may think so
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
    error,
    history: withEvent(record, { atMs: nowMs, event: 'dead', attempt: record.attempts, code: error.code }),
  };
}

/** The reason of a death for which a person has to find out what came of a call; undefined where there is none such. */
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
 * A task was to be given up, and what compensates for it failed: it is not given up, and its record says why. The next
 * delivery tries again. Undefined: it has gone on meanwhile.
 * @param before as it was when that was tried
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

/** What Cloud Tasks says of an overdue record's task. `purgedAtMs` is its queue's last purge, if there was one. */
export type Finding =
  | { readonly task: 'found' }
  | { readonly task: 'not-found'; readonly purgedAtMs: number | null };

/** What an overdue record comes to. `skip`: it is no longer what was asked about. */
export type Overdue =
  | { readonly outcome: 'skip' }
  | { readonly outcome: 'wait'; readonly record: TaskRecord }
  | { readonly outcome: 'send'; readonly record: TaskRecord }
  | { readonly outcome: 'dead'; readonly record: TaskRecord };

/**
 * A record was overdue, and Cloud Tasks was asked about its task of that generation.
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
  const purged = record.state === 'pending' && wasPurged(record, finding.purgedAtMs);
  if (purged && !survivesPurge) {
    return {
      outcome: 'dead',
      record: dead(record, { code: PURGED, message: `Queue ${record.queue} was purged`, atMs: nowMs }, nowMs),
    };
  }
  // An attempt that wakes up later must not take this for its own doing.
  const again = sentAnew({ ...record, attemptId: null }, nowMs);
  const code = purged ? PURGED : null;
  const event = { atMs: nowMs, event: 'sent-again', attempt: record.attempts, code } as const;
  return { outcome: 'send', record: { ...again, history: withEvent(record, event) } };
}

function wasPurged(record: TaskRecord, purgedAtMs: number | null): boolean {
  const sentAtMs = record.sentAtMs ?? record.createdAtMs;
  // What was too far ahead to be sent was in no queue.
  return purgedAtMs !== null && purgedAtMs >= sentAtMs && canBeSent(sentAtMs, record.notBeforeMs);
}

/** Who does something to a task, and why. */
export interface Actor {
  readonly by: string;
  readonly why: string;
}

/**
 * A task that no attempt holds is not wanted any more; one whose attempts die with their worker is among those.
 * Undefined: an attempt holds it, or it is over.
 */
export function cancel(record: TaskRecord, actor: Actor, nowMs: number): TaskRecord | undefined {
  if (isTerminal(record) || isLeaseAlive(record, nowMs)) return undefined;
  return closed(record, 'cancelled', { ...actor, atMs: nowMs, action: 'cancel' });
}

/** A person has Cloud Tasks deliver a pending task now, whatever its time. Undefined: it is not pending. */
export function runNow(record: TaskRecord, actor: Actor, nowMs: number): TaskRecord | undefined {
  if (record.state !== 'pending') return undefined;
  return { ...record, audit: withAudit(record, { ...actor, atMs: nowMs, action: 'run-now' }) };
}

/** A dead letter is given up. Undefined: it is not dead. */
export function discard(record: TaskRecord, actor: Actor, nowMs: number): TaskRecord | undefined {
  if (record.state !== 'dead') return undefined;
  return closed(record, 'discarded', { ...actor, atMs: nowMs, action: 'discard' });
}

function closed(record: TaskRecord, state: 'cancelled' | 'discarded', entry: AuditEntry): TaskRecord {
  return {
    ...record,
    state,
    leaseUntilMs: null,
    dueAtMs: null,
    expireAtMs: entry.atMs + RETENTION_MS,
    audit: withAudit(record, entry),
    history: withEvent(record, { atMs: entry.atMs, event: state, attempt: record.attempts, code: null }),
  };
}

/** A payload that takes the place of a dead letter's, as the contract's present schema accepts it. */
export interface MendedPayload {
  readonly payload: string;
  readonly payloadHash: string;
  readonly schemaHash: string;
}

/**
 * A dead letter gets all its attempts again, with the same payload or a mended one. Its steps stay: what was done is
 * not done again. What was unknown is done, or may be done once more, as the verdict says; without one it would be
 * dead again at once. Undefined: it is not dead.
 */
export function replay(
  record: TaskRecord,
  actor: Actor,
  changes: { readonly mended?: MendedPayload | undefined; readonly verdict?: StepVerdict | undefined },
  nowMs: number,
): TaskRecord | undefined {
  if (record.state !== 'dead') return undefined;
  const { mended, verdict } = changes;
  // The version it was pinned to may be long gone.
  const route = { ...record.route, version: null };
  const again = sentAnew({ ...record, ...mended, route, notBeforeMs: null }, nowMs);
  return {
    ...again,
    steps: verdict === undefined ? record.steps : judged(record.steps, verdict),
    attempts: 0,
    firstAttemptAtMs: null,
    failedAtMs: null,
    expireAtMs: null,
    audit: withAudit(record, {
      ...actor,
      atMs: nowMs,
      action: mended === undefined ? 'replay' : 'replay-mended',
      ...(verdict !== undefined && { verdict }),
    }),
    history: withEvent(record, { atMs: nowMs, event: 'replayed', attempt: record.attempts, code: null }),
  };
}

function judged(steps: TaskRecord['steps'], verdict: StepVerdict): TaskRecord['steps'] {
  const state = verdict === 'happened' ? 'done' : 'refused';
  return Object.fromEntries(
    Object.entries(steps).map(([name, { atMostOnce, ...step }]): [string, StepRecord] => [
      name,
      atMostOnce ? { ...step, state } : step,
    ]),
  );
}

/**
 * Everything personal is taken out of a terminal task: payload, results, errors and history. That it ran stays.
 * Undefined: it is not terminal yet.
 */
export function erase(record: TaskRecord, actor: Actor, nowMs: number): TaskRecord | undefined {
  if (!isTerminal(record)) return undefined;
  const steps = Object.fromEntries(
    Object.entries(record.steps).map(([name, step]) => [name, { ...step, result: null }]),
  );
  return {
    ...record,
    payload: 'null',
    payloadHash: '',
    steps,
    history: [],
    error: record.error === null ? null : { ...record.error, message: '' },
    // A dead letter without its payload can't be replayed: nothing is left to wait for.
    state: record.state === 'dead' ? 'discarded' : record.state,
    expireAtMs: record.expireAtMs ?? nowMs + RETENTION_MS,
    audit: withAudit(record, { ...actor, atMs: nowMs, action: 'erase' }),
  };
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

function withAudit(record: TaskRecord, entry: AuditEntry): AuditEntry[] {
  return [...record.audit, entry].slice(-MAX_AUDIT_LENGTH);
}

function withEvent(record: TaskRecord, event: TaskEvent): TaskEvent[] {
  return [...record.history, event].slice(-MAX_HISTORY_LENGTH);
}
