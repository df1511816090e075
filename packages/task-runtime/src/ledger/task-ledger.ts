import { randomUUID } from 'node:crypto';
import type { DocumentReference, Firestore, Transaction } from '@google-cloud/firestore';
import type { Catalogue, TaskContract } from '@waybill/contract-kit';
import { LostAttemptError, TaskNotFoundError, TaskStateError } from '../errors.ts';
import { runTransaction } from '../store/run-transaction.ts';
import type { DeliveredTask } from './delivered-task.ts';
import { findDeliveredTask } from './find-delivered-task.ts';
import { type FoundTask, readTask } from './found-task.ts';
import { type Compensate, giveUpTask, recordFailedCompensation } from './give-up-task.ts';
import { fromTaskDocument, taskCollection, toTaskDocument } from './task-document.ts';
import { isAdopted } from './task-name.ts';
import type { StepRecord, TaskRecord } from './task-record.ts';
import { BufferedTransaction, type EnqueuedTask, type TaskTransaction } from './task-transaction.ts';
import { type AttemptFailure, fail, finish, heartbeat, lost, stepped } from './transitions/attempt.ts';
import { receive, receiveMisrouted, receiveUnknown } from './transitions/delivery.ts';
import { type Finding, type Overdue, overdue } from './transitions/overdue.ts';
import { sent } from './transitions/send.ts';

/** The result of a claim: a {@link DeliveryDecision}, with what the worker logs and sends. */
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

/** The result of a finish or a failure, with the tasks to be sent now. */
export interface Settled {
  readonly outcome: 'succeeded' | 'retry' | 'retry-later' | 'dead';
  readonly record: TaskRecord;
  readonly enqueued: readonly EnqueuedTask[];
}

/** The result for an overdue record, with the tasks to be sent now. */
export interface SettledOverdue {
  readonly outcome: Overdue['outcome'];
  readonly toSend: readonly EnqueuedTask[];
}

/** Writes the tasks' records: runs each transition in one Firestore transaction. */
export class TaskLedger {
  readonly #firestore: Firestore;
  readonly #routingVersions: Readonly<Record<string, string>>;
  readonly #physicalQueueOf: Catalogue['physicalQueueOf'];

  /**
   * @param options.routingVersions the version of each service that immediate tasks are routed to; none: the one that
   *   serves
   * @param options.physicalQueueOf the queue in Cloud Tasks that a new task of a contract's queue goes to
   */
  constructor(options: {
    firestore: Firestore;
    routingVersions: Readonly<Record<string, string>>;
    physicalQueueOf: Catalogue['physicalQueueOf'];
  }) {
    this.#firestore = options.firestore;
    this.#routingVersions = options.routingVersions;
    this.#physicalQueueOf = options.physicalQueueOf;
  }

  /**
   * Runs `work` in one transaction together with the records of the tasks that it enqueues. A rerun after a commit
   * whose response was lost recognises that commit by its records.
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
          routingVersions: this.#routingVersions,
          physicalQueueOf: this.#physicalQueueOf,
        });
        const result = await work(buffered);
        earlier = { result, enqueued: await buffered.flush() };
        return earlier;
      },
      options.timeoutMs,
    );
  }

  /** Claims a delivered task for a new attempt, or says why not. */
  async claim(
    contract: TaskContract,
    delivery: Omit<DeliveredTask, 'contract' | 'service'>,
    onDead: Compensate,
  ): Promise<ClaimResult> {
    const delivered: DeliveredTask = { ...delivery, contract, service: contract.service };
    const attemptId = randomUUID();
    const run = async (transaction: Transaction): Promise<ClaimResult> => {
      const found = await findDeliveredTask(transaction, this.#ref, delivered);
      const { taskId, ref, record, nowMs, generation, adopted } = found;
      const { subject } = record;
      const decision = receive(
        record,
        {
          generation,
          attemptId,
          body: delivered.body,
          bodyProblem: delivered.bodyProblem,
          adopted,
          hasProducersName: isAdopted(taskId),
        },
        contract,
        nowMs,
      );
      switch (decision.outcome) {
        case 'run':
          transaction.set(ref, toTaskDocument(decision.record));
          return { outcome: 'run', taskId, attemptId, record: decision.record };
        case 'dead': {
          const enqueued = await this.#giveUp(transaction, found, decision.record, onDead);
          return { outcome: 'dead', taskId, record: decision.record, enqueued };
        }
        case 'drop':
          return { outcome: 'drop', taskId, subject, reason: decision.reason };
        case 'wait':
          if (decision.record !== undefined) transaction.set(ref, toTaskDocument(decision.record));
          return { outcome: 'wait', taskId, subject, reason: decision.reason };
      }
    };
    return recordFailedCompensation(this.#firestore, () => runTransaction(this.#firestore, run));
  }

  /**
   * Renews an attempt's lease.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   */
  async heartbeat(taskId: string, attemptId: string): Promise<void> {
    await this.#change(taskId, (record, nowMs) => heartbeat(record, attemptId, nowMs));
  }

  /**
   * Records a step's intent, result or refusal, which `step` makes from Firestore's time.
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
      return stepped(record, attemptId, name, step(nowMs));
    });
    return { steps: record.steps, nowMs: readAtMs };
  }

  /**
   * Finishes a task: the attempt's work, its follow-ups and `succeeded` become true together.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   */
  async finish(
    taskId: string,
    attemptId: string,
    work: (transaction: TaskTransaction) => Promise<void>,
  ): Promise<Settled> {
    let earlier: Settled | undefined;
    return runTransaction(this.#firestore, async (transaction) => {
      const found = await readTask(transaction, this.#ref(taskId));
      const { record, nowMs } = found;
      const check = finish(record, attemptId, [], nowMs);
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
   * Records that an attempt has failed.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   * @throws {CompensationError} if it is to be given up, and `onDead` fails
   */
  async fail(
    taskId: string,
    attemptId: string,
    failure: AttemptFailure,
    contract: TaskContract,
    onDead: Compensate,
  ): Promise<Settled> {
    let earlier: Settled | undefined;
    const run = async (transaction: Transaction): Promise<Settled> => {
      const found = await readTask(transaction, this.#ref(taskId));
      const { record, nowMs } = found;
      const failed = fail(record, attemptId, failure, contract.limits, nowMs);
      if (failed.outcome === 'lost') throw new LostAttemptError(taskId, failed.status);
      if (failed.outcome === 'already') {
        return earlier ?? { outcome: record.state === 'dead' ? 'dead' : 'retry', record, enqueued: [] };
      }
      if (failed.outcome === 'dead') {
        const enqueued = await this.#giveUp(transaction, found, failed.record, onDead);
        earlier = { outcome: 'dead', record: failed.record, enqueued };
      } else {
        transaction.set(found.ref, toTaskDocument(failed.record));
        const enqueued = failed.outcome === 'retry-later' ? [{ taskId, record: failed.record, nowMs }] : [];
        earlier = { outcome: failed.outcome, record: failed.record, enqueued };
      }
      return earlier;
    };
    return recordFailedCompensation(this.#firestore, () => runTransaction(this.#firestore, run));
  }

  /**
   * Settles a delivery of a contract that this worker does not know, or that another service does. Its record says why it
   * waits; a task without a record gets one now.
   * @param delivered.rightService the service of a contract that is known, but not done here
   */
  async refuseUnknown(
    delivered: DeliveredTask & { readonly rightService?: string | undefined },
  ): Promise<'wait' | 'drop' | 'dead'> {
    const { contract, service, rightService } = delivered;
    const adopting = rightService === undefined ? delivered : { ...delivered, service: rightService };
    return runTransaction(this.#firestore, async (transaction) => {
      const { ref, record, nowMs, generation } = await findDeliveredTask(transaction, this.#ref, adopting);
      const decision =
        rightService === undefined
          ? receiveUnknown(record, generation, contract, nowMs)
          : receiveMisrouted(record, generation, { contract, service, rightService }, nowMs);
      if (decision.outcome !== 'drop' && decision.record !== undefined) {
        transaction.set(ref, toTaskDocument(decision.record));
      }
      return decision.outcome;
    });
  }

  /**
   * Changes a task for an operator: `change` makes the next record, or undefined where the task's state forbids it.
   * @param compensate for a change that gives the task up
   * @returns the task, and what `compensate` enqueued
   * @throws {TaskNotFoundError} if there is no such task
   * @throws {TaskStateError} if `change` gives undefined
   */
  async operate(
    taskId: string,
    refusal: { action: string; needed: string },
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
      // A rerun after a commit whose response was lost meets its own work.
      if (record.operationId === operationId) return { task: { taskId, record, nowMs }, enqueued };
      const changed = change(record, nowMs);
      if (changed === undefined)
        throw new TaskStateError(taskId, refusal.action, refusal.needed, record.state);
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

  /** Records that a delayed task of that generation was handed to Cloud Tasks. */
  async markSent(taskId: string, generation: number, timeoutMs: number): Promise<void> {
    const run = async (transaction: Transaction): Promise<void> => {
      const { record, ref, nowMs } = await readTask(transaction, this.#ref(taskId));
      const changed = sent(record, generation, nowMs);
      if (changed !== undefined) transaction.set(ref, toTaskDocument(changed));
    };
    await runTransaction(this.#firestore, run, timeoutMs);
  }

  /**
   * Settles an overdue record, for whose task of that generation Cloud Tasks was asked.
   * @param survivesPurge whether a task is to be done although its queue was purged
   */
  async settleOverdue(
    taskId: string,
    generation: number,
    finding: Finding,
    survivesPurge: (record: TaskRecord) => boolean,
    onDead: Compensate,
  ): Promise<SettledOverdue> {
    const run = async (transaction: Transaction): Promise<SettledOverdue> => {
      const found = await readTask(transaction, this.#ref(taskId));
      const { record, ref, nowMs } = found;
      const settled = overdue(record, generation, finding, nowMs, survivesPurge(record));
      if (settled.outcome === 'skip') return { outcome: 'skip', toSend: [] };
      if (settled.outcome === 'dead') {
        return { outcome: 'dead', toSend: await this.#giveUp(transaction, found, settled.record, onDead) };
      }
      transaction.set(ref, toTaskDocument(settled.record));
      const toSend = settled.outcome === 'send' ? [{ taskId, record: settled.record, nowMs }] : [];
      return { outcome: settled.outcome, toSend };
    };
    return recordFailedCompensation(this.#firestore, () => runTransaction(this.#firestore, run));
  }

  readonly #ref = (taskId: string): DocumentReference => taskCollection(this.#firestore).doc(taskId);

  #buffer(
    transaction: Transaction,
    found: Pick<FoundTask, 'taskId' | 'record' | 'readTime'>,
  ): BufferedTransaction {
    const context = {
      commitId: found.record.attemptId ?? '',
      parent: found.taskId,
      traceparent: found.record.traceparent,
      routingVersions: this.#routingVersions,
      physicalQueueOf: this.#physicalQueueOf,
    };
    return new BufferedTransaction(transaction, this.#ref, context, found.readTime);
  }

  #giveUp(
    transaction: Transaction,
    found: FoundTask,
    dead: TaskRecord,
    onDead: Compensate,
  ): Promise<readonly EnqueuedTask[]> {
    return giveUpTask(transaction, found, dead, { onDead, buffered: this.#buffer(transaction, found) });
  }

  async #change(
    taskId: string,
    change: (record: TaskRecord, nowMs: number) => TaskRecord | undefined,
  ): Promise<TaskRecord> {
    return runTransaction(this.#firestore, async (transaction) => {
      const { record, ref, nowMs } = await readTask(transaction, this.#ref(taskId));
      const changed = change(record, nowMs);
      if (changed === undefined) throw new LostAttemptError(taskId, lost(record).status);
      transaction.set(ref, toTaskDocument(changed));
      return changed;
    });
  }
}
