import { canonicalJson, hashOfJson } from '@waybill/contract-kit';
import type { TaskRuntime } from '../create-task-runtime.ts';
import { PayloadErasedError, TaskRefusedError, TaskStateError, VerdictNeededError } from '../errors.ts';
import type { Compensate } from '../ledger/give-up-task.ts';
import { cloudTaskName } from '../ledger/task-name.ts';
import { isErased, type StepVerdict, type TaskRecord, type TaskState } from '../ledger/task-record.ts';
import {
  type Actor,
  cancel,
  discard,
  type EditedPayload,
  erase,
  needsVerdict,
  replay,
  runNow,
} from '../ledger/transitions/operator-actions.ts';
import { isTerminal, isUntried } from '../ledger/transitions/task-state.ts';
import { findTasksToErase } from './find-tasks-to-erase.ts';

/** The terms of a refused erasure. */
const ERASURE = {
  action: 'erased',
  needed: 'succeeded, dead, cancelled or discarded',
  takesCorrupt: true,
};

/** The operators' actions on tasks. Each is recorded with its actor, time and reason. */
export class TaskOperator {
  readonly #runtime: TaskRuntime;
  readonly #onCancelled: Compensate | undefined;

  /**
   * @param options.onCancelled compensates for a cancelled task, in the transaction that cancels it, as a handler's
   *   `onDead` does for a dead one. Default: nothing
   */
  constructor(runtime: TaskRuntime, options: { onCancelled?: Compensate } = {}) {
    this.#runtime = runtime;
    this.#onCancelled = options.onCancelled;
  }

  /**
   * Cancels a task that no attempt holds. Its delivery, when it comes, is answered 200 and does nothing.
   * @param options.onlyUntried leave it if an attempt was ever begun: what that has done may need its next one.
   *   Default false
   * @throws {TaskNotFoundError}
   * @throws {TaskStateError} if an attempt holds it, or it is over, or not untried where it must be
   */
  async cancel(taskId: string, actor: Actor, options: { onlyUntried?: boolean } = {}): Promise<void> {
    checkActor(actor);
    const { onlyUntried = false } = options;
    const needed = onlyUntried ? 'pending, and never begun' : 'pending, or running with its lease run out';
    const { enqueued } = await this.#runtime.ledger.operate(
      taskId,
      { action: 'cancelled', needed },
      (record, nowMs) => (onlyUntried && !isUntried(record) ? undefined : cancel(record, actor, nowMs)),
      this.#onCancelled,
    );
    await this.#runtime.sender.send(enqueued);
  }

  /**
   * Replays a dead letter: it is delivered again, with all its attempts; steps that are done are not repeated.
   * @param options.payload takes the place of its payload. Default: the payload as it was
   * @param options.verdict what came of the call that may have happened, of a letter that died with `OUTCOME_UNKNOWN`
   * @throws {PayloadErasedError} if its personal data was taken out after its period
   * @throws {VerdictNeededError} if it did, and there is none
   * @throws {ContractViolationError} if the payload, edited or not, does not match the contract now
   * @throws {TaskRefusedError} if its contract's version is not known here any more
   * @throws {TaskNotFoundError}
   * @throws {TaskStateError} if it is not dead
   */
  async replay(
    taskId: string,
    actor: Actor,
    options: { payload?: unknown; verdict?: StepVerdict | undefined } = {},
  ): Promise<void> {
    checkActor(actor);
    const { verdict } = options;
    const { task } = await this.#runtime.ledger.operate(
      taskId,
      { action: 'replayed', needed: 'dead' },
      (record, nowMs) => {
        // Before its payload is judged: an erased one has none.
        if (record.state !== 'dead') return undefined;
        if (isErased(record)) throw new PayloadErasedError(taskId);
        const edited = this.#editedPayload(record, options);
        if (needsVerdict(record, verdict)) throw new VerdictNeededError(taskId);
        return replay(record, actor, { edited, verdict }, nowMs);
      },
    );
    await this.#runtime.sender.send([task]);
  }

  /**
   * Records that a pending task is to be delivered now, whatever its time.
   * @returns where Cloud Tasks has it, for the caller to have it run: the queue, and its short name there
   * @throws {TaskNotFoundError}
   * @throws {TaskStateError} if it is not pending
   */
  async runNow(taskId: string, actor: Actor): Promise<{ queue: string; name: string }> {
    checkActor(actor);
    const { task } = await this.#runtime.ledger.operate(
      taskId,
      { action: 'run now', needed: 'pending' },
      (found, nowMs) => runNow(found, actor, nowMs),
    );
    return { queue: task.record.queue, name: cloudTaskName(taskId, task.record.generation) };
  }

  /**
   * Discards a dead letter for good.
   * @throws {TaskNotFoundError}
   * @throws {TaskStateError} if it is not dead
   */
  async discard(taskId: string, actor: Actor): Promise<void> {
    checkActor(actor);
    const refusal = { action: 'discarded', needed: 'dead', takesCorrupt: true };
    await this.#runtime.ledger.operate(taskId, refusal, (record, nowMs) => discard(record, actor, nowMs));
  }

  /**
   * Takes everything personal out of all tasks of a subject: payloads, results, errors and history. That they ran
   * stays. A dead letter becomes discarded, for without its payload it can't be replayed.
   * @returns how many tasks were emptied
   * @throws {TaskStateError} if one is still pending or running: cancel it first, or wait
   */
  async erase(subject: string, actor: Actor): Promise<number> {
    checkActor(actor);
    const tasks = await this.tasksToErase(subject);
    for (const task of tasks) {
      // Before anything is erased: half an erasure would look like a whole one.
      if (!isTerminal(task))
        throw new TaskStateError(task.taskId, ERASURE.action, ERASURE.needed, task.state);
    }
    for (const { taskId } of tasks) await this.eraseTask(taskId, actor);
    return tasks.length;
  }

  /**
   * Lists all tasks that an erasure of a subject empties: those of the subject, and adopted ones whose payload says that
   * they are about it. Costs a read for each, and for each adopted task of any subject.
   */
  async tasksToErase(
    subject: string,
  ): Promise<readonly { taskId: string; contract: string; state: TaskState }[]> {
    const { firestore, catalogue } = this.#runtime;
    return findTasksToErase(firestore, catalogue, subject);
  }

  /**
   * Takes everything personal out of one task. A dead letter becomes discarded.
   * @throws {TaskNotFoundError}
   * @throws {TaskStateError} if it is still pending or running: cancel it first, or wait
   */
  async eraseTask(taskId: string, actor: Actor): Promise<void> {
    checkActor(actor);
    await this.#runtime.ledger.operate(taskId, ERASURE, (record, nowMs) => erase(record, actor, nowMs));
  }

  #editedPayload(record: TaskRecord, options: { payload?: unknown }): EditedPayload | undefined {
    const contract = this.#runtime.catalogue.find(record.contract, record.version);
    if (contract === undefined) {
      throw new TaskRefusedError(record.contract, `its version ${record.version} is not known here any more`);
    }
    const isEdited = options.payload !== undefined;
    // null is a payload, and one that no contract takes: it must not stand for the record's own.
    const payload = contract.parse(isEdited ? options.payload : JSON.parse(record.payload));
    if (!isEdited) return undefined;
    return {
      payload: canonicalJson(payload),
      payloadHash: hashOfJson(payload),
      schemaHash: contract.schemaHash,
    };
  }
}

function checkActor({ by, why }: Actor): void {
  if (by.trim() === '' || why.trim() === '' || by.length > 200 || why.length > 1_000) {
    throw new TaskRefusedError('any', 'say who does it (at most 200 characters) and why (at most 1,000)');
  }
}
