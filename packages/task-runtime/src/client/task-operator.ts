import { canonicalJson, hashOfJson } from '@waybill/contract-kit';
import { TaskRefusedError, TaskStateError, VerdictNeededError } from '../errors.ts';
import type { Compensate } from '../ledger/ledger.ts';
import { cloudTaskName } from '../ledger/task-name.ts';
import type { StepVerdict, TaskRecord } from '../ledger/task-record.ts';
import * as transitions from '../ledger/transitions.ts';
import type { TaskClient } from './task-client.ts';

/** What an operator can do to tasks. Each action is recorded with who did it, when and why. */
export class TaskOperator {
  readonly #client: TaskClient;
  readonly #onCancelled: Compensate | undefined;

  /**
   * @param options.onCancelled puts right what a cancelled task leaves undone, in the transaction that cancels it: what
   *   a handler's `onDead` does for a dead one. Default: nothing
   */
  constructor(client: TaskClient, options: { onCancelled?: Compensate } = {}) {
    this.#client = client;
    this.#onCancelled = options.onCancelled;
  }

  /**
   * A task that no attempt holds is not to be done any more. Its delivery, when it comes, is answered 200 and does nothing.
   * @param options.onlyUntried leave it if an attempt was ever begun: what that has done may need its next one.
   *   Default false
   * @throws {TaskNotFoundError}
   * @throws {TaskStateError} if an attempt holds it, or it is over, or not untried where it must be
   */
  async cancel(
    taskId: string,
    actor: transitions.Actor,
    options: { onlyUntried?: boolean } = {},
  ): Promise<void> {
    checkActor(actor);
    const { onlyUntried = false } = options;
    const needed = onlyUntried ? 'pending, and never begun' : 'pending, or running with its lease run out';
    const { enqueued } = await this.#client.ledger.operate(
      taskId,
      { action: 'cancelled', needed },
      (record, nowMs) =>
        onlyUntried && !isUntried(record) ? undefined : transitions.cancel(record, actor, nowMs),
      this.#onCancelled,
    );
    await this.#client.send(enqueued);
  }

  /**
   * A dead letter is delivered again, with all its attempts; steps that were done are not done again.
   * @param options.payload takes the place of its payload. Default: the payload as it was
   * @param options.verdict what came of the call that may have happened, of a letter that died with `OUTCOME_UNKNOWN`
   * @throws {VerdictNeededError} if it did, and there is none
   * @throws {ContractViolationError} if the payload, mended or not, does not match the contract now
   * @throws {TaskRefusedError} if its contract's version is not known here any more
   * @throws {TaskNotFoundError}
   * @throws {TaskStateError} if it is not dead
   */
  async replay(
    taskId: string,
    actor: transitions.Actor,
    options: { payload?: unknown; verdict?: StepVerdict | undefined } = {},
  ): Promise<void> {
    checkActor(actor);
    const { verdict } = options;
    const { task } = await this.#client.ledger.operate(
      taskId,
      { action: 'replayed', needed: 'dead' },
      (record, nowMs) => {
        // Before its payload is judged: an erased one has none.
        if (record.state !== 'dead') return undefined;
        const mended = this.#mended(record, options);
        if (record.error?.code === 'OUTCOME_UNKNOWN' && verdict === undefined)
          throw new VerdictNeededError(taskId);
        return transitions.replay(record, actor, { mended, verdict }, nowMs);
      },
    );
    await this.#client.send([task]);
  }

  /**
   * Records that a pending task is to be delivered now, whatever its time.
   * @returns where Cloud Tasks has it, for the caller to have it run: the queue, and its short name there
   * @throws {TaskNotFoundError}
   * @throws {TaskStateError} if it is not pending
   */
  async runNow(taskId: string, actor: transitions.Actor): Promise<{ queue: string; name: string }> {
    checkActor(actor);
    const { task } = await this.#client.ledger.operate(
      taskId,
      { action: 'run now', needed: 'pending' },
      (found, nowMs) => transitions.runNow(found, actor, nowMs),
    );
    return { queue: task.record.queue, name: cloudTaskName(taskId, task.record.generation) };
  }

  /**
   * A dead letter is given up for good.
   * @throws {TaskNotFoundError}
   * @throws {TaskStateError} if it is not dead
   */
  async discard(taskId: string, actor: transitions.Actor): Promise<void> {
    checkActor(actor);
    await this.#client.ledger.operate(taskId, { action: 'discarded', needed: 'dead' }, (record, nowMs) =>
      transitions.discard(record, actor, nowMs),
    );
  }

  /**
   * Takes everything personal out of all tasks of a subject: payloads, results, errors and history. That they ran
   * stays. A dead letter becomes discarded, for without its payload it can't be replayed.
   * @returns how many tasks were emptied
   * @throws {TaskStateError} if one is still pending or running: cancel it first, or wait
   */
  async erase(subject: string, actor: transitions.Actor): Promise<number> {
    checkActor(actor);
    const words = { action: 'erased', needed: 'succeeded, dead, cancelled or discarded' };
    const tasks = await this.#client.ledger.tasksOfSubject(subject);
    for (const { taskId, record } of tasks) {
      // Before anything is erased: half an erasure would look like a whole one.
      if (!transitions.isTerminal(record))
        throw new TaskStateError(taskId, words.action, words.needed, record.state);
    }
    for (const { taskId } of tasks) {
      await this.#client.ledger.operate(taskId, words, (record, nowMs) =>
        transitions.erase(record, actor, nowMs),
      );
    }
    return tasks.length;
  }

  #mended(record: TaskRecord, options: { payload?: unknown }): transitions.MendedPayload | undefined {
    const contract = this.#client.catalogue.find(record.contract, record.version);
    if (contract === undefined) {
      throw new TaskRefusedError(record.contract, `its version ${record.version} is not known here any more`);
    }
    const isMended = options.payload !== undefined;
    // null is a payload, and one that no contract takes: it must not stand for the record's own.
    const payload = contract.parse(isMended ? options.payload : JSON.parse(record.payload));
    if (!isMended) return undefined;
    return {
      payload: canonicalJson(payload),
      payloadHash: hashOfJson(payload),
      schemaHash: contract.schemaHash,
    };
  }
}

/** A replay begins to count anew, and a hand-back counts for none; but a step's record, or the history, stays. */
function isUntried({ firstAttemptAtMs, steps, history }: TaskRecord): boolean {
  return firstAttemptAtMs === null && Object.keys(steps).length === 0 && history.length === 0;
}

function checkActor({ by, why }: transitions.Actor): void {
  if (by.trim() === '' || why.trim() === '' || by.length > 200 || why.length > 1_000) {
    throw new TaskRefusedError('any', 'say who does it (at most 200 characters) and why (at most 1,000)');
  }
}
