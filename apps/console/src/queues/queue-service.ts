import type { CloudTasksClient } from '@google-cloud/tasks';
import { ServiceError } from '@waybill/service-kit';
import type { QueueLocation } from '@waybill/task-runtime';
import { type QueuedTask, queuedTask } from './queued-task.ts';

/** A queue as Cloud Tasks has it. */
export interface QueueSettings {
  readonly name: string;
  readonly state: 'running' | 'paused' | 'disabled';
  readonly maxDispatchesPerSecond: number;
  readonly maxConcurrentDispatches: number;
  /** When it was purged last; null: never, or too long ago for Cloud Tasks to remember. */
  readonly purgedAtMs: number | null;
}

/** What can be done to a queue. */
export const QUEUE_ACTIONS = ['pause', 'resume', 'purge'] as const;
export type QueueAction = (typeof QUEUE_ACTIONS)[number];

const TIMEOUT_MS = 10_000;
/** Pages do without what Cloud Tasks says sooner than that they keep a person waiting. */
const LOOK_TIMEOUT_MS = 2_000;
const NOT_FOUND = 5;
const MAX_QUEUES = 200;

/** The queues, as operators see and change them. */
export class QueueService {
  readonly #tasks: CloudTasksClient;
  readonly #queues: QueueLocation;

  constructor(tasks: CloudTasksClient, queues: QueueLocation) {
    this.#tasks = tasks;
    this.#queues = queues;
  }

  /**
   * All queues of the location by name, at most 200.
   * @throws {ServiceError} 503 `CLOUD_TASKS_UNAVAILABLE`
   */
  async list(): Promise<QueueSettings[]> {
    const { project, location } = this.#queues;
    const request = { parent: this.#tasks.locationPath(project, location), pageSize: MAX_QUEUES };
    const [queues] = await this.#call('The list of queues', () =>
      this.#tasks.listQueues(request, { timeout: LOOK_TIMEOUT_MS, autoPaginate: false }),
    );
    return queues
      .map(({ name, state, rateLimits, purgeTime }) => ({
        name: name?.split('/').at(-1) ?? '',
        state:
          state === 'PAUSED'
            ? ('paused' as const)
            : state === 'RUNNING'
              ? ('running' as const)
              : ('disabled' as const),
        maxDispatchesPerSecond: rateLimits?.maxDispatchesPerSecond ?? 0,
        maxConcurrentDispatches: rateLimits?.maxConcurrentDispatches ?? 0,
        purgedAtMs: purgeTime?.seconds ? Number(purgeTime.seconds) * 1_000 : null,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Pauses or resumes a queue, or deletes all that waits in it.
   * @throws {ServiceError} 404 `QUEUE_NOT_FOUND`, 503 `CLOUD_TASKS_UNAVAILABLE`
   */
  async change(queue: string, action: QueueAction): Promise<void> {
    const request = { name: this.#path(queue) };
    const options = { timeout: TIMEOUT_MS };
    await this.#call(
      `Queue ${queue}`,
      () =>
        ({
          pause: () => this.#tasks.pauseQueue(request, options),
          resume: () => this.#tasks.resumeQueue(request, options),
          purge: () => this.#tasks.purgeQueue(request, options),
        })[action](),
      'QUEUE_NOT_FOUND',
    );
  }

  /**
   * A task as Cloud Tasks has it; undefined where it has none of that name.
   * @param name the task's short name in Cloud Tasks
   * @throws {ServiceError} 503 `CLOUD_TASKS_UNAVAILABLE`
   */
  async find(queue: string, name: string): Promise<QueuedTask | undefined> {
    const request = { name: `${this.#path(queue)}/tasks/${name}` };
    try {
      const [task] = await this.#call(
        `Task ${name} in queue ${queue}`,
        () => this.#tasks.getTask(request, { timeout: LOOK_TIMEOUT_MS }),
        'NOT_IN_CLOUD_TASKS',
      );
      return queuedTask(task);
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'NOT_IN_CLOUD_TASKS') return undefined;
      throw error;
    }
  }

  /**
   * Has Cloud Tasks deliver a task now, whatever its time, its queue's rate, and though the queue be paused.
   * @param name the task's short name in Cloud Tasks
   * @throws {ServiceError} 404 `NOT_IN_CLOUD_TASKS`, 503 `CLOUD_TASKS_UNAVAILABLE`
   */
  async run(queue: string, name: string): Promise<void> {
    await this.#call(
      `Task ${name} in queue ${queue}`,
      () => this.#tasks.runTask({ name: `${this.#path(queue)}/tasks/${name}` }, { timeout: TIMEOUT_MS }),
      'NOT_IN_CLOUD_TASKS',
    );
  }

  #path(queue: string): string {
    return this.#tasks.queuePath(this.#queues.project, this.#queues.location, queue);
  }

  async #call<T>(what: string, call: () => Promise<T>, missing?: string): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if ((error as { code?: unknown }).code === NOT_FOUND && missing !== undefined) {
        throw new ServiceError({
          code: missing,
          status: 404,
          message: `${what} is not in Cloud Tasks${missing === 'QUEUE_NOT_FOUND' ? '' : ' now: it was delivered, or the sweep will send it again'}`,
          cause: error,
        });
      }
      throw new ServiceError({
        code: 'CLOUD_TASKS_UNAVAILABLE',
        status: 503,
        message: `${what} can't be had from Cloud Tasks`,
        detail: 'Cloud Tasks did not answer, or refused. Try again; the log has the reason.',
        cause: error,
      });
    }
  }
}
