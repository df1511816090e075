import type { CloudTasksClient, protos } from '@google-cloud/tasks';
import type { Catalogue } from '@waybill/contract-kit';
import { type Logger, withTimeout } from '@waybill/service-kit';
import { Status } from 'google-gax';
import type { TaskLedger } from '../ledger/task-ledger.ts';
import { cloudTaskName } from '../ledger/task-name.ts';
import type { TaskRecord } from '../ledger/task-record.ts';
import type { EnqueuedTask } from '../ledger/task-transaction.ts';
import { canBeSent } from '../ledger/transitions/due-times.ts';
import type { QueueLocation } from './queue-location.ts';
import { addressOf, audienceOf, type TaskTarget } from './task-target.ts';

type CreateTaskRequest = protos.google.cloud.tasks.v2.ICreateTaskRequest;

/** Timeout of sending one commit's tasks, all together. The sweep sends what is not sent by then. */
const SEND_TIMEOUT_MS = 2_000;
/** Timeout of recording in Firestore what the sweep would find out as well. */
const RECORD_TIMEOUT_MS = 2_000;
/** Time that a delivery may take beyond the handler's own deadline, for claim and finish. */
const DISPATCH_SLACK_SECONDS = 30;
/** The deadline of a contract version that this process does not know: the maximum of any. */
const MAX_DEADLINE_SECONDS = 570;

/** Creates the tasks of committed records in Cloud Tasks. */
export class TaskSender {
  readonly #cloudTasks: CloudTasksClient;
  readonly #queueLocation: QueueLocation;
  readonly #catalogue: Catalogue;
  readonly #target: TaskTarget;
  readonly #ledger: TaskLedger;
  readonly #logger: Logger;

  constructor(options: {
    cloudTasks: CloudTasksClient;
    queueLocation: QueueLocation;
    catalogue: Catalogue;
    target: TaskTarget;
    ledger: TaskLedger;
    logger: Logger;
  }) {
    this.#cloudTasks = options.cloudTasks;
    this.#queueLocation = options.queueLocation;
    this.#catalogue = options.catalogue;
    this.#target = options.target;
    this.#ledger = options.ledger;
    this.#logger = options.logger;
  }

  /**
   * Sends tasks whose records are committed, side by side. Never throws; takes at most 2 s, and 2 s more where some are
   * delayed, for these are recorded as sent. A task that could not be sent is logged, and stays for the sweep.
   */
  async send(enqueued: readonly EnqueuedTask[]): Promise<void> {
    const sendable = enqueued.filter(({ record, nowMs }) => canBeSent(nowMs, record.notBeforeMs));
    const outcomes = await Promise.all(
      sendable.map(async (task) => ((await this.#create(task)) ? [task] : [])),
    );
    const delayed = outcomes.flat().filter(({ record }) => record.notBeforeMs !== null);
    await Promise.all(delayed.map((task) => this.#markSent(task)));
  }

  async #markSent({ taskId, record }: EnqueuedTask): Promise<void> {
    try {
      await this.#ledger.markSent(taskId, record.generation, RECORD_TIMEOUT_MS);
    } catch (error) {
      // Not worth a failure: the sweep finds the task at Cloud Tasks and records it then.
      this.#logger.warning('delayed task sent but not recorded as sent', { taskId, error });
    }
  }

  async #create(task: EnqueuedTask): Promise<boolean> {
    const { taskId, record } = task;
    const fields = { taskId, task: record.contract, subject: record.subject, queue: record.queue };
    try {
      const creating = this.#cloudTasks.createTask(this.#request(task), { timeout: SEND_TIMEOUT_MS });
      await awaitCloudTasks(creating, SEND_TIMEOUT_MS);
    } catch (error) {
      // A used name does not say that a task waits: the overdue check settles that.
      if ((error as { code?: unknown }).code !== Status.ALREADY_EXISTS) {
        this.#logger.warning('task not sent, left to the sweep', { event: 'task.unsent', ...fields, error });
        return false;
      }
    }
    this.#logger.info('task sent', {
      event: 'task.sent',
      ...fields,
      generation: record.generation,
      ...(record.notBeforeMs !== null && { notBefore: new Date(record.notBeforeMs).toISOString() }),
    });
    return true;
  }

  #request({ taskId, record }: EnqueuedTask): CreateTaskRequest {
    const { project, location } = this.#queueLocation;
    const parent = this.#cloudTasks.queuePath(project, location, record.queue);
    const contract = this.#catalogue.find(record.contract, record.version);
    const deadlineSeconds = contract?.deadlineSeconds ?? MAX_DEADLINE_SECONDS;
    return {
      parent,
      task: {
        name: `${parent}/tasks/${cloudTaskName(taskId, record.generation)}`,
        ...requestOf(record, this.#target),
        dispatchDeadline: { seconds: deadlineSeconds + DISPATCH_SLACK_SECONDS },
        ...(record.notBeforeMs !== null && {
          scheduleTime: {
            seconds: Math.floor(record.notBeforeMs / 1_000),
            nanos: (record.notBeforeMs % 1_000) * 1_000_000,
          },
        }),
      },
    };
  }
}

/** The request that Cloud Tasks sends: the same for both targets. */
function requestOf(record: TaskRecord, target: TaskTarget): protos.google.cloud.tasks.v2.ITask {
  const path = `/tasks/${record.contract}/v${record.version}`;
  const { service, version } = record.route;
  const request = {
    httpMethod: 'POST' as const,
    headers: {
      'Content-Type': 'application/json',
      ...(record.traceparent !== null && { traceparent: record.traceparent }),
    },
    body: Buffer.from(record.payload),
  };
  if (target.kind === 'app-engine') {
    const appEngineRouting = { service, ...(version !== null && { version }) };
    return { appEngineHttpRequest: { ...request, relativeUri: path, appEngineRouting } };
  }
  return {
    httpRequest: {
      ...request,
      url: `${addressOf(target, service)}${path}`,
      oidcToken: { serviceAccountEmail: target.serviceAccount, audience: audienceOf(target, service) },
    },
  };
}

/** Bounds a call of Cloud Tasks: the client's own timeout does not cover the opening of its channel. */
export function awaitCloudTasks<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  return withTimeout(call, timeoutMs, () => {
    throw new Error(`Cloud Tasks did not answer within ${timeoutMs} ms`);
  });
}
