import { randomUUID } from 'node:crypto';
import type { DocumentReference, Firestore, Timestamp, Transaction } from '@google-cloud/firestore';
import { type Catalogue, describeViolations, hashOfJson, type TaskContract } from '@waybill/contract-kit';
import { CompensationError, LostAttemptError, TaskNotFoundError, TaskStateError } from '../errors.ts';
import { runTransaction } from './run-transaction.ts';
import { fromTaskDocument, taskCollection, toTaskDocument } from './task-document.ts';
import { candidatesOf, isAdopted, type TaskCandidate } from './task-name.ts';
import { isErased, newTaskRecord, type StepRecord, type TaskRecord } from './task-record.ts';
import { BufferedTransaction, type EnqueuedTask, type TaskTransaction } from './task-transaction.ts';
import * as transitions from './transitions.ts';

/** What giving a task up does beside it, in the same transaction, for what the task leaves undone. */
export type Compensate = (
  givenUp: { taskId: string; record: TaskRecord },
  transaction: TaskTransaction,
) => Promise<void>;

/** What a delivery says of its task. */
export interface DeliveredTask {
  /** The task's short name in Cloud Tasks. */
  readonly name: string;
  readonly contract: Pick<TaskContract, 'name' | 'version' | 'schemaHash'>;
  /** The service that it was delivered to. */
  readonly service: string;
  /** The body, parsed; its text where it is not JSON. */
  readonly body: unknown;
  /** Why the body can't be a payload at all, e.g. that it is not JSON. */
  readonly bodyProblem?: string;
  readonly queue: string;
  readonly traceparent: string | null;
}

/**
 * What claiming a delivered task came to. `mismatch`: its record is of another contract. `name-reused`: a producer without
 * the ledger gave a new task the name of one that is over, so nobody can tell it from that one's second delivery but by
 * its body.
 */
export type ClaimResult =
  | {
      readonly outcome: 'run';
      readonly taskId: string;
      readonly attemptId: string;
      readonly record: TaskRecord;
    }
  | {
      readonly outcome: 'dead';
      readonly taskId: string;
      readonly record: TaskRecord;
      readonly enqueued: readonly EnqueuedTask[];
    }
  | {
      readonly outcome: 'drop';
      readonly taskId: string;
      readonly subject: string;
      readonly reason: 'terminal' | 'superseded' | 'name-reused';
    }
  | {
      readonly outcome: 'wait';
      readonly taskId: string;
      readonly subject: string;
      readonly reason: 'lease-alive' | 'other-schema' | 'mismatch';
    };

/** What a finish or a failure came to, with the tasks that are now to be sent. */
export interface Settled {
  readonly outcome: 'succeeded' | 'retry' | 'retry-later' | 'dead';
  readonly record: TaskRecord;
  readonly enqueued: readonly EnqueuedTask[];
}

/** What became of an overdue record, with what is now to be sent. */
export interface SettledOverdue {
  readonly outcome: transitions.Overdue['outcome'];
  readonly toSend: readonly EnqueuedTask[];
}

/** Runs the transitions of the tasks' records, each in one Firestore transaction. */
export class Ledger {
  readonly #firestore: Firestore;
  readonly #routingVersion: string | null;
  readonly #physicalQueueOf: Catalogue['physicalQueueOf'];

  /**
   * @param options.routingVersion the version that immediate follow-ups are routed to; null: the one that serves
   * @param options.physicalQueueOf the queue in Cloud Tasks that a new task of a contract's queue goes to
   */
  constructor(options: {
    firestore: Firestore;
    routingVersion: string | null;
    physicalQueueOf: Catalogue['physicalQueueOf'];
  }) {
    this.#firestore = options.firestore;
    this.#routingVersion = options.routingVersion;
    this.#physicalQueueOf = options.physicalQueueOf;
  }

  /**
   * Runs `work` in one transaction together with the records of the tasks that it enqueues. A rerun after a commit
   * whose answer was lost recognises that commit by its records.
   */
  async enqueue<T>(
    work: (transaction: TaskTransaction) => Promise<T>,
    options: { traceparent: string | null; timeoutMs?: number },
  ): Promise<{ result: T; enqueued: readonly EnqueuedTask[] }> {
    const commitId = randomUUID();
    let earlier: { result: T; enqueued: readonly EnqueuedTask[] } | undefined;
    return runTransaction(
      this.#firestore,
      async (transaction) => {
        const [written] = earlier?.enqueued ?? [];
        if (earlier !== undefined && written !== undefined) {
          const record = fromTaskDocument(await transaction.get(this.#ref(written.taskId)));
          if (record?.commitId === commitId) return earlier;
        }
        const buffered = new BufferedTransaction(transaction, this.#ref, {
          commitId,
          parent: null,
          traceparent: options.traceparent,
          routingVersion: this.#routingVersion,
          physicalQueueOf: this.#physicalQueueOf,
        });
        const result = await work(buffered);
        earlier = { result, enqueued: await buffered.flush() };
        return earlier;
      },
      options.timeoutMs,
    );
  }

  /** A delivered task wants to run: claims it for a new attempt, or says why not. */
  async claim(
    contract: TaskContract,
    delivery: Omit<DeliveredTask, 'contract' | 'service'>,
    onDead: Compensate,
  ): Promise<ClaimResult> {
    const delivered: DeliveredTask = { ...delivery, contract, service: contract.service };
    const attemptId = randomUUID();
    const run = async (transaction: Transaction): Promise<ClaimResult> => {
      const found = await this.#find(transaction, delivered);
      const { taskId, ref, record, nowMs, generation } = found;
      if (record.contract !== contract.name || record.version !== contract.version) {
        return { outcome: 'wait', taskId, reason: 'mismatch', subject: record.subject };
      }
      const claimed = transitions.claim(record, { generation, attemptId }, contract.limits, nowMs);
      if (claimed.outcome === 'drop') {
        const isReused =
          claimed.reason === 'terminal' && isAdopted(taskId) && !bodyMatches(record, delivered.body);
        return { ...claimed, taskId, subject: record.subject, ...(isReused && { reason: 'name-reused' }) };
      }
      if (claimed.outcome === 'wait') return { taskId, subject: record.subject, ...claimed };
      if (claimed.outcome === 'dead') {
        const enqueued = await this.#die(transaction, found, claimed.record, onDead);
        return { outcome: 'dead', taskId, record: claimed.record, enqueued };
      }
      const violations = contract.violations(JSON.parse(record.payload));
      const bodyProblem = found.adopted ? delivered.bodyProblem : undefined;
      if (violations.length > 0 || bodyProblem !== undefined) {
        // Another schema than the one it was written by can't judge it: during a roll-out both are about.
        if (record.schemaHash !== contract.schemaHash && isAwaitable(found, 'OTHER_SCHEMA')) {
          const problem = `Another schema than its own refuses it: ${bodyProblem ?? describeViolations(violations)}`;
          writeAwaited(transaction, found, { code: 'OTHER_SCHEMA', message: problem });
          return { outcome: 'wait', taskId, reason: 'other-schema', subject: record.subject };
        }
        const message = bodyProblem ?? describeViolations(violations);
        const dead = transitions.dead(record, { code: 'CONTRACT_VIOLATION', message, atMs: nowMs }, nowMs);
        const enqueued = await this.#die(transaction, found, dead, onDead);
        return { outcome: 'dead', taskId, record: dead, enqueued };
      }
      transaction.set(ref, toTaskDocument(claimed.record));
      return { outcome: 'run', taskId, attemptId, record: claimed.record };
    };
    return this.#mayGiveUp(() => runTransaction(this.#firestore, run));
  }

  /**
   * A sign of life: the lease begins anew.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   */
  async heartbeat(taskId: string, attemptId: string): Promise<void> {
    await this.#change(taskId, (record, nowMs) => transitions.heartbeat(record, attemptId, nowMs));
  }

  /**
   * Records a step's intent, result or refusal; `step` is told Firestore's time.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   */
  async recordStep(
    taskId: string,
    attemptId: string,
    name: string,
    step: (nowMs: number) => StepRecord,
  ): Promise<{ steps: TaskRecord['steps']; nowMs: number }> {
    let readAtMs = 0;
    const record = await this.#change(taskId, (record, nowMs) => {
      readAtMs = nowMs;
      return transitions.stepped(record, attemptId, name, step(nowMs));
    });
    return { steps: record.steps, nowMs: readAtMs };
  }

  /**
   * The attempt has succeeded: its work, its follow-ups and `succeeded` become true together.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   */
  async finish(
    taskId: string,
    attemptId: string,
    work: (transaction: TaskTransaction) => Promise<void>,
  ): Promise<Settled> {
    let earlier: Settled | undefined;
    return runTransaction(this.#firestore, async (transaction) => {
      const found = await this.#read(transaction, taskId);
      const { record, nowMs } = found;
      const check = transitions.finish(record, attemptId, [], nowMs);
      if (check.outcome === 'lost') throw new LostAttemptError(taskId, check.status);
      if (check.outcome === 'already') return earlier ?? { outcome: 'succeeded', record, enqueued: [] };
      const buffered = this.#buffer(transaction, found);
      await work(buffered);
      const enqueued = await buffered.flush();
      const followUps = enqueued.map((task) => task.taskId);
      const finished: TaskRecord = { ...check.record, followUps };
      transaction.set(found.ref, toTaskDocument(finished));
      earlier = { outcome: 'succeeded', record: finished, enqueued };
      return earlier;
    });
  }

  /**
   * The attempt has failed.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   * @throws {CompensationError} if it is to be given up, and `onDead` fails
   */
  async fail(
    taskId: string,
    attemptId: string,
    failure: transitions.AttemptFailure,
    contract: TaskContract,
    onDead: Compensate,
  ): Promise<Settled> {
    let earlier: Settled | undefined;
    const run = async (transaction: Transaction): Promise<Settled> => {
      const found = await this.#read(transaction, taskId);
      const { record, nowMs } = found;
      const failed = transitions.fail(record, attemptId, failure, contract.limits, nowMs);
      if (failed.outcome === 'lost') throw new LostAttemptError(taskId, failed.status);
      if (failed.outcome === 'already') {
        return earlier ?? { outcome: record.state === 'dead' ? 'dead' : 'retry', record, enqueued: [] };
      }
      if (failed.outcome === 'dead') {
        const enqueued = await this.#die(transaction, found, failed.record, onDead);
        earlier = { outcome: 'dead', record: failed.record, enqueued };
      } else {
        transaction.set(found.ref, toTaskDocument(failed.record));
        const enqueued = failed.outcome === 'retry-later' ? [{ taskId, record: failed.record, nowMs }] : [];
        earlier = { outcome: failed.outcome, record: failed.record, enqueued };
      }
      return earlier;
    };
    return this.#mayGiveUp(() => runTransaction(this.#firestore, run));
  }

  /**
   * A delivery of a contract that this worker does not know. Another version of the worker may: it is answered with
   * `wait` for a day, then it is dead. Meanwhile its record says so; one without a record gets it now.
   */
  async refuseUnknown(delivered: DeliveredTask): Promise<'wait' | 'drop' | 'dead'> {
    return runTransaction(this.#firestore, async (transaction) => {
      const found = await this.#find(transaction, delivered);
      const { ref, record, nowMs, generation } = found;
      if (transitions.isTerminal(record) || generation < record.generation) return 'drop';
      const { name, version } = delivered.contract;
      const isOfAnother = record.contract !== name || record.version !== version;
      // Whoever has it knows its contract.
      if (isOfAnother || transitions.isLeaseAlive(record, nowMs)) return 'wait';
      const message = `No version of the worker that was asked knows ${name} v${version}`;
      if (isAwaitable(found, 'UNKNOWN_CONTRACT')) {
        writeAwaited(transaction, found, { code: 'UNKNOWN_CONTRACT', message });
        return 'wait';
      }
      const dead = transitions.dead(record, { code: 'UNKNOWN_CONTRACT', message, atMs: nowMs }, nowMs);
      transaction.set(ref, toTaskDocument(dead));
      return 'dead';
    });
  }

  /**
   * A person does something to a task: `change` makes the next record, or tells that the task's state forbids it.
   * @param compensate for a change that gives the task up
   * @returns the task, and what `compensate` enqueued
   * @throws {TaskNotFoundError} if there is no such task
   * @throws {TaskStateError} if `change` gives undefined
   */
  async operate(
    taskId: string,
    words: { action: string; needed: string },
    change: (record: TaskRecord, nowMs: number) => TaskRecord | undefined,
    compensate?: Compensate,
  ): Promise<{ task: EnqueuedTask; enqueued: readonly EnqueuedTask[] }> {
    const operationId = randomUUID();
    let enqueued: readonly EnqueuedTask[] = [];
    return runTransaction(this.#firestore, async (transaction) => {
      const ref = this.#ref(taskId);
      const snapshot = await transaction.get(ref);
      const record = fromTaskDocument(snapshot);
      if (record === undefined) throw new TaskNotFoundError(taskId);
      const nowMs = snapshot.readTime.toMillis();
      // A rerun after a commit whose answer was lost meets its own work.
      if (record.operationId === operationId) return { task: { taskId, record, nowMs }, enqueued };
      const changed = change(record, nowMs);
      if (changed === undefined) throw new TaskStateError(taskId, words.action, words.needed, record.state);
      const written: TaskRecord = { ...changed, operationId };
      if (compensate !== undefined) {
        const buffered = this.#buffer(transaction, { taskId, record: written, readTime: snapshot.readTime });
        await compensate({ taskId, record: written }, buffered);
        enqueued = await buffered.flush();
      }
      transaction.set(ref, toTaskDocument(written));
      return { task: { taskId, record: written, nowMs }, enqueued };
    });
  }

  /** All tasks of a subject with their records, in the order in which they were enqueued. */
  async tasksOfSubject(subject: string): Promise<{ taskId: string; record: TaskRecord }[]> {
    const query = taskCollection(this.#firestore).where('subject', '==', subject).orderBy('createdAt');
    return (await query.get()).docs.flatMap((snapshot) => {
      const record = fromTaskDocument(snapshot);
      return record === undefined ? [] : [{ taskId: snapshot.id, record }];
    });
  }

  /** A delayed task of that generation was handed to Cloud Tasks. */
  async markSent(taskId: string, generation: number, timeoutMs: number): Promise<void> {
    const run = async (transaction: Transaction): Promise<void> => {
      const { record, ref, nowMs } = await this.#read(transaction, taskId);
      const changed = transitions.sent(record, generation, nowMs);
      if (changed !== undefined) transaction.set(ref, toTaskDocument(changed));
    };
    await runTransaction(this.#firestore, run, timeoutMs);
  }

  /**
   * Cloud Tasks was asked about an overdue record's task of that generation: settles what that means.
   * @param survivesPurge whether a purge of its queue leaves the task to be done
   */
  async settleOverdue(
    taskId: string,
    generation: number,
    finding: transitions.Finding,
    survivesPurge: (record: TaskRecord) => boolean,
    onDead: Compensate,
  ): Promise<SettledOverdue> {
    const run = async (transaction: Transaction): Promise<SettledOverdue> => {
      const found = await this.#read(transaction, taskId);
      const { record, ref, nowMs } = found;
      const settled = transitions.overdue(record, generation, finding, nowMs, survivesPurge(record));
      if (settled.outcome === 'skip') return { outcome: 'skip', toSend: [] };
      if (settled.outcome === 'dead') {
        return { outcome: 'dead', toSend: await this.#die(transaction, found, settled.record, onDead) };
      }
      transaction.set(ref, toTaskDocument(settled.record));
      const toSend = settled.outcome === 'send' ? [{ taskId, record: settled.record, nowMs }] : [];
      return { outcome: settled.outcome, toSend };
    };
    return this.#mayGiveUp(() => runTransaction(this.#firestore, run));
  }

  readonly #ref = (taskId: string): DocumentReference => taskCollection(this.#firestore).doc(taskId);

  async #read(transaction: Transaction, taskId: string): Promise<FoundTask> {
    const ref = this.#ref(taskId);
    const snapshot = await transaction.get(ref);
    const record = fromTaskDocument(snapshot);
    if (record === undefined) throw new LostAttemptError(taskId, 200);
    return {
      taskId,
      ref,
      record,
      readTime: snapshot.readTime,
      nowMs: snapshot.readTime.toMillis(),
      generation: record.generation,
      adopted: false,
    };
  }

  /** The record that a delivery is of. A task from a producer without the ledger gets one: it is adopted. */
  async #find(transaction: Transaction, delivered: DeliveredTask): Promise<FoundTask> {
    const { queue, name, contract, body } = delivered;
    const read = async ({ taskId, generation }: TaskCandidate) => {
      const ref = this.#ref(taskId);
      const snapshot = await transaction.get(ref);
      const { readTime } = snapshot;
      const nowMs = readTime.toMillis();
      return { taskId, ref, generation, readTime, nowMs, record: fromTaskDocument(snapshot) };
    };
    const [first, ...others] = candidatesOf(queue, name);
    let found = await read(first);
    for (const candidate of others) {
      // A generation that the record has not come to is another producer's name, which only looks like one of ours.
      if (found.record !== undefined && found.generation <= found.record.generation) break;
      found = await read(candidate);
    }
    if (found.record !== undefined) return { ...found, record: found.record, adopted: false };
    const { taskId, ref, readTime, nowMs } = found;
    const record = newTaskRecord(
      {
        taskId,
        contract: { ...contract, queue },
        payload: body ?? null,
        subject: '',
        route: { service: delivered.service, version: null },
        generation: 0,
        notBeforeMs: null,
        traceparent: delivered.traceparent,
        parent: null,
        commitId: '',
      },
      nowMs,
      nowMs,
    );
    return { taskId, ref, record, readTime, nowMs, generation: 0, adopted: true };
  }

  #buffer(
    transaction: Transaction,
    found: Pick<FoundTask, 'taskId' | 'record' | 'readTime'>,
  ): BufferedTransaction {
    const context = {
      commitId: found.record.attemptId ?? '',
      parent: found.taskId,
      traceparent: found.record.traceparent,
      routingVersion: this.#routingVersion,
      physicalQueueOf: this.#physicalQueueOf,
    };
    return new BufferedTransaction(transaction, this.#ref, context, found.readTime);
  }

  async #die(
    transaction: Transaction,
    found: FoundTask,
    dead: TaskRecord,
    onDead: Compensate,
  ): Promise<readonly EnqueuedTask[]> {
    const buffered = this.#buffer(transaction, found);
    let enqueued: readonly EnqueuedTask[];
    try {
      // Before a person has found out what came of a call, nobody knows what is to be put right.
      if (dead.error?.code !== transitions.OUTCOME_UNKNOWN)
        await onDead({ taskId: found.taskId, record: dead }, buffered);
      enqueued = await buffered.flush();
    } catch (error) {
      // Firestore's own errors are for its client to judge, which runs the transaction again.
      throw typeof (error as { code?: unknown } | null)?.code === 'number'
        ? error
        : new UncompensatedError(found, error);
    }
    transaction.set(found.ref, toTaskDocument(dead));
    return enqueued;
  }

  /**
   * Runs a transaction that may give a task up. Where what compensates for that fails, the record says so: else it would
   * be delivered for ever, and nobody could see why.
   * @throws {CompensationError} if it does
   */
  async #mayGiveUp<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof UncompensatedError)) throw error;
      const failure = new CompensationError(error.found.taskId, error.cause);
      // Where that fails too, the next delivery comes here again.
      await this.#recordUncompensated(error.found, failure.message).catch(() => {});
      throw failure;
    }
  }

  async #recordUncompensated(found: FoundTask, message: string): Promise<void> {
    await runTransaction(this.#firestore, async (transaction) => {
      const snapshot = await transaction.get(found.ref);
      const record = fromTaskDocument(snapshot) ?? (found.adopted ? found.record : undefined);
      if (record === undefined) return;
      const changed = transitions.uncompensated(record, found.record, message, snapshot.readTime.toMillis());
      if (changed !== undefined) transaction.set(found.ref, toTaskDocument(changed));
    });
  }

  async #change(
    taskId: string,
    change: (record: TaskRecord, nowMs: number) => TaskRecord | undefined,
  ): Promise<TaskRecord> {
    return runTransaction(this.#firestore, async (transaction) => {
      const { record, ref, nowMs } = await this.#read(transaction, taskId);
      const changed = change(record, nowMs);
      if (changed === undefined)
        throw new LostAttemptError(taskId, transitions.isTerminal(record) ? 200 : 409);
      transaction.set(ref, toTaskDocument(changed));
      return changed;
    });
  }
}

interface FoundTask {
  readonly taskId: string;
  readonly ref: DocumentReference;
  readonly record: TaskRecord;
  readonly readTime: Timestamp;
  readonly nowMs: number;
  /** The delivery's generation, where it is of a delivery; else the record's. */
  readonly generation: number;
  /** It has no record yet. */
  readonly adopted: boolean;
}

/** What compensates for giving a task up failed, so that the transaction must not be committed. */
class UncompensatedError extends Error {
  readonly found: FoundTask;

  constructor(found: FoundTask, cause: unknown) {
    super('What compensates for a task failed', { cause });
    this.found = found;
  }
}

/** How long a task waits for a worker that can judge it: a roll-out or a roll-back takes less. */
const PATIENCE_MS = 24 * 3_600_000;

/**
 * Whether a worker of another version may still come that knows a task's contract, or has its schema. Counted from the
 * first delivery that wanted one, not from the task's making: of a queue that was paused for days, none would be left.
 * @param code what the task waits for, as its record says from that delivery on
 */
function isAwaitable({ record: { error }, nowMs }: FoundTask, code: string): boolean {
  return error?.code !== code || nowMs - error.atMs < PATIENCE_MS;
}

function writeAwaited(
  transaction: Transaction,
  { record, ref, nowMs }: FoundTask,
  problem: { code: string; message: string },
): void {
  const awaited = transitions.awaited(record, problem, nowMs);
  if (awaited !== undefined) transaction.set(ref, toTaskDocument(awaited));
}

/** Whether a delivery's body is the payload that was enqueued. The record's own counts; another is worth a warning. */
export function bodyMatches(record: TaskRecord, body: unknown): boolean {
  // An erased one is told from none any more.
  return isErased(record) || hashOfJson(body ?? null) === record.payloadHash;
}
