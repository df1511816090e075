import type { Firestore } from '@google-cloud/firestore';
import type { CloudTasksClient } from '@google-cloud/tasks';
import type { Catalogue } from '@waybill/contract-kit';
import type { Logger } from '@waybill/service-kit';
import { TaskLedger } from '../ledger/task-ledger.ts';
import { cloudTaskName } from '../ledger/task-name.ts';
import type { EnqueuedTask, TaskTransaction } from '../ledger/task-transaction.ts';
import { awaitCloudTasks, type QueueLocation, TaskSender } from './task-sender.ts';
import { checkTarget, type TaskTarget } from './task-target.ts';

/** Settings of a {@link TaskClient}. */
export interface TaskClientOptions {
  readonly firestore: Firestore;
  readonly tasks: CloudTasksClient;
  readonly queues: QueueLocation;
  readonly catalogue: Catalogue;
  readonly logger: Logger;
  /** The App Engine version that immediate tasks are routed to, for a canary. Default: the one that serves. */
  readonly routingVersion?: string | undefined;
  /** How tasks get to the services that do them. Default: through App Engine. */
  readonly target?: TaskTarget | undefined;
}

/** Enqueues tasks in one commit with a producer's own writes, and sends them. */
export class TaskClient {
  readonly ledger: TaskLedger;
  readonly catalogue: Catalogue;
  readonly #sender: TaskSender;
  readonly #tasks: CloudTasksClient;
  readonly #queues: QueueLocation;
  readonly #logger: Logger;

  /** @throws {ContractDefinitionError} if tasks go over HTTP and the address of a contract's service is not given */
  constructor(options: TaskClientOptions) {
    const { firestore, tasks, queues, catalogue, logger, routingVersion } = options;
    const { target = { kind: 'app-engine' } } = options;
    checkTarget(target, catalogue);
    this.ledger = new TaskLedger({
      firestore,
      routingVersion: routingVersion ?? null,
      physicalQueueOf: catalogue.physicalQueueOf,
    });
    this.catalogue = catalogue;
    this.#sender = new TaskSender({ tasks, queues, target, logger });
    this.#tasks = tasks;
    this.#queues = queues;
    this.#logger = logger;
  }

  /**
   * Runs `work` in one Firestore transaction. Once that is committed, the tasks it enqueued are sent, which never fails
   * the call and takes as long as {@link send}: what can't be sent now the sweep sends.
   * @param options.timeoutMs how long the transaction with all its reruns may take; default 10,000
   * @param options.traceparent the W3C trace that the tasks' own belongs to
   * @throws {StoreUnavailableError} if Firestore does not answer in time: the work may or may not have been committed
   * @throws {TaskKeyConflictError} if a dedupe key was used before with another payload
   * @throws whatever `work` throws, with nothing written
   */
  async transaction<T>(
    work: (transaction: TaskTransaction) => Promise<T>,
    options: { timeoutMs?: number; traceparent?: string } = {},
  ): Promise<T> {
    const { result, enqueued } = await this.ledger.enqueue(work, {
      traceparent: options.traceparent ?? null,
      ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    });
    await this.send(enqueued);
    return result;
  }

  /**
   * Sends tasks whose records are committed. Never throws; takes at most 2 s, and 2 s more where some are delayed, for
   * these are recorded as sent.
   */
  async send(enqueued: readonly EnqueuedTask[]): Promise<void> {
    const sendable = enqueued.map((task) => ({ ...task, deadlineSeconds: this.#deadlineSeconds(task) }));
    const sent = await this.#sender.send(sendable);
    await Promise.all(
      sent
        .filter(({ record }) => record.notBeforeMs !== null)
        .map(({ taskId, record }) =>
          this.ledger.markSent(taskId, record.generation, RECORD_TIMEOUT_MS).catch((error: unknown) => {
            // Not worth a failure: the sweep finds the task at Cloud Tasks and records it then.
            this.#logger.warning('delayed task sent but not recorded as sent', { taskId, error });
          }),
        ),
    );
  }

  /**
   * When Cloud Tasks means to deliver a task next: after a failed attempt, what its queue backs off to.
   * @param task as a TaskSummary names it
   * @returns undefined where Cloud Tasks has no such task, or does not answer within 500 ms
   */
  async scheduledAt(task: { taskId: string; queue: string; generation: number }): Promise<Date | undefined> {
    const { project, location } = this.#queues;
    const name = this.#tasks.taskPath(
      project,
      location,
      task.queue,
      cloudTaskName(task.taskId, task.generation),
    );
    try {
      const asking = this.#tasks.getTask({ name }, { timeout: ASK_TIMEOUT_MS, retry: null });
      const [{ scheduleTime }] = await awaitCloudTasks(asking, ASK_TIMEOUT_MS);
      if (scheduleTime?.seconds === undefined || scheduleTime.seconds === null) return undefined;
      return new Date(Number(scheduleTime.seconds) * 1_000 + Math.floor((scheduleTime.nanos ?? 0) / 1e6));
    } catch (error) {
      this.#logger.debug('Cloud Tasks did not say when a task is due', { taskId: task.taskId, error });
      return undefined;
    }
  }

  #deadlineSeconds({ record }: EnqueuedTask): number {
    return this.catalogue.find(record.contract, record.version)?.deadlineSeconds ?? MAX_DEADLINE_SECONDS;
  }
}

/** How long an answer may wait for Firestore, to record what the sweep would find out as well. */
const RECORD_TIMEOUT_MS = 2_000;
/** How long an answer may wait for Cloud Tasks, for what is nice to know. */
const ASK_TIMEOUT_MS = 500;
/** For a contract version that this process does not know: as long as any may take. */
const MAX_DEADLINE_SECONDS = 570;
