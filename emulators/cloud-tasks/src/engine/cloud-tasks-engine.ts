import { type Clock, DatabaseFiles, DatabaseGoneError, GroupCommit } from '@waybill/emulator-kit';
import { Activity, type Hold } from './attempts/activity.ts';
import { type Dispatcher, DispatchLoop } from './attempts/dispatch-loop.ts';
import { TaskBatches, type WrittenTask } from './batches/task-batches.ts';
import { CloudTasksError, invalidArgument } from './cloud-tasks-error.ts';
import { CmekConfigs } from './cmek/cmek-configs.ts';
import type { EmulatorEvents } from './emulator-events.ts';
import { IamPolicies } from './iam/iam-policies.ts';
import { isLocation } from './locations.ts';
import { dueMs, MICROS_PER_MS, MICROS_PER_SECOND } from './micros.ts';
import { makePageToken, pageLimit, readPageToken } from './page-token.ts';
import { type Queue, QueueRegistry } from './queues/queue-registry.ts';
import { QueueScheduler } from './queues/queue-scheduler.ts';
import {
  completeQueueSettings,
  completeRetrySettings,
  type QueueSettingsInput,
} from './queues/queue-settings.ts';
import { QueueThrottle, type ThrottlingSettings } from './queues/queue-throttle.ts';
import { RecentCount } from './queues/recent-count.ts';
import {
  type CalledMethod,
  type LocationName,
  parseQueueName,
  requireLocationName,
  requireNewQueueName,
  requireQueueName,
  requireTaskName,
  type TaskName,
} from './resource-names.ts';
import { CmekStore } from './storage/cmek-store.ts';
import { OperationStore } from './storage/operation-store.ts';
import { PolicyStore } from './storage/policy-store.ts';
import { type QueueRecord, QueueStore } from './storage/queue-store.ts';
import { openTaskDatabase } from './storage/task-database.ts';
import { type NewTask, TaskStore } from './storage/task-store.ts';
import { type BufferedBody, bufferedTask } from './tasks/buffered-task.ts';
import type { Task } from './tasks/task.ts';
import { TaskExpiry } from './tasks/task-expiry.ts';
import {
  checkDeadline,
  checkScheduleTime,
  requireTaskInQueue,
  storeTarget,
  type TaskInput,
} from './tasks/task-request.ts';
import { isTooLarge } from './tasks/task-size.ts';

/** How long the names of what is gone stay reserved, in the emulator's time. */
export interface TombstoneTtls {
  /** Of finished and deleted tasks; default 1 hour. */
  readonly taskMs?: number;
  /** Of deleted queues; default 7 days. */
  readonly queueMs?: number;
}

export interface EngineOptions {
  /** Where the data is kept; undefined: in memory. */
  readonly dataDir: string | undefined;
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly events: EmulatorEvents;
  readonly tombstoneTtls?: TombstoneTtls;
  /** Gives the part of App Engine hosts after the project, by location. */
  readonly hostSuffixOf: (location: string) => string;
  /** Whether tasks may carry tokens over plain http to this machine. Default false, as in the service. */
  readonly allowLoopbackHttpTokens?: boolean;
  /** Whether a task for a queue that does not exist creates the queue. Default false, as in the service. */
  readonly autoCreateQueues?: boolean;
  /** No task has more attempts than this, whatever its queue says. Default: no such limit. */
  readonly maxAttempts?: number | undefined;
  /** How rates fall by themselves; default: they do not. */
  readonly throttling?: ThrottlingSettings;
  /** A number from 0 to below 1, as Math.random gives. */
  readonly random: () => number;
  /** The machine's monotonic time in milliseconds, for rates and durations. */
  readonly monotonicMs: () => number;
}

const MAX_QUEUE_PAGE_SIZE = 9_800;
const MAX_TASK_PAGE_SIZE = 1_000;
const HOUR_MS = 3_600_000;

/**
 * Cloud Tasks itself: queues and tasks, with the rules and refusals of the service, whatever protocol they come
 * by. Calls take effect at once, but an answer may be given only once `committed()` has resolved.
 */
export class CloudTasksEngine {
  readonly batches: TaskBatches;
  readonly policies: IamPolicies;
  readonly cmekConfigs: CmekConfigs;
  readonly #options: EngineOptions;
  readonly #database;
  readonly #group: GroupCommit;
  readonly #queueStore: QueueStore;
  readonly #taskStore: TaskStore;
  readonly #policyStore: PolicyStore;
  readonly #operationStore: OperationStore;
  readonly #registry = new QueueRegistry();
  readonly #activity: Activity;
  readonly #loop: DispatchLoop;
  readonly #expiry: TaskExpiry;
  readonly #defaultTombstoneTtlMs: number;
  readonly #queueTtlMs: number;
  #storageError: Error | undefined;

  /** Opens the data, and takes up the tasks that are there. @throws {Error} if the data cannot be used */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#defaultTombstoneTtlMs = options.tombstoneTtls?.taskMs ?? HOUR_MS;
    this.#queueTtlMs = options.tombstoneTtls?.queueMs ?? 7 * 24 * HOUR_MS;
    this.#database = openTaskDatabase(options.dataDir);
    const files = new DatabaseFiles(this.#database);
    this.#group = new GroupCommit(this.#database, {
      afterCommit: () => files.assertInPlace(),
      onLost: (error) => this.#storageFailed(error),
    });
    this.#queueStore = new QueueStore(this.#database);
    this.#taskStore = new TaskStore(this.#database);
    this.#policyStore = new PolicyStore(this.#database);
    this.#operationStore = new OperationStore(this.#database);
    const { clock } = options;
    const shared = { clock, group: this.#group };
    this.batches = new TaskBatches({
      ...shared,
      operations: this.#operationStore,
      committed: () => this.committed(),
      writeTask: (parent, input) => this.#writeTask(parent, input),
      deleteTask: (name) => this.#deleteTask(name),
      randomUuid: () => randomUuid(options.random),
    });
    this.policies = new IamPolicies({
      ...shared,
      policies: this.#policyStore,
      queue: (name, method) => this.#queue(name, method),
    });
    this.cmekConfigs = new CmekConfigs({
      group: this.#group,
      configs: new CmekStore(this.#database),
      queuesOf: (location) => this.#registry.of(location),
      checkLocation: (location) => this.#checkLocation(location),
    });
    this.#activity = new Activity({
      setHeld: (held) => {
        for (const queue of this.#registry.all()) queue.scheduler.setHeld(held);
      },
      hasDue: () => [...this.#registry.all()].some((queue) => queue.scheduler.hasDue),
    });
    this.#loop = new DispatchLoop({
      clock: options.clock,
      tasks: this.#taskStore,
      group: this.#group,
      dispatcher: options.dispatcher,
      activity: this.#activity,
      events: options.events,
      tombstoneTtlMs: (queue) => this.#tombstoneTtlMs(queue),
      maxAttempts: options.maxAttempts ?? Number.POSITIVE_INFINITY,
      monotonicMs: options.monotonicMs,
      heedsRetryAfter: options.throttling?.retryAfter ?? false,
    });
    this.#expiry = new TaskExpiry({ clock, expire: (queue, until) => this.#expire(queue, until) });
    const byId = new Map<number, Queue>();
    for (const record of this.#queueStore.all()) byId.set(record.id, this.#register(record));
    for (const { rowId, queueId, scheduleMicros, createMicros } of this.#taskStore.schedule()) {
      const queue = byId.get(queueId);
      if (queue === undefined) continue;
      queue.scheduler.load(rowId, dueMs(scheduleMicros));
      this.#expiry.created(queue, createMicros);
    }
  }

  /** Begins to send what is due. */
  start(): void {
    for (const queue of this.#registry.all()) queue.scheduler.wake();
    this.#expiry.start();
  }

  /** Resolves once all that was written so far is on the disk. @throws {Error} if it could not be written */
  async committed(): Promise<void> {
    await this.#group.committed();
    if (this.#storageError !== undefined) throw this.#storageError;
  }

  listQueues(
    parent: string,
    page: { size: number; token: string },
    matches: (record: QueueRecord) => boolean = () => true,
  ): { queues: QueueRecord[]; nextPageToken: string } {
    const location = requireLocationName(parent, 'ListQueues');
    this.#checkLocation(location);
    const limit = pageLimit(page.size, MAX_QUEUE_PAGE_SIZE, 'ListQueuesRequest');
    const nowMs = this.#options.clock.nowMs();
    const after = readPageToken(page.token, parent, nowMs);
    const rest = this.#registry
      .of(parent)
      .map((queue) => queue.record)
      .filter((record) => record.name > after && matches(record));
    const queues = rest.slice(0, limit);
    const last = queues.at(-1);
    // As recorded, a token follows every page that is not empty, the last one too.
    return { queues, nextPageToken: last ? makePageToken(parent, last.name, nowMs) : '' };
  }

  hasQueue(name: string): boolean {
    return this.#registry.get(name) !== undefined;
  }

  getQueue(name: string): QueueRecord {
    return this.#queue(name, 'GetQueue').record;
  }

  get defaultTombstoneTtlMicros(): number {
    return this.#defaultTombstoneTtlMs * MICROS_PER_MS;
  }

  /** The statistics of a queue in the form of the API's QueueStats. */
  queueStats(name: string): object {
    const { record, scheduler, executed } = this.#queue(name, 'GetQueue');
    const { firstDueMs } = scheduler;
    return {
      tasksCount: this.#taskStore.count(record.id),
      ...(firstDueMs !== undefined && {
        oldestEstimatedArrivalTime: {
          seconds: Math.floor(firstDueMs / 1_000),
          nanos: (firstDueMs % 1_000) * 1e6,
        },
      }),
      executedLastMinuteCount: executed.total(this.#options.clock.nowMs()),
      concurrentDispatchesCount: scheduler.openCount,
      effectiveExecutionRate: scheduler.perSecond,
    };
  }

  /** @param readSettings gives the settings; called once the names are checked */
  createQueue(parent: string, name: string, readSettings: () => QueueSettingsInput): QueueRecord {
    const location = requireLocationName(parent, 'CreateQueue');
    const queueName = requireNewQueueName(name);
    if (queueName.parent.name !== location.name) {
      throw invalidArgument(`${name} must begin with ${parent}.`);
    }
    this.#checkLocation(location);
    const settings = completeQueueSettings(readSettings());
    if (this.#registry.get(name)) throw new CloudTasksError('ALREADY_EXISTS', 'Queue already exists');
    if (this.#queueStore.isTombstoned(name, this.#options.clock.nowMs())) {
      throw new CloudTasksError(
        'FAILED_PRECONDITION',
        'The queue cannot be created because a queue with this name existed too recently.',
      );
    }
    return this.#register(this.#group.write(() => this.#queueStore.insert(name, settings))).record;
  }

  /** Changes the settings that `merge` changes; a queue that isn't there is created. */
  updateQueue(name: string, merge: (current: QueueSettingsInput) => QueueSettingsInput): QueueRecord {
    const queueName = requireQueueName(name, 'UpdateQueue');
    const queue = this.#registry.get(name);
    if (queue === undefined) return this.createQueue(queueName.parent.name, name, () => merge({}));
    const { record, scheduler } = queue;
    record.settings = completeQueueSettings(merge(record.settings));
    this.#group.write(() => this.#queueStore.update(record));
    scheduler.setLimits(record.settings);
    this.#expiry.changed();
    return record;
  }

  /** Creates a queue, or gives the one that is there these settings; its state and tasks stay. For queue files. */
  ensureQueue(name: string, input: QueueSettingsInput): QueueRecord {
    if (this.#registry.get(name)) return this.updateQueue(name, () => input);
    const { parent } = requireNewQueueName(name);
    this.#checkLocation(parent);
    const settings = completeQueueSettings(input);
    return this.#register(this.#group.write(() => this.#queueStore.insert(name, settings))).record;
  }

  deleteQueue(name: string): void {
    requireQueueName(name, 'DeleteQueue');
    const queue = this.#registry.get(name);
    if (queue === undefined) throw notFound();
    this.#registry.remove(queue);
    queue.scheduler.clear();
    this.#expiry.cleared(queue);
    const expiresMs = this.#options.clock.nowMs() + this.#queueTtlMs;
    this.#group.write(() => {
      this.#taskStore.dropQueue(queue.record.id);
      this.#policyStore.delete(queue.record.id);
      this.#queueStore.delete(queue.record, expiresMs);
    });
    this.#activity.check();
  }

  purgeQueue(name: string): QueueRecord {
    const queue = this.#queue(name, 'PurgeQueue');
    const { record, scheduler } = queue;
    const nowMs = this.#options.clock.nowMs();
    record.purgeMicros = nowMs * MICROS_PER_MS;
    scheduler.clear();
    this.#expiry.cleared(queue);
    this.#group.write(() => {
      this.#taskStore.purge(record.id, nowMs + this.#tombstoneTtlMs(queue));
      this.#queueStore.update(record);
    });
    this.#activity.check();
    return record;
  }

  setPaused(name: string, paused: boolean): QueueRecord {
    const { record, scheduler } = this.#queue(name, paused ? 'PauseQueue' : 'ResumeQueue');
    record.paused = paused;
    this.#group.write(() => this.#queueStore.update(record));
    scheduler.setPaused(paused);
    this.#activity.check();
    return record;
  }

  /** Resolves with the task once it is on the disk; only then can it be sent. */
  async createTask(parent: string, input: TaskInput): Promise<Task> {
    const { task, release } = this.#writeTask(parent, input);
    await this.committed();
    release();
    return task;
  }

  /** Makes a task of a body alone, by the HTTP target of the queue. */
  async bufferTask(queueName: string, body: BufferedBody): Promise<Task> {
    const { record } = this.#queue(queueName, 'BufferTask');
    return this.createTask(queueName, bufferedTask(queueName, record.settings.httpTarget, body));
  }

  /** Writes a task. It must be on the disk before it is released. @throws {CloudTasksError} if it is refused */
  #writeTask(parent: string, input: TaskInput): WrittenTask {
    const queueName = this.#registry.get(parent)?.name ?? requireQueueName(parent, 'CreateTask');
    const named = input.name ? requireTaskInQueue(parent, input.name) : undefined;
    if (this.#options.autoCreateQueues && !this.#registry.get(parent)) this.ensureQueue(parent, {});
    const queue = this.#queueNamed(queueName.name, queueName.parent);
    const task = this.#newTask(queue, named?.taskId, input);
    if (named !== undefined) this.#refuseUsedName(queue, named);
    const rowId = this.#group.write(() => this.#taskStore.insert(queue.record.id, task));
    const { deadlineMicros, ...rest } = task;
    const created: Task = {
      ...rest,
      ...(deadlineMicros !== undefined && { deadlineMicros }),
      rowId,
      name: `${parent}/tasks/${task.taskId}`,
      dispatchCount: 0,
      responseCount: 0,
      executionCount: 0,
    };
    return { task: created, release: () => this.#release(queue, created) };
  }

  #release(queue: Queue, { rowId, taskId, name, scheduleMicros, createMicros }: Task): void {
    this.#options.events.publish('taskCreated', {
      queue: queue.name.queueId,
      task: taskId,
      name,
      scheduleTimeMs: dueMs(scheduleMicros),
    });
    if (!this.#registry.has(queue)) return;
    this.#expiry.created(queue, createMicros);
    queue.scheduler.add(rowId, dueMs(scheduleMicros));
  }

  getTask(name: string): Task {
    const taskName = requireTaskName(name, 'GetTask');
    const found = this.#find(taskName);
    if (found !== undefined) return found.task;
    const queue = this.#registry.get(taskName.queue.name);
    if (
      queue &&
      this.#taskStore.isTombstoned(queue.record.id, taskName.taskId, this.#options.clock.nowMs())
    ) {
      throw new CloudTasksError(
        'NOT_FOUND',
        'The task no longer exists, though a task with this name existed recently. The task either successfully completed or was deleted.',
      );
    }
    throw notFound();
  }

  listTasks(parent: string, page: { size: number; token: string }): { tasks: Task[]; nextPageToken: string } {
    const queueName = requireQueueName(parent, 'ListTasks');
    const queue = this.#queueNamed(parent, queueName.parent);
    const limit = pageLimit(page.size, MAX_TASK_PAGE_SIZE, 'ListTasksRequest');
    const nowMs = this.#options.clock.nowMs();
    const after = readPageToken(page.token, parent, nowMs);
    const tasks = this.#taskStore.page(queue.record.id, parent, after, limit);
    const last = tasks.at(-1);
    return { tasks, nextPageToken: last ? makePageToken(parent, last.taskId, nowMs) : '' };
  }

  deleteTask(name: string): void {
    this.#deleteTask(requireTaskName(name, 'DeleteTask'));
  }

  #deleteTask(name: TaskName): void {
    const found = this.#find(name);
    if (found === undefined) throw notFound();
    const { queue, task } = found;
    const nowMs = this.#options.clock.nowMs();
    this.#group.write(() =>
      this.#taskStore.delete(task.rowId, { nowMs, expiresMs: nowMs + this.#tombstoneTtlMs(queue) }),
    );
    queue.scheduler.remove(task.rowId);
    this.#activity.check();
  }

  /**
   * Sends a task now, whatever its time, the queue's rate, cap and state say; one that is being sent already is
   * not sent twice. Returns the task with the new attempt counted but not yet sent, as recorded.
   */
  runTask(name: string): Task {
    const taskName = requireTaskName(name, 'RunTask');
    this.#queueNamed(taskName.queue.name, taskName.queue.parent);
    const found = this.#find(taskName);
    if (found === undefined) throw notFound();
    const { queue, task } = found;
    if (!queue.scheduler.runNow(task.rowId)) return task;
    return {
      ...task,
      dispatchCount: task.dispatchCount + 1,
      lastAttempt: { scheduleMicros: task.scheduleMicros },
    };
  }

  /**
   * Sends every task that is due now, whatever the rates, the caps and the states of the queues say.
   * @param which `all` sends tasks that are scheduled for later, too
   * @returns the number of tasks
   */
  runDue(which: 'due' | 'all' = 'due'): number {
    const untilMs = which === 'all' ? Number.POSITIVE_INFINITY : this.#options.clock.nowMs();
    let count = 0;
    for (const { scheduler } of this.#registry.all()) count += scheduler.runUntil(untilMs);
    return count;
  }

  /** Lets no queue send until the hold is released; holds add up. */
  hold(): Hold {
    const hold = this.#activity.hold();
    return { ...hold, held: hold.held.then(() => this.committed()) };
  }

  /** Resolves when no dispatch is open, and no task is due in a queue that runs. */
  async whenIdle(): Promise<void> {
    await this.#activity.whenIdle();
    await this.committed();
  }

  /** Resolves when no dispatch is open, or that time has passed. */
  async whenNoneOpen(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    await Promise.race([this.#activity.whenNoneOpen(), promise]);
    clearTimeout(timer);
  }

  /** Drops all tasks and all reserved names; the queues and their settings stay. */
  async reset(): Promise<void> {
    this.#group.write(() => {
      for (const queue of this.#registry.all()) {
        queue.scheduler.clear();
        this.#expiry.cleared(queue);
        this.#taskStore.dropQueue(queue.record.id);
      }
      this.#queueStore.dropTombstones();
      this.#operationStore.dropAll();
    });
    this.#activity.check();
    await this.committed();
  }

  /** Sends nothing more; what is open goes on until the dispatcher ends it. */
  stop(): void {
    for (const { scheduler } of this.#registry.all()) scheduler.stop();
    this.#expiry.stop();
  }

  /** Waits for open dispatches, writes what there is, and closes the data. */
  async close(): Promise<void> {
    this.stop();
    await this.#activity.whenNoneOpen();
    this.#group.commit();
    this.#database.close();
  }

  #register(record: QueueRecord): Queue {
    const name = parseQueueName(record.name);
    if (name === undefined) throw new Error(`The data holds a queue with an impossible name: ${record.name}`);
    const { throttling } = this.#options;
    const queue: Queue = {
      record,
      name,
      executed: new RecentCount(),
      scheduler: new QueueScheduler({
        clock: this.#options.clock,
        limits: record.settings,
        paused: record.paused,
        held: this.#activity.isHeld,
        start: (rowId) => this.#loop.start(queue, rowId),
        monotonicMs: this.#options.monotonicMs,
        throttle: throttling && new QueueThrottle(throttling, this.#options.monotonicMs),
      }),
    };
    this.#registry.add(queue);
    return queue;
  }

  /** How long the names of a queue's finished tasks stay reserved. */
  #tombstoneTtlMs({ record }: Queue): number {
    const micros = record.settings.tombstoneTtlMicros;
    return micros === undefined ? this.#defaultTombstoneTtlMs : micros / MICROS_PER_MS;
  }

  /** Deletes tasks that outlived their time. @returns when the oldest of the others was created */
  #expire(queue: Queue, createdUntilMicros: number): number | undefined {
    const { record, name, scheduler } = queue;
    const nowMs = this.#options.clock.nowMs();
    const tombstone = { nowMs, expiresMs: nowMs + this.#tombstoneTtlMs(queue) };
    for (const { rowId, taskId, attempts } of this.#taskStore.createdUntil(record.id, createdUntilMicros)) {
      this.#group.write(() => this.#taskStore.delete(rowId, tombstone));
      scheduler.remove(rowId);
      this.#options.events.publish('taskDropped', {
        queue: name.queueId,
        task: taskId,
        name: `${record.name}/tasks/${taskId}`,
        attempts,
        reason: 'too-old',
      });
    }
    this.#activity.check();
    return this.#taskStore.oldestCreation(record.id);
  }

  #queue(name: string, method: CalledMethod): Queue {
    const queue = this.#registry.get(name);
    return queue ?? this.#queueNamed(name, requireQueueName(name, method).parent);
  }

  #queueNamed(name: string, location: LocationName): Queue {
    const queue = this.#registry.get(name);
    if (queue !== undefined) return queue;
    this.#checkLocation(location);
    throw new CloudTasksError(
      'NOT_FOUND',
      'Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize.',
    );
  }

  #checkLocation({ location }: LocationName): void {
    if (isLocation(location)) return;
    throw invalidArgument(
      `Location '${location}' is not a valid location. Use ListLocations to list valid locations.`,
    );
  }

  #newTask(queue: Queue, taskId: string | undefined, input: TaskInput): NewTask {
    const location = queue.name.parent;
    const target = storeTarget(input, location, {
      queueTarget: queue.record.settings.httpTarget,
      hostSuffix: this.#options.hostSuffixOf(location.location),
      allowLoopbackHttpTokens: this.#options.allowLoopbackHttpTokens ?? false,
    });
    const nowMicros = this.#options.clock.nowMs() * MICROS_PER_MS;
    const scheduleMicros = Math.max(input.scheduleMicros ?? 0, nowMicros);
    checkScheduleTime({ scheduleMicros, nowMicros, nanos: input.scheduleNanos ?? 0 });
    const task: NewTask = {
      taskId: taskId ?? this.#randomTaskId(),
      target,
      body: input.body,
      createMicros: Math.floor(nowMicros / MICROS_PER_SECOND) * MICROS_PER_SECOND,
      scheduleMicros,
      deadlineMicros: checkDeadline(input.deadlineMicros, target.kind),
      ...(input.retryConfig && { retryConfig: completeRetrySettings(input.retryConfig) }),
    };
    const { deadlineMicros, ...sized } = task;
    const name = `${queue.record.name}/tasks/${task.taskId}`;
    if (isTooLarge({ ...sized, name, ...(deadlineMicros !== undefined && { deadlineMicros }) })) {
      throw invalidArgument('Task size too large');
    }
    return task;
  }

  #refuseUsedName(queue: Queue, { taskId }: TaskName): void {
    if (this.#taskStore.find(queue.record.id, queue.record.name, taskId)) {
      throw new CloudTasksError('ALREADY_EXISTS', 'Requested entity already exists');
    }
    if (this.#taskStore.isTombstoned(queue.record.id, taskId, this.#options.clock.nowMs())) {
      throw new CloudTasksError(
        'ALREADY_EXISTS',
        'The task cannot be created because a task with this name existed too recently. For more information about task de-duplication see https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create#body.request_body.FIELDS.task.',
      );
    }
  }

  #find({ queue: { name }, taskId }: TaskName): { queue: Queue; task: Task } | undefined {
    const queue = this.#registry.get(name);
    const task = queue && this.#taskStore.find(queue.record.id, name, taskId);
    return queue && task && { queue, task };
  }

  /** Twenty digits, as the service's own ids have; leading zeros stay. */
  #randomTaskId(): string {
    const tenDigits = (): string => String(Math.floor(this.#options.random() * 1e10)).padStart(10, '0');
    return tenDigits() + tenDigits();
  }

  #storageFailed(error: unknown): void {
    const isGone = error instanceof DatabaseGoneError;
    const reason = isGone
      ? error.message
      : `The emulator cannot write its data (${(error as Error).message}): free the disk, then restart it`;
    this.#storageError = new CloudTasksError('UNAVAILABLE', reason);
    this.stop();
    this.#options.events.publish('storageFailed', { error: isGone ? error : this.#storageError });
  }
}

/** A random UUID (RFC 9562, version 4). @param random gives numbers from 0 to below 1 */
function randomUuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  digits[12] = '4';
  digits[16] = '89ab'[Math.floor(random() * 4)] ?? '8';
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function notFound(): CloudTasksError {
  return new CloudTasksError('NOT_FOUND', 'Requested entity was not found.');
}
