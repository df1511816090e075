import type { CloudTasksClient } from '@google-cloud/tasks';
import type { Logger } from '@waybill/service-kit';
import type { TaskLedger } from '../ledger/task-ledger.ts';
import { cloudTaskName } from '../ledger/task-name.ts';
import type { TaskTransaction } from '../ledger/task-transaction.ts';
import type { QueueLocation } from './queue-location.ts';
import { awaitCloudTasks, type TaskSender } from './task-sender.ts';

/** Timeout of a question to Cloud Tasks whose response is shown, but not needed. */
const ASK_TIMEOUT_MS = 500;

/** Enqueues tasks in one commit with a producer's own writes, and sends them. */
export class TaskClient {
  readonly #ledger: TaskLedger;
  readonly #sender: TaskSender;
  readonly #cloudTasks: CloudTasksClient;
  readonly #queueLocation: QueueLocation;
  readonly #logger: Logger;

  constructor(options: {
    ledger: TaskLedger;
    sender: TaskSender;
    cloudTasks: CloudTasksClient;
    queueLocation: QueueLocation;
    logger: Logger;
  }) {
    this.#ledger = options.ledger;
    this.#sender = options.sender;
    this.#cloudTasks = options.cloudTasks;
    this.#queueLocation = options.queueLocation;
    this.#logger = options.logger;
  }

  /**
   * Runs `work` in one Firestore transaction. Once that is committed, the tasks it enqueued are sent, which never fails
   * the call and takes at most 4 s: the sweep sends what could not be sent now.
   * @param options.timeoutMs maximum time of the transaction with all its reruns; default 10,000
   * @param options.traceparent the W3C trace that the tasks' own belongs to
   * @throws {ContentionError} if the transaction meets too many others
   * @throws {StoreUnavailableError} if Firestore does not respond in time: the work may or may not have been committed
   * @throws {TaskKeyConflictError} if a dedupe key was used before with another payload
   * @throws whatever `work` throws, with nothing written
   */
  async transaction<T>(
    work: (transaction: TaskTransaction) => Promise<T>,
    options: { timeoutMs?: number; traceparent?: string } = {},
  ): Promise<T> {
    const { result, enqueued } = await this.#ledger.enqueue(work, {
      traceparent: options.traceparent ?? null,
      ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    });
    await this.#sender.send(enqueued);
    return result;
  }

  /**
   * The time at which Cloud Tasks delivers a task next: after a failed attempt, the end of its queue's backoff.
   * @param task as a TaskSummary names it
   * @returns undefined where Cloud Tasks has no such task, or does not respond within 500 ms
   */
  async scheduledAt(task: { taskId: string; queue: string; generation: number }): Promise<Date | undefined> {
    const { project, location } = this.#queueLocation;
    const shortName = cloudTaskName(task.taskId, task.generation);
    const name = this.#cloudTasks.taskPath(project, location, task.queue, shortName);
    try {
      const asking = this.#cloudTasks.getTask({ name }, { timeout: ASK_TIMEOUT_MS, retry: null });
      const [{ scheduleTime }] = await awaitCloudTasks(asking, ASK_TIMEOUT_MS);
      if (scheduleTime?.seconds === undefined || scheduleTime.seconds === null) return undefined;
      return new Date(Number(scheduleTime.seconds) * 1_000 + Math.floor((scheduleTime.nanos ?? 0) / 1e6));
    } catch (error) {
      this.#logger.debug('Cloud Tasks did not say when a task is due', { taskId: task.taskId, error });
      return undefined;
    }
  }
}
