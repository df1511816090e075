import type { Clock, GroupCommit } from '@waybill/emulator-kit';
import { CloudTasksError, invalidArgument, invalidRequest } from '../cloud-tasks-error.ts';
import {
  requireNewTaskName,
  requireOperationName,
  requireQueueName,
  type TaskName,
} from '../resource-names.ts';
import type { OperationStore } from '../storage/operation-store.ts';
import type { Task } from '../tasks/task.ts';
import { requireTaskInQueue, type TaskInput } from '../tasks/task-request.ts';

/** A task to create in a batch. */
export interface BatchedTask {
  readonly parent: string;
  /** '' where the emulator is to choose the name. */
  readonly name: string;
  /** Reads the task. @throws {CloudTasksError} if it cannot be read */
  readonly read: () => TaskInput;
}

/** The result of a batch. Times in milliseconds since the Unix epoch. */
export interface BatchOutcome {
  /** The name of the operation. */
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** How many requests the batch had. */
  readonly requests: number;
  /** The refused requests, by their index. */
  readonly failures: ReadonlyMap<number, CloudTasksError>;
}

/** The result of a batch of creates. */
export interface BatchCreateOutcome extends BatchOutcome {
  readonly created: readonly { readonly index: number; readonly task: Task }[];
}

/** A task that is written but not on the disk yet: it must not be sent before. */
export interface WrittenTask {
  readonly task: Task;
  /** Lets the task be sent. */
  release(): void;
}

const MAX_CREATES = 100;
const MAX_DELETES = 1_000;
/** The service does not say how long it keeps operations; tasks are kept as long. */
const OPERATION_TTL_MS = 31 * 24 * 3_600_000;

interface TaskBatchesOptions {
  readonly clock: Clock;
  readonly group: GroupCommit;
  readonly operations: OperationStore;
  readonly committed: () => Promise<void>;
  /** Writes a task. @throws {CloudTasksError} if it is refused */
  readonly writeTask: (parent: string, input: TaskInput) => WrittenTask;
  /** @throws {CloudTasksError} if there is no such task */
  readonly deleteTask: (name: TaskName) => void;
  readonly randomUuid: () => string;
}

/**
 * BatchCreateTasks and BatchDeleteTasks: each request of a batch stands alone, and the operation is done when the call
 * is answered. The tasks and the operation share a transaction, so that a kill leaves both or none.
 */
export class TaskBatches {
  readonly #options: TaskBatchesOptions;

  constructor(options: TaskBatchesOptions) {
    this.#options = options;
  }

  /**
   * Creates up to 100 tasks of one queue.
   * @param encode makes the operation's message
   * @returns that message, once the tasks are on the disk
   * @throws {CloudTasksError} if the batch as a whole is refused
   */
  async create(
    batch: { parent: string; requestId: string; requests: readonly BatchedTask[] },
    encode: (outcome: BatchCreateOutcome) => Uint8Array,
  ): Promise<Uint8Array> {
    const { parent, requests } = batch;
    const queueName = requireQueueName(parent, 'BatchCreateTasks');
    refuseBadRequests(parent, requests);
    const name = this.#newOperation(queueName.parent.name, batch.requestId);
    const startMs = this.#options.clock.nowMs();
    const failures = new Map<number, CloudTasksError>();
    const written: { index: number; task: WrittenTask }[] = [];
    for (const [index, request] of requests.entries()) {
      collectRefusal(failures, index, () => {
        const input = request.read();
        if (input.target === undefined) throw invalidArgument('Payload type must be set.');
        written.push({ index, task: this.#options.writeTask(parent, input) });
      });
    }
    const created = written.map(({ index, task }) => ({ index, task: task.task }));
    const outcome = { name, startMs, endMs: startMs, requests: requests.length, failures, created };
    const message = this.#write(outcome, encode(outcome));
    await this.#options.committed();
    for (const { task } of written) task.release();
    return message;
  }

  /**
   * Deletes up to 1,000 tasks of one queue.
   * @param encode makes the operation's message
   * @throws {CloudTasksError} if the batch as a whole is refused
   */
  delete(
    batch: { parent: string; requestId: string; names: readonly string[] },
    encode: (outcome: BatchOutcome) => Uint8Array,
  ): Uint8Array {
    const { parent, names } = batch;
    const queueName = requireQueueName(parent, 'BatchDeleteTasks');
    if (names.length === 0) throw invalidRequest();
    if (names.length > MAX_DELETES) {
      throw invalidArgument(
        `A maximum of ${MAX_DELETES} tasks can be handled in a batch, but ${names.length} were requested.`,
      );
    }
    const name = this.#newOperation(queueName.parent.name, batch.requestId);
    const startMs = this.#options.clock.nowMs();
    const failures = new Map<number, CloudTasksError>();
    const firstIndexes = new Map<string, number>();
    for (const [index, taskName] of names.entries()) {
      const first = firstIndexes.get(taskName);
      if (first === undefined) {
        firstIndexes.set(taskName, index);
        collectRefusal(failures, index, () => this.#options.deleteTask(nameToDelete(parent, taskName)));
      } else {
        // As recorded, a name that is given twice has the same result twice.
        const failure = failures.get(first);
        if (failure !== undefined) failures.set(index, failure);
      }
    }
    const outcome = { name, startMs, endMs: startMs, requests: names.length, failures };
    return this.#write(outcome, encode(outcome));
  }

  /** The message of an operation. @throws {CloudTasksError} NOT_FOUND */
  operation(name: string): Uint8Array {
    const message = this.#options.operations.find(requireOperationName(name));
    if (message === undefined) throw new CloudTasksError('NOT_FOUND', 'Requested entity was not found.');
    return message;
  }

  #newOperation(location: string, requestId: string): string {
    const id = requestId || this.#options.randomUuid();
    const name = `${location}/operations/${id}`;
    if (this.#options.operations.find(name) === undefined) return name;
    throw invalidArgument(`Duplicate operation id in the batch request: ${id}`);
  }

  #write({ name, startMs }: BatchOutcome, message: Uint8Array): Uint8Array {
    const times = { nowMs: startMs, expiresMs: startMs + OPERATION_TTL_MS };
    this.#options.group.write(() => this.#options.operations.insert(name, message, times));
    return message;
  }
}

/** Refuses a batch as a whole, as the service does. @throws {CloudTasksError} */
function refuseBadRequests(parent: string, requests: readonly BatchedTask[]): void {
  if (requests.length === 0) throw invalidArgument('Request must contain at least one task.');
  if (requests.length > MAX_CREATES) {
    throw invalidArgument(
      `A maximum of ${MAX_CREATES} tasks can be created in a single batch, but got ${requests.length} tasks.`,
    );
  }
  const stranger = requests.find((request) => request.parent !== parent);
  if (stranger !== undefined) {
    throw invalidArgument(
      `All tasks in a batch request must target the same queue. Found task for queue ${stranger.parent} in batch request for queue ${parent}.`,
    );
  }
  const names = new Set<string>();
  for (const { name } of requests) {
    if (name === '') continue;
    requireTaskInQueue(parent, name);
    if (names.has(name)) throw invalidArgument(`Duplicate task name in the batch request: ${name}`);
    names.add(name);
  }
}

function nameToDelete(parent: string, name: string): TaskName {
  try {
    requireNewTaskName(name);
  } catch (error) {
    if (!(error instanceof CloudTasksError)) throw error;
    throw invalidArgument(`Invalid task name: ${error.message}`);
  }
  return requireTaskInQueue(parent, name);
}

/** Runs a request of a batch. A refusal is that request's own; any other error ends the batch. */
function collectRefusal(failures: Map<number, CloudTasksError>, index: number, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof CloudTasksError)) throw error;
    failures.set(index, error);
  }
}
