import { randomUUID } from 'node:crypto';
import type { DocumentReference, Firestore, Transaction } from '@google-cloud/firestore';
import type { Catalogue, TaskContract } from '@waybill/contract-kit';
import type { Logger } from '@waybill/service-kit';
import { reportDetachedError } from '../detached-errors.ts';
import {
  ContentionError,
  LostAttemptError,
  RecordUnreadableError,
  TaskNotFoundError,
  TaskStateError,
} from '../errors.ts';
import { reportLateCall } from '../report-late-call.ts';
import { readStore } from '../store/read-store.ts';
import { runTransaction } from '../store/run-transaction.ts';
import { CommitMarker } from './commit-marker.ts';
import type { DeliveredTask } from './delivered-task.ts';
import { findDeliveredTask } from './find-delivered-task.ts';
import { type FoundTask, foundTask, readTask } from './found-task.ts';
import { type Compensate, giveUpTask, recordFailedCompensation } from './give-up-task.ts';
import type { ClaimResult, Settled, SettledOverdue } from './ledger-results.ts';
import { OwedHandBacks } from './owed-hand-backs.ts';
import {
  fromTaskDocument,
  readStoredTask,
  taskCollection,
  toTaskDocument,
  toTaskUpdate,
} from './task-document.ts';
import { candidatesOf, isAdopted } from './task-name.ts';
import { isErased, type StepRecord, type TaskRecord } from './task-record.ts';
import { subjectOfTask } from './task-subject.ts';
import { BufferedTransaction, type EnqueuedTask, type TaskTransaction } from './task-transaction.ts';
import type { LateReports } from './transaction-guard.ts';
import { type AttemptFailure, fail, finish, heartbeat, lost, stepped } from './transitions/attempt.ts';
import { claimLate, mayClaimLater } from './transitions/claim.ts';
import { compensationScope } from './transitions/death.ts';
import { type Delivery, receive, receiveMisrouted, receiveUnknown } from './transitions/delivery.ts';
import { type Finding, overdue } from './transitions/overdue.ts';
import { scrub } from './transitions/scrub.ts';
import { sent } from './transitions/send.ts';
import { isOwn, isTerminal } from './transitions/task-state.ts';
import { type HeldAttempt, isPreconditionFailed, type UnclaimedAttempt } from './unclaimed-attempt.ts';
import { claimUnreadable, settleUnreadableOverdue } from './unreadable-tasks.ts';

/** Timeout of a read outside of a transaction. */
const READ_TIMEOUT_MS = 10_000;

/** Writes the tasks' records: runs each transition in one Firestore transaction. */
export class TaskLedger {
  readonly #firestore: Firestore;
  readonly #routingVersions: Readonly<Record<string, string>>;
  readonly #catalogue: Catalogue;
  readonly #logger: Logger;
  readonly #owedHandBacks = new OwedHandBacks();

  /**
   * @param options.routingVersions the version of each service that immediate tasks are routed to; none: the one that
   *   serves
   * @param options.catalogue the contracts, their up-casters and queues
   * @param options.logger of calls that come after their transaction
   */
  constructor(options: {
    firestore: Firestore;
    routingVersions: Readonly<Record<string, string>>;
    catalogue: Catalogue;
    logger: Logger;
  }) {
    this.#firestore = options.firestore;
    this.#routingVersions = options.routingVersions;
    this.#catalogue = options.catalogue;
    this.#logger = options.logger;
  }

  /**
   * Runs `work` in one transaction together with the records of the tasks that it enqueues. A rerun after a commit
   * whose response was lost recognises that commit by its records; by a record of the commit itself where it made no task.
   */
  async enqueue<T>(
    work: (transaction: TaskTransaction) => Promise<T>,
    options: { traceparent: string | null; timeoutMs?: number },
  ): Promise<{ result: T; enqueued: readonly EnqueuedTask[] }> {
    const commitId = randomUUID();
    const commits = new CommitMarker(this.#firestore, commitId);
    let earlier: { result: T; enqueued: readonly EnqueuedTask[] } | undefined;
    return runTransaction(
      this.#firestore,
      async (transaction) => {
        if (earlier !== undefined) {
          const [written] = earlier.enqueued;
          const hasLanded =
            written === undefined
              ? await commits.hasLanded(transaction)
              : fromTaskDocument(await transaction.get(this.#ref(written.taskId)))?.commitId === commitId;
          if (hasLanded) return earlier;
        }
        const buffered = new BufferedTransaction(transaction, this.#ref, {
          commitId,
          parent: null,
          subject: null,
          keyScope: '',
          traceparent: options.traceparent,
          routingVersions: this.#routingVersions,
          catalogue: this.#catalogue,
          ...this.#lateReports({}),
        });
        const result = await buffered.run(work);
        await commits.prepare(transaction, buffered);
        const enqueued = await buffered.flush();
        if (enqueued.length === 0 && buffered.hasWrites) commits.mark(transaction, buffered);
        earlier = { result, enqueued };
        return earlier;
      },
      options.timeoutMs,
    );
  }

  /**
   * Claims a delivered task for a new attempt, or says why not. The claim of a task's very first delivery is not written:
   * its attempt writes it with its end, or by {@link claimLate}.
   */
  async claim(
    contract: TaskContract,
    delivery: Omit<DeliveredTask, 'contract' | 'service'>,
    onDead: Compensate,
  ): Promise<ClaimResult> {
    const delivered: DeliveredTask = { ...delivery, contract, service: contract.service };
    const attemptId = randomUUID();
    const unwritten =
      delivery.isFirst === true ? await this.#receiveFirst(contract, delivered, attemptId) : undefined;
    if (unwritten !== undefined) return unwritten;
    const run = async (transaction: Transaction): Promise<ClaimResult> => {
      const found = await findDeliveredTask(transaction, this.#ref, delivered);
      const { taskId, ref, nowMs, generation, adopted } = found;
      if (found.problem !== undefined) return claimUnreadable(transaction, found, found.problem);
      const record = this.#owedHandBacks.applyTo(taskId, found.record, contract.limits, nowMs);
      const { subject } = record;
      const received = receivedDelivery(delivered, { taskId, generation, attemptId, adopted });
      const decision = receive(record, received, contract, nowMs);
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
    const result = await recordFailedCompensation(this.#firestore, () =>
      runTransaction(this.#firestore, run),
    );
    if (result.outcome !== 'wait') this.#owedHandBacks.settle(result.taskId);
    return result;
  }

  /** Decides a task's first delivery without a write. Undefined: it takes one. */
  async #receiveFirst(
    contract: TaskContract,
    delivered: DeliveredTask,
    attemptId: string,
  ): Promise<ClaimResult | undefined> {
    const [{ taskId, generation }] = candidatesOf(delivered.queue, delivered.name);
    const snapshot = await readStore('task', READ_TIMEOUT_MS, () => this.#ref(taskId).get());
    const found = foundTask(snapshot);
    if (found === undefined || found.problem !== undefined || snapshot.updateTime === undefined) {
      return undefined;
    }
    const { record, nowMs } = found;
    if (!mayClaimLater(record, generation)) return undefined;
    const received = receivedDelivery(delivered, { taskId, generation, attemptId, adopted: false });
    const decision = receive(record, received, contract, nowMs);
    if (decision.outcome !== 'run') return undefined;
    const unclaimed = { found, updateTime: snapshot.updateTime };
    return { outcome: 'run', taskId, attemptId, record: decision.record, unclaimed };
  }

  /**
   * Writes the claim of an attempt that has begun without it.
   * @throws {LostAttemptError} if another attempt has begun meanwhile, or the task is terminal
   */
  async claimLate({ taskId, attemptId, unclaimed }: HeldAttempt): Promise<TaskRecord> {
    const generation = unclaimed?.found.generation ?? 0;
    return this.#change(taskId, (record, nowMs) => {
      const claimed = claimLate(record, { generation, attemptId }, nowMs);
      return isOwn(claimed, attemptId) ? claimed : undefined;
    });
  }

  /**
   * Renews an attempt's lease.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   */
  async heartbeat(taskId: string, attemptId: string): Promise<void> {
    await this.#change(taskId, (record, nowMs) => heartbeat(record, attemptId, nowMs));
  }

  /**
   * Records intents, results or refusals of steps, which `steps` makes from Firestore's time. It may be called again.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   */
  async recordSteps(
    taskId: string,
    attemptId: string,
    steps: (nowMs: number) => Readonly<Record<string, StepRecord>>,
  ): Promise<{ steps: TaskRecord['steps']; nowMs: number }> {
    let readAtMs = 0;
    const record = await this.#change(taskId, (record, nowMs) => {
      readAtMs = nowMs;
      let changed: TaskRecord | undefined = record;
      for (const [name, step] of Object.entries(steps(nowMs))) {
        changed = changed && stepped(changed, attemptId, name, step);
      }
      return changed;
    });
    return { steps: record.steps, nowMs: readAtMs };
  }

  /**
   * Finishes a task: the attempt's work, its follow-ups and `succeeded` become true together.
   * @param work returns the declared outcome that the task ends with; undefined for plain success
   * @param beforeCommit the last check of each run; the commit follows it at once
   * @throws {LostAttemptError} if the task is no longer this attempt's
   */
  async finish(
    { taskId, attemptId, unclaimed }: HeldAttempt,
    work: (transaction: TaskTransaction) => Promise<string | undefined>,
    beforeCommit: () => void = () => {},
  ): Promise<Settled> {
    const ref = this.#ref(taskId);
    let earlier: Settled | undefined;
    // The record of an unclaimed attempt is not read again: the commit fails if it has changed. Later runs read it.
    let unread = unclaimed;
    const run = async (transaction: Transaction): Promise<Settled> => {
      const precondition = unread;
      unread = undefined;
      const found = precondition?.found ?? (await readTask(transaction, ref));
      const record = this.#claimed(found, attemptId, unclaimed);
      const check = finish(record, attemptId, [], found.nowMs);
      if (check.outcome === 'lost') throw new LostAttemptError(taskId, check.status);
      if (check.outcome === 'already') return earlier ?? { outcome: 'succeeded', record, enqueued: [] };
      const buffered = this.#buffer(transaction, { ...found, record });
      const outcome = await buffered.run(work);
      const enqueued = await buffered.flush();
      beforeCommit();
      const followUps = enqueued.map((task) => task.taskId);
      const finished: TaskRecord = { ...check.record, followUps, ...(outcome !== undefined && { outcome }) };
      if (precondition === undefined) transaction.set(ref, toTaskDocument(finished));
      else {
        const { updateTime } = precondition;
        transaction.update(ref, toTaskUpdate(finished), { lastUpdateTime: updateTime });
      }
      earlier = { outcome: 'succeeded', record: finished, enqueued };
      return earlier;
    };
    try {
      return await runTransaction(this.#firestore, run);
    } catch (error) {
      if (unclaimed === undefined || !isPreconditionFailed(error)) throw error;
      return await runTransaction(this.#firestore, run);
    }
  }

  /**
   * Records that an attempt has failed.
   * @throws {LostAttemptError} if the task is no longer this attempt's
   * @throws {ContentionError} if other transactions hold the record. An attempt that failed by contention itself is
   *   handed back with the next claim in this process
   * @throws {CompensationError} if it is to be given up, and `onDead` fails
   */
  async fail(
    { taskId, attemptId, unclaimed }: HeldAttempt,
    failure: AttemptFailure,
    contract: TaskContract,
    onDead: Compensate,
  ): Promise<Settled> {
    let earlier: Settled | undefined;
    const run = async (transaction: Transaction): Promise<Settled> => {
      const found = await readTask(transaction, this.#ref(taskId));
      const { nowMs } = found;
      const record = this.#claimed(found, attemptId, unclaimed);
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
    try {
      return await recordFailedCompensation(this.#firestore, () => runTransaction(this.#firestore, run));
    } catch (error) {
      if (error instanceof ContentionError && failure.kind === 'contention') {
        this.#owedHandBacks.add(taskId, attemptId, failure);
      }
      throw error;
    }
  }

  /** The record as an attempt's end finds it: claimed now where that was not written yet. */
  #claimed(
    { record, nowMs }: FoundTask,
    attemptId: string,
    unclaimed: UnclaimedAttempt | undefined,
  ): TaskRecord {
    if (unclaimed === undefined) return record;
    return claimLate(record, { generation: unclaimed.found.generation, attemptId }, nowMs);
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
      const found = await findDeliveredTask(transaction, this.#ref, adopting);
      const { ref, record, nowMs, generation } = found;
      if (found.problem !== undefined) return claimUnreadable(transaction, found, found.problem).outcome;
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
   * @param refusal.takesCorrupt whether it may be done to a corrupt record, which it makes readable. Default false
   * @param compensate for a change that gives the task up
   * @returns the task, and what `compensate` enqueued
   * @throws {TaskNotFoundError} if there is no such task
   * @throws {RecordUnreadableError} if its record has another form
   * @throws {TaskStateError} if `change` gives undefined
   */
  async operate(
    taskId: string,
    refusal: { action: string; needed: string; takesCorrupt?: boolean },
    change: (record: TaskRecord, nowMs: number) => TaskRecord | undefined,
    compensate?: Compensate,
  ): Promise<{ task: EnqueuedTask; enqueued: readonly EnqueuedTask[] }> {
    const operationId = randomUUID();
    let enqueued: readonly EnqueuedTask[] = [];
    return runTransaction(this.#firestore, async (transaction) => {
      const ref = this.#ref(taskId);
      const snapshot = await transaction.get(ref);
      const stored = readStoredTask(snapshot);
      if (stored === undefined) throw new TaskNotFoundError(taskId);
      const { record, problem } = stored;
      if (problem !== undefined && !(problem.kind === 'corrupt' && refusal.takesCorrupt === true)) {
        throw new RecordUnreadableError(taskId, refusal.action, problem);
      }
      const nowMs = snapshot.readTime.toMillis();
      // A rerun after a commit whose response was lost meets its own work.
      if (record.operationId === operationId) return { task: { taskId, record, nowMs }, enqueued };
      const changed = change(record, nowMs);
      if (changed === undefined)
        throw new TaskStateError(taskId, refusal.action, refusal.needed, record.state);
      const written: TaskRecord = { ...changed, operationId };
      if (compensate !== undefined) {
        const given = { taskId, record: written, readTime: snapshot.readTime };
        const buffered = this.#buffer(transaction, given, compensationScope(written));
        await buffered.run((given) => compensate({ taskId, record: written }, given));
        enqueued = await buffered.flush();
      }
      transaction.set(ref, toTaskDocument(written));
      return { task: { taskId, record: written, nowMs }, enqueued };
    });
  }

  /**
   * Takes personal data out of a dead letter whose period is over. An `eraseAt` of any other record says nothing, and goes:
   * an older worker has left it there.
   * @returns whether it was emptied
   */
  async scrub(taskId: string): Promise<boolean> {
    return runTransaction(this.#firestore, async (transaction) => {
      const found = foundTask(await transaction.get(this.#ref(taskId)));
      // A newer worker knows its own records.
      if (found === undefined || found.problem?.kind === 'unknown') return false;
      const { record, ref, nowMs } = found;
      const scrubbed = scrub(record, nowMs);
      if (scrubbed !== undefined) transaction.set(ref, toTaskDocument(scrubbed));
      else if (record.state !== 'dead' || isErased(record))
        transaction.update(ref, toTaskUpdate({ eraseAtMs: null }));
      return scrubbed !== undefined;
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
      const snapshot = await transaction.get(this.#ref(taskId));
      const found = foundTask(snapshot);
      if (found === undefined) return { outcome: 'skip', toSend: [] };
      // A time that is not set is no field: it is over since the sweep found it.
      if (snapshot.get('dueAt') === undefined && isTerminal(found.record))
        return { outcome: 'skip', toSend: [] };
      if (found.problem !== undefined) return settleUnreadableOverdue(transaction, found, found.problem);
      const { ref, nowMs } = found;
      // A due time of null, or none, was written by hand and says nothing: it is due now.
      const record = { ...found.record, dueAtMs: found.record.dueAtMs ?? nowMs };
      if (isTerminal(record)) {
        // At the head of its index it would be read with each sweep.
        transaction.update(ref, toTaskUpdate({ dueAtMs: null }));
        return { outcome: 'skip', toSend: [] };
      }
      const settled = overdue(record, generation, finding, nowMs, survivesPurge(record));
      if (settled.outcome === 'skip') return { outcome: 'skip', toSend: [] };
      if (settled.outcome === 'dead') {
        const toSend = await this.#giveUp(transaction, found, settled.record, onDead);
        const { error } = settled.record;
        return { outcome: 'dead', toSend, ...(error !== null && { reason: error }) };
      }
      transaction.set(ref, toTaskDocument(settled.record));
      const toSend = settled.outcome === 'send' ? [{ taskId, record: settled.record, nowMs }] : [];
      return { outcome: settled.outcome, toSend };
    };
    return recordFailedCompensation(this.#firestore, () => runTransaction(this.#firestore, run));
  }

  readonly #ref = (taskId: string): DocumentReference => taskCollection(this.#firestore).doc(taskId);

  /** @param keyScope for a compensation, which must not be taken for that of an earlier life */
  #buffer(
    transaction: Transaction,
    found: Pick<FoundTask, 'taskId' | 'record' | 'readTime'>,
    keyScope = '',
  ): BufferedTransaction {
    const { taskId, record, readTime } = found;
    const { attemptId, contract, version, traceparent } = record;
    const context = {
      commitId: attemptId ?? '',
      parent: taskId,
      subject: subjectOfTask(taskId, record, this.#catalogue.find(contract, version)),
      keyScope,
      traceparent,
      routingVersions: this.#routingVersions,
      catalogue: this.#catalogue,
      ...this.#lateReports({ taskId, contract }),
    };
    return new BufferedTransaction(transaction, this.#ref, context, readTime);
  }

  #lateReports(task: { readonly taskId?: string; readonly contract?: string }): LateReports {
    return {
      onLateCall: (call) => reportLateCall(this.#logger, call, task),
      onLateError: (error) => reportDetachedError(this.#logger, error, task),
    };
  }

  #giveUp(
    transaction: Transaction,
    found: FoundTask,
    dead: TaskRecord,
    onDead: Compensate,
  ): Promise<readonly EnqueuedTask[]> {
    const buffered = this.#buffer(transaction, found, compensationScope(dead));
    return giveUpTask(transaction, found, dead, { onDead, buffered });
  }

  async #change(
    taskId: string,
    change: (record: TaskRecord, nowMs: number) => TaskRecord | undefined,
  ): Promise<TaskRecord> {
    return runTransaction(this.#firestore, async (transaction) => {
      const { record, ref, nowMs } = await readTask(transaction, this.#ref(taskId));
      const changed = change(record, nowMs);
      if (changed === undefined) throw new LostAttemptError(taskId, lost(record).status);
      if (changed !== record) transaction.set(ref, toTaskDocument(changed));
      return changed;
    });
  }
}

/** A delivery as the transitions take it. */
function receivedDelivery(
  { body, bodyProblem }: DeliveredTask,
  found: { taskId: string; generation: number; attemptId: string; adopted: boolean },
): Delivery {
  const { taskId, ...rest } = found;
  return { ...rest, body, bodyProblem, hasProducersName: isAdopted(taskId) };
}
