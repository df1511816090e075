import type { AuditEntry, StepRecord, StepVerdict, TaskRecord } from '../task-record.ts';
import { OUTCOME_UNKNOWN } from './death.ts';
import { RETENTION_MS } from './due-times.ts';
import { withAudit, withEvent } from './history.ts';
import { withoutPersonalData } from './scrub.ts';
import { sentAnew } from './send.ts';
import { isLeaseAlive, isTerminal } from './task-state.ts';

/** An operator, or a customer, and the reason for an action. */
export interface Actor {
  readonly by: string;
  readonly why: string;
}

/**
 * Cancels a task that no attempt holds, which includes one whose attempts die with their worker. Undefined: an attempt
 * holds it, or it is over.
 */
export function cancel(record: TaskRecord, actor: Actor, nowMs: number): TaskRecord | undefined {
  if (isTerminal(record) || isLeaseAlive(record, nowMs)) return undefined;
  return closed(record, 'cancelled', { ...actor, atMs: nowMs, action: 'cancel' });
}

/** Records that an operator has a pending task delivered now, whatever its time. Undefined: it is not pending. */
export function runNow(record: TaskRecord, actor: Actor, nowMs: number): TaskRecord | undefined {
  if (record.state !== 'pending') return undefined;
  return { ...record, audit: withAudit(record, { ...actor, atMs: nowMs, action: 'run-now' }) };
}

/** Discards a dead letter. Undefined: it is not dead. */
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
    eraseAtMs: null,
    expireAtMs: entry.atMs + RETENTION_MS,
    audit: withAudit(record, entry),
    history: withEvent(record, { atMs: entry.atMs, event: state, attempt: record.attempts, code: null }),
  };
}

/** A payload that replaces a dead letter's; the contract's present schema accepts it. */
export interface EditedPayload {
  readonly payload: string;
  readonly payloadHash: string;
  readonly schemaHash: string;
}

/** Whether a dead letter can't be replayed until an operator says what came of its call. */
export function needsVerdict({ error }: TaskRecord, verdict: StepVerdict | undefined): boolean {
  return error?.code === OUTCOME_UNKNOWN && verdict === undefined;
}

/**
 * Gives a dead letter all its attempts again, with the same payload or an edited one. Its steps stay: a step that is done
 * is not repeated. The verdict settles a step whose outcome is unknown; without a verdict the task would be dead again at
 * once. Undefined: it is not dead.
 */
export function replay(
  record: TaskRecord,
  actor: Actor,
  changes: { readonly edited?: EditedPayload | undefined; readonly verdict?: StepVerdict | undefined },
  nowMs: number,
): TaskRecord | undefined {
  if (record.state !== 'dead') return undefined;
  const { edited, verdict } = changes;
  // The version it was pinned to may be long gone.
  const route = { ...record.route, version: null };
  const again = sentAnew({ ...record, ...edited, route, notBeforeMs: null }, nowMs);
  return {
    ...again,
    steps: verdict === undefined ? record.steps : judged(record.steps, verdict),
    attempts: 0,
    firstAttemptAtMs: null,
    failedAtMs: null,
    eraseAtMs: null,
    expireAtMs: null,
    audit: withAudit(record, {
      ...actor,
      atMs: nowMs,
      action: edited === undefined ? 'replay' : 'replay-mended',
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
 * Takes everything personal out of a terminal task: payload, results, errors and history. That it ran stays.
 * Undefined: it is not terminal yet.
 */
export function erase(record: TaskRecord, actor: Actor, nowMs: number): TaskRecord | undefined {
  if (!isTerminal(record)) return undefined;
  return {
    ...withoutPersonalData(record),
    // A dead letter without its payload can't be replayed: nothing is left to wait for.
    state: record.state === 'dead' ? 'discarded' : record.state,
    expireAtMs: record.expireAtMs ?? nowMs + RETENTION_MS,
    audit: withAudit(record, { ...actor, atMs: nowMs, action: 'erase' }),
  };
}
