import type { CloudTasksClient, protos } from '@google-cloud/tasks';
import { type Logger, withTimeout } from '@waybill/service-kit';
import { cloudTaskName } from '../ledger/task-name.ts';
import type { TaskRecord } from '../ledger/task-record.ts';
import { canBeSent } from '../ledger/transitions/due-times.ts';
import type { TaskTarget } from './task-target.ts';

type CreateTaskRequest = protos.google.cloud.tasks.v2.ICreateTaskRequest;

/** Where the queues are. */
export interface QueueLocation {
  readonly project: string;
  readonly location: string;
}

/** How long the sending of one commit's tasks may take, all together. What is not sent by then the sweep sends. */
const SEND_TIMEOUT_MS = 2_000;
/** How much longer than the handler's own deadline a delivery may take, for claim and finish. */
const DISPATCH_SLACK_SECONDS = 30;
/** gRPC's ALREADY_EXISTS. It says that the name was used, not that a task waits: the overdue check settles which. */
const ALREADY_EXISTS = 6;

/** A task to be sent: its record as it was written, and Firestore's time of that. */
export interface Sendable {
  readonly taskId: string;
  readonly record: TaskRecord;
  readonly deadlineSeconds: number;
  readonly nowMs: number;
}

/** Creates the tasks of committed records in Cloud Tasks. */
export class TaskSender {
  readonly #tasks: CloudTasksClient;
  readonly #queues: QueueLocation;
  readonly #target: TaskTarget;
  readonly #logger: Logger;

  constructor(options: {
    tasks: CloudTasksClient;
    queues: QueueLocation;
    target: TaskTarget;
    logger: Logger;
  }) {
    this.#tasks = options.tasks;
    this.#queues = options.queues;
    this.#target = options.target;
    this.#logger = options.logger;
  }

  /**
   * Sends tasks side by side and hands back those that Cloud Tasks has now. Never throws and takes at most 2 s: a
   * task that could not be sent is logged, and stays for the sweep.
   */
  async send(tasks: readonly Sendable[]): Promise<Sendable[]> {
    const sendable = tasks.filter(({ record, nowMs }) => canBeSent(nowMs, record.notBeforeMs));
    const outcomes = await Promise.all(
      sendable.map(async (task) => ((await this.#create(task)) ? [task] : [])),
    );
    return outcomes.flat();
  }

  async #create(task: Sendable): Promise<boolean> {
    const { taskId, record } = task;
    const fields = { taskId, task: record.contract, subject: record.subject, queue: record.queue };
    try {
      const creating = this.#tasks.createTask(this.#request(task), { timeout: SEND_TIMEOUT_MS });
      await awaitCloudTasks(creating, SEND_TIMEOUT_MS);
    } catch (error) {
      if ((error as { code?: unknown }).code !== ALREADY_EXISTS) {
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

  #request({ taskId, record, deadlineSeconds }: Sendable): CreateTaskRequest {
    const { project, location } = this.#queues;
    const parent = this.#tasks.queuePath(project, location, record.queue);
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

/** What Cloud Tasks is to send: the same request, by whichever way. */
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
  const origin = target.origins[service];
  // A record of a contract that this process does not know, of a service that it does not know.
  if (origin === undefined) throw new Error(`The address of the service ${service} is not known here`);
  const { serviceAccount, audience } = target;
  return {
    httpRequest: {
      ...request,
      url: `${origin}${path}`,
      oidcToken: { serviceAccountEmail: serviceAccount, audience },
    },
  };
}

/** Bounds a call of Cloud Tasks: the client's own timeout does not cover the opening of its channel. */
export function awaitCloudTasks<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  return withTimeout(call, timeoutMs, () => {
    throw new Error(`Cloud Tasks did not answer within ${timeoutMs} ms`);
  });
}
