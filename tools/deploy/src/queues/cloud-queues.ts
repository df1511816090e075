import type { CloudTasksClient, protos } from '@google-cloud/tasks';
import {
  joinDuration,
  QUEUE_FIELDS,
  type QueueFieldPath,
  type QueueValues,
  SERVICE_DEFAULTS,
  splitDuration,
} from '@waybill/google-config';
import { withTimeout } from '@waybill/service-kit';
import { createBackoffSettings, createRetryOptions } from 'google-gax';

type IQueue = protos.google.cloud.tasks.v2.IQueue;

/** A queue as it is in Cloud Tasks. */
export interface CloudQueue {
  readonly name: string;
  /** PAUSED by a person or a tool; DISABLED by an uploaded queue.yaml that left it out. */
  readonly state: 'RUNNING' | 'PAUSED' | 'DISABLED';
  /** The value of every field; durations in microseconds, with nanoseconds as a fraction. */
  readonly values: Readonly<Record<QueueFieldPath, number | string>>;
}

/** How many tasks wait in a queue; `more`: and more than so many. */
export interface WaitingTasks {
  readonly count: number;
  readonly more: boolean;
}

/** Deployments are rare and watched: a call is given up before a person would. */
const CALL_TIMEOUT_MS = 20_000;
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;
/** Reading is tried again, up to 10 s in all, after UNAVAILABLE and DEADLINE_EXCEEDED. */
const READ_OPTIONS = {
  timeout: CALL_TIMEOUT_MS,
  retry: createRetryOptions(
    [UNAVAILABLE, DEADLINE_EXCEEDED],
    createBackoffSettings(200, 2, 2_000, 10_000, 1, 10_000, 10_000),
  ),
};
/** Writing isn't: a person is told, and the next run sees what came of it. */
const WRITE_OPTIONS = { ...READ_OPTIONS, retry: createRetryOptions([], READ_OPTIONS.retry.backoffSettings) };

/** The queues of one project and location. */
export class CloudQueues {
  readonly #client: CloudTasksClient;
  readonly #parent: string;
  readonly #pageSize: number;

  /** @param options.pageSize how many queues, or tasks, are asked for at once; default 1,000 */
  constructor(options: {
    client: CloudTasksClient;
    project: string;
    location: string;
    pageSize?: number;
  }) {
    this.#client = options.client;
    this.#parent = options.client.locationPath(options.project, options.location);
    this.#pageSize = options.pageSize ?? 1_000;
  }

  /** All queues, by name. */
  async list(): Promise<CloudQueue[]> {
    const queues: CloudQueue[] = [];
    let pageToken = '';
    do {
      const [page, , response] = await bounded(
        this.#client.listQueues(
          { parent: this.#parent, pageSize: this.#pageSize, pageToken },
          { ...READ_OPTIONS, autoPaginate: false },
        ),
      );
      queues.push(...page.map(readQueue));
      pageToken = response?.nextPageToken ?? '';
    } while (pageToken !== '');
    return queues.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async get(name: string): Promise<CloudQueue> {
    const [queue] = await bounded(this.#client.getQueue({ name: this.#path(name) }, READ_OPTIONS));
    return readQueue(queue);
  }

  /** How many tasks are in a queue, counted up to one page. */
  async waitingTasks(name: string): Promise<WaitingTasks> {
    const [page, , response] = await bounded(
      this.#client.listTasks(
        { parent: this.#path(name), pageSize: this.#pageSize },
        { ...READ_OPTIONS, autoPaginate: false },
      ),
    );
    // Cloud Tasks gives a token after every page that is not empty, the last one too.
    const isFull = page.length >= this.#pageSize;
    return { count: page.length, more: isFull && (response?.nextPageToken ?? '') !== '' };
  }

  /** Makes a queue with these settings, and the service's defaults for the rest. */
  async create(name: string, values: QueueValues): Promise<CloudQueue> {
    const queue = { name: this.#path(name), ...settingsMessage(values) };
    const [created] = await bounded(this.#client.createQueue({ parent: this.#parent, queue }, WRITE_OPTIONS));
    return readQueue(created);
  }

  /** Sets these fields and no others; a field that has no value goes back to the service's default. */
  async update(name: string, values: QueueValues, paths: readonly QueueFieldPath[]): Promise<CloudQueue> {
    const queue = { name: this.#path(name), ...settingsMessage(values, updateMask(paths)) };
    const [updated] = await bounded(
      this.#client.updateQueue({ queue, updateMask: { paths: updateMask(paths) } }, WRITE_OPTIONS),
    );
    return readQueue(updated);
  }

  async pause(name: string): Promise<CloudQueue> {
    const [paused] = await bounded(this.#client.pauseQueue({ name: this.#path(name) }, WRITE_OPTIONS));
    return readQueue(paused);
  }

  #path(name: string): string {
    return `${this.#parent}/queues/${name}`;
  }
}

/** The update mask for fields, in protobuf's spelling. A routing is one value to Cloud Tasks, and changed as a whole. */
function updateMask(paths: readonly QueueFieldPath[]): string[] {
  const whole = paths.map((path) => (path.startsWith(ROUTING) ? ROUTING : path));
  return [...new Set(whole)].map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

const ROUTING = 'appEngineRoutingOverride';

/** A Queue message with the values that are set; with a mask, of the fields that it names. */
function settingsMessage(values: QueueValues, mask?: readonly string[]): IQueue {
  const message: Record<string, Record<string, unknown>> = {};
  for (const { path, kind } of QUEUE_FIELDS) {
    const value = values[path];
    if (value === undefined) continue;
    if (mask !== undefined && !updateMask([path]).every((entry) => mask.includes(entry))) continue;
    const [group = '', field = ''] = path.split('.');
    message[group] ??= {};
    message[group][field] = kind === 'duration' ? splitDuration(Number(value)) : value;
  }
  return message as IQueue;
}

/** The queue that a message of Cloud Tasks shows. */
export function readQueue(queue: IQueue): CloudQueue {
  const values: Record<QueueFieldPath, number | string> = { ...SERVICE_DEFAULTS };
  for (const { path, kind } of QUEUE_FIELDS) {
    const [group = '', field = ''] = path.split('.');
    const groups = queue as Record<string, Record<string, unknown> | null | undefined>;
    const value = groups[group]?.[field];
    if (value === undefined || value === null) continue;
    if (kind === 'text') values[path] = String(value);
    else if (kind === 'duration') values[path] = micros(value as protos.google.protobuf.IDuration);
    else values[path] = Number(value);
  }
  const { state } = queue;
  return {
    name: queue.name?.split('/').at(-1) ?? '',
    state: state === 'PAUSED' || state === 'DISABLED' ? state : 'RUNNING',
    values,
  };
}

function micros({ seconds, nanos }: protos.google.protobuf.IDuration): number {
  return joinDuration(Number(String(seconds ?? 0)), nanos ?? 0);
}

/** The client's own timeouts don't cover its search for credentials. */
function bounded<T>(call: Promise<T>): Promise<T> {
  return withTimeout(call, 2 * CALL_TIMEOUT_MS, () => {
    const message = `Cloud Tasks did not answer within ${(2 * CALL_TIMEOUT_MS) / 1_000} s`;
    throw Object.assign(new Error(message), { code: DEADLINE_EXCEEDED });
  });
}
