import { describeViolations, type TaskContract } from '@waybill/contract-kit';
import { bodyMatches, type TaskRecord } from '../task-record.ts';
import { type Claim, claim } from './claim.ts';
import { dead } from './death.ts';
import { DELIVERY_GRACE_MS } from './due-times.ts';
import { isLeaseAlive, isTerminal } from './task-state.ts';

/** Maximum time that a task waits for a worker that can judge it: a roll-out or a roll-back takes less. */
const MAX_AWAIT_MS = 24 * 3_600_000;

/** A delivery of a task that has a record, or has just got one. */
export interface Delivery {
  readonly generation: number;
  /** The attempt that the delivery becomes. */
  readonly attemptId: string;
  /** The body, parsed; its text where it is not JSON. */
  readonly body: unknown;
  /** Why the body can't be a payload at all. */
  readonly bodyProblem: string | undefined;
  /** Whether its task had no record: then the body is the payload. */
  readonly adopted: boolean;
  /** Whether a producer without the ledger named the task, who may use a name again. */
  readonly hasProducersName: boolean;
}

/**
 * The result of a delivery. `mismatch`: its record is of another contract. `name-reused`: a producer without the ledger
 * gave a new task the name of one that is over; only the body tells it from that one's second delivery. The record of
 * `wait`, where there is one, says what the task waits for.
 */
export type DeliveryDecision =
  | Extract<Claim, { outcome: 'run' | 'dead' }>
  | { readonly outcome: 'drop'; readonly reason: 'terminal' | 'superseded' | 'name-reused' }
  | {
      readonly outcome: 'wait';
      readonly reason: 'lease-alive' | 'other-schema' | 'mismatch';
      readonly record?: TaskRecord | undefined;
    };

/** Decides a delivery to a worker that knows its contract: claims it for an attempt, or says why not. */
export function receive(
  record: TaskRecord,
  delivery: Delivery,
  contract: Pick<TaskContract, 'name' | 'version' | 'schemaHash' | 'limits' | 'violations'>,
  nowMs: number,
): DeliveryDecision {
  if (record.contract !== contract.name || record.version !== contract.version) {
    return { outcome: 'wait', reason: 'mismatch' };
  }
  const claimed = claim(record, delivery, contract.limits, nowMs);
  if (claimed.outcome === 'drop' && claimed.reason === 'terminal' && isOfReusedName(record, delivery)) {
    return { outcome: 'drop', reason: 'name-reused' };
  }
  if (claimed.outcome !== 'run') return claimed;
  const violations = contract.violations(JSON.parse(record.payload));
  const violation = violations.length > 0 ? describeViolations(violations) : undefined;
  const problem = (delivery.adopted ? delivery.bodyProblem : undefined) ?? violation;
  if (problem === undefined) return claimed;
  // Another schema than the one it was written by can't judge it: during a roll-out both are in use.
  if (record.schemaHash !== contract.schemaHash && isAwaitable(record, 'OTHER_SCHEMA', nowMs)) {
    const message = `Another schema than its own refuses it: ${problem}`;
    return {
      outcome: 'wait',
      reason: 'other-schema',
      record: awaited(record, { code: 'OTHER_SCHEMA', message }, nowMs),
    };
  }
  const error = { code: 'CONTRACT_VIOLATION', message: problem, atMs: nowMs };
  return { outcome: 'dead', record: dead(record, error, nowMs) };
}

function isOfReusedName(record: TaskRecord, { hasProducersName, body }: Delivery): boolean {
  return hasProducersName && !bodyMatches(record, body);
}

/** The result of a delivery of an unknown contract. */
export type UnknownDecision =
  | { readonly outcome: 'drop' }
  | { readonly outcome: 'wait'; readonly record?: TaskRecord | undefined }
  | { readonly outcome: 'dead'; readonly record: TaskRecord };

/**
 * Decides a delivery to a worker that does not know its contract. Another version of the worker may: the task waits for
 * it for a day, then it is dead.
 */
export function receiveUnknown(
  record: TaskRecord,
  generation: number,
  { name, version }: Pick<TaskContract, 'name' | 'version'>,
  nowMs: number,
): UnknownDecision {
  const outcome = outcomeForOthers(record, generation, { name, version }, nowMs);
  if (outcome !== undefined) return { outcome };
  const code = 'UNKNOWN_CONTRACT';
  const message = `No version of the worker that was asked knows ${name} v${version}`;
  if (isAwaitable(record, code, nowMs)) {
    return { outcome: 'wait', record: awaited(record, { code, message }, nowMs) };
  }
  return { outcome: 'dead', record: dead(record, { code, message, atMs: nowMs }, nowMs) };
}

/**
 * Decides a delivery to a service that does not do its contract. It waits for the right service for as long as it takes:
 * to give it up here would skip its `onDead`, which the right service alone has.
 */
export function receiveMisrouted(
  record: TaskRecord,
  generation: number,
  misrouted: { contract: Pick<TaskContract, 'name' | 'version'>; service: string; rightService: string },
  nowMs: number,
): Extract<UnknownDecision, { outcome: 'drop' | 'wait' }> {
  const { contract, service, rightService } = misrouted;
  const outcome = outcomeForOthers(record, generation, contract, nowMs);
  if (outcome !== undefined) return { outcome };
  const message = `It was delivered to the service "${service}", and "${rightService}" does ${contract.name} v${contract.version}`;
  return { outcome: 'wait', record: awaited(record, { code: 'WRONG_SERVICE', message }, nowMs) };
}

/** The outcome where nothing is to be recorded: the task is over, or it is another contract's or another worker's. */
function outcomeForOthers(
  record: TaskRecord,
  generation: number,
  { name, version }: Pick<TaskContract, 'name' | 'version'>,
  nowMs: number,
): 'drop' | 'wait' | undefined {
  if (isTerminal(record) || generation < record.generation) return 'drop';
  const isOfAnother = record.contract !== name || record.version !== version;
  // The worker that has it knows its contract.
  return isOfAnother || isLeaseAlive(record, nowMs) ? 'wait' : undefined;
}

/**
 * Whether a worker of another version may still come that knows a task's contract, or has its schema. Counted from the
 * first delivery that needed one, not from the task's creation: a queue may have been paused for days.
 * @param code the reason to wait, as the record says it from that delivery on
 */
function isAwaitable({ error }: TaskRecord, code: string, nowMs: number): boolean {
  return error?.code !== code || nowMs - error.atMs < MAX_AWAIT_MS;
}

/** Records why a task waits for a worker of another version. Undefined: the record says so already. */
function awaited(
  record: TaskRecord,
  { code, message }: { code: string; message: string },
  nowMs: number,
): TaskRecord | undefined {
  if (record.error?.code === code) return undefined;
  const dueAtMs = Math.max(record.dueAtMs ?? 0, nowMs + DELIVERY_GRACE_MS);
  return { ...record, error: { code, message, atMs: nowMs }, dueAtMs };
}
