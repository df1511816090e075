import assert from 'node:assert/strict';
import type { RequestListener, ServerResponse } from 'node:http';
import { Firestore, type Settings } from '@google-cloud/firestore';
import { CloudTasksClient } from '@google-cloud/tasks';
import { startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import { type Catalogue, defineCatalogue, type TaskContract } from '@waybill/contract-kit';
import { MovableClock } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import { createLogger, createService, createShutdown, type Logger, runService } from '@waybill/service-kit';
import type { SweepReport, TaskHandler, TaskRecord, TaskState } from '@waybill/task-runtime';
import {
  adoptedTaskId,
  cloudTaskName,
  createAppEngineOriginCheck,
  createWorker,
  TaskClient,
} from '@waybill/task-runtime';
import type { AttemptTiming } from '@waybill/task-runtime/internal';
import { fromTaskDocument, randomTaskId, taskCollection } from '@waybill/task-runtime/internal';
import { grpc } from 'google-gax';
import { type CrashPoint, MortalFirestore } from './crash/mortal-firestore.ts';
import { type LossyLink, startLossyLink } from './lossy-link.ts';

/** A line of the services' log. */
export interface LogLine {
  readonly severity: string;
  readonly message: string;
  readonly event?: string;
  readonly taskId?: string;
  readonly [field: string]: unknown;
}

/** What became of a worker. */
export interface WorkerLife {
  /** How many transactions it has begun. */
  readonly transactions: number;
  readonly hasDied: boolean;
  /** What its last transaction makes of a task's record, e.g. `charge-payment running, step charge done`; '' if it lives. */
  readonly fatalChange: string;
}

/** The whole road of a task inside one process: real clients, the emulators, a worker behind HTTP. */
export interface TaskTestBed {
  /** For looking; the client and the worker have one of their own, which goes through {@link link}. */
  readonly firestore: Firestore;
  /** The way from the client and the worker to Firestore. */
  readonly link: LossyLink;
  readonly tasks: CloudTasksClient;
  readonly queues: { readonly project: string; readonly location: string };
  readonly client: TaskClient;
  readonly catalogue: Catalogue;
  /** What all parts take for the time. */
  readonly clock: MovableClock;
  readonly logs: readonly LogLine[];
  /** Where the worker listens. */
  readonly workerUrl: string;
  /** Moves the clock; what is due is delivered. */
  advance(ms: number): void;
  /** Waits until no delivery is under way and none is due. */
  whenIdle(): Promise<void>;
  /** Waits for a log line that comes after this call. */
  nextLog(matches: (line: LogLine) => boolean): Promise<LogLine>;
  /** A task's record. Throws if there is none. */
  record(taskId: string): Promise<TaskRecord>;
  /** Fails unless a task is in that state, and says where it stands and what its last error was. */
  assertState(taskId: string, state: TaskState): Promise<void>;
  /**
   * Creates a task in Cloud Tasks alone, at once, as gcloud or a producer without the ledger does: the one way on which
   * a payload comes that breaks its contract.
   * @param options.name its short name in Cloud Tasks; default: one that Cloud Tasks makes
   * @returns the id of the record that its first delivery makes
   */
  createWithoutRecord(
    contract: Pick<TaskContract, 'path' | 'queue' | 'service'>,
    body: unknown,
    options?: { name?: string },
  ): Promise<{ taskId: string }>;
  /**
   * Delivers a task once more, as Cloud Tasks does now and then, and tells how it was answered; one that is delayed runs
   * before its time.
   * @param options.body default: the payload. Whatever it is, the worker takes the one in the record
   */
  deliver(taskId: string, options?: { body?: unknown; generation?: number }): Promise<Response>;
  /** Runs the sweep, as App Engine's cron does. */
  sweep(): Promise<SweepReport>;
  /**
   * Waits until every task is over, but for those that are delayed for longer than a day: moves the clock past leases,
   * back-offs and delays, and sweeps.
   * @throws {Error} naming the tasks that are still open once the clock was moved more often than they have attempts,
   *   with their last errors
   */
  whenSettled(): Promise<void>;
  /**
   * Puts a new worker in the present one's place, one that dies at a point of its life, as by `kill -9`; then another
   * takes its place, which lives on. Default: one that lives on at once.
   * @returns what became of it
   */
  replaceWorker(crash?: CrashPoint): WorkerLife;
  /** Tells the worker to end, as SIGTERM does. */
  stopWorker(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a test bed for handlers; those of follow-ups belong to them. Queues dispatch at 500/s and retry after 1 s,
 * without limits of their own. Nothing is kept: its data is in memory, its ports are free ones.
 * @param options.catalogue default: the handlers' contracts
 */
export async function startTaskTestBed(options: {
  handlers: readonly TaskHandler[];
  catalogue?: Catalogue;
  timing?: Partial<AttemptTiming>;
}): Promise<TaskTestBed> {
  const project = 'test-bed';
  const location = 'us-central1';
  const queues = { project, location };
  const catalogue = options.catalogue ?? defineCatalogue(options.handlers.map(({ contract }) => contract));
  const clock = new MovableClock();
  const logs: LogLine[] = [];
  const listeners = new Set<(line: LogLine) => void>();
  const logger: Logger = createLogger({
    service: 'test-bed',
    version: 'v1',
    level: 'debug',
    destination: {
      write(text) {
        const line = JSON.parse(text) as LogLine;
        logs.push(line);
        for (const listener of [...listeners]) listener(line);
      },
    },
  });

  const firestoreEmulator = await startFirestoreEmulator({ port: 0, clock });
  const link = await startLossyLink(firestoreEmulator.port);
  const firestoreSettings = (port: number): Settings => ({
    projectId: project,
    host: `127.0.0.1:${port}`,
    ssl: false,
    customHeaders: { Authorization: 'Bearer owner' },
  });
  const firestore = new Firestore(firestoreSettings(firestoreEmulator.port));
  const linked = new Firestore(firestoreSettings(link.port));
  const shutdown = createShutdown({ logger });
  // Cloud Tasks needs the worker's address, and the worker needs Cloud Tasks' own: the routes come when both are there.
  let listener: RequestListener = (_request, response) => response.writeHead(500).end('not started');
  const worker = await runService({
    app: (request, response) => listener(request, response),
    port: 0,
    host: '127.0.0.1',
    logger,
    shutdown,
  });
  const tasksEmulator = await startCloudTasksEmulator({
    port: 0,
    clock,
    queues: {
      project,
      location,
      list: catalogue.physicalQueues.map((name) => ({
        name,
        settings: { maxAttempts: -1, minBackoffMicros: 1_000_000, maxBackoffMicros: 1_000_000 },
      })),
    },
    appEngine: { url: worker.url },
  });
  const tasks = new CloudTasksClient({
    projectId: project,
    apiEndpoint: '127.0.0.1',
    port: tasksEmulator.port,
    sslCreds: grpc.credentials.createInsecure(),
  });
  const client = new TaskClient({ firestore: linked, tasks, queues, catalogue, logger });
  const lives: MortalFirestore[] = [];
  const underWay = new Set<ServerResponse>();
  const replaceWorker = (crash?: CrashPoint): WorkerLife => {
    let hasDied = false;
    const life = new MortalFirestore(firestoreSettings(link.port), {
      crash,
      onDeath() {
        hasDied = true;
        replaceWorker();
        // What was asked of it gets no answer.
        for (const response of underWay) response.destroy();
      },
    });
    lives.push(life);
    const app = createService({ logger, stopping: shutdown.stopping });
    app.use(
      createWorker({
        client: new TaskClient({ firestore: life, tasks, queues, catalogue, logger }),
        handlers: options.handlers,
        originCheck: createAppEngineOriginCheck({ gaeEnv: 'standard', queues: catalogue.queues }),
        firestore: life,
        tasks,
        queues,
        service: 'worker',
        logger,
        stopping: shutdown.stopping,
        ...(options.timing && { timing: options.timing }),
      }),
    );
    const callback = app.callback();
    listener = (request, response) => {
      underWay.add(response);
      response.on('close', () => underWay.delete(response));
      return callback(request, response);
    };
    return {
      get transactions() {
        return life.transactions;
      },
      get hasDied() {
        return hasDied;
      },
      get fatalChange() {
        return life.fatalChange;
      },
    };
  };
  replaceWorker();

  const record = async (taskId: string): Promise<TaskRecord> => {
    const found = fromTaskDocument(await taskCollection(firestore).doc(taskId).get());
    if (found === undefined) {
      throw new Error(
        `There is no record of task ${taskId}: its transaction was not committed, or, where it was created without a record, ` +
          'none of its deliveries was claimed; bed.logs says why',
      );
    }
    return found;
  };
  const describe = (task: FoundTask): string => {
    const { contract, version } = task.record;
    const isKnown = options.handlers.some(
      (handler) => handler.contract.name === contract && handler.contract.version >= version,
    );
    return describeTask(task, isKnown ? [] : ['the bed was given no handler for it']);
  };
  const runSweep = async (): Promise<SweepReport> => {
    const response = await fetch(`${worker.url}/cron/sweep`, { headers: { 'X-Appengine-Cron': 'true' } });
    if (!response.ok) throw new Error(`The sweep answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as SweepReport;
  };
  return {
    firestore,
    link,
    tasks,
    queues,
    client,
    catalogue,
    clock,
    logs,
    workerUrl: worker.url,
    record,
    advance: (ms) => clock.setOffset(clock.offsetMs + ms),
    whenIdle: () => tasksEmulator.whenIdle(),
    nextLog: (matches) =>
      new Promise((resolve) => {
        const listener = (line: LogLine): void => {
          if (!matches(line)) return;
          listeners.delete(listener);
          resolve(line);
        };
        listeners.add(listener);
      }),
    async assertState(taskId, state) {
      const found = await record(taskId);
      if (found.state !== state) assert.fail(`Not ${state}: ${describe({ taskId, record: found })}`);
    },
    async createWithoutRecord({ path, queue, service }, body, { name } = {}) {
      const physicalQueue = catalogue.physicalQueueOf(queue, randomTaskId());
      const [task] = await tasks.createTask({
        parent: tasks.queuePath(project, location, physicalQueue),
        task: {
          ...(name !== undefined && { name: tasks.taskPath(project, location, physicalQueue, name) }),
          appEngineHttpRequest: {
            httpMethod: 'POST',
            relativeUri: path,
            appEngineRouting: { service },
            headers: { 'Content-Type': 'application/json' },
            body: Buffer.from(JSON.stringify(body)),
          },
        },
      });
      return { taskId: adoptedTaskId(physicalQueue, task.name?.split('/').at(-1) ?? '') };
    },
    async deliver(taskId, { body, generation } = {}) {
      const { contract, version, queue, payload, generation: present } = await record(taskId);
      return fetch(`${worker.url}/tasks/${contract}/v${version}`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-AppEngine-QueueName': queue,
          'X-AppEngine-TaskName': cloudTaskName(taskId, generation ?? present),
        },
        body: body === undefined ? payload : JSON.stringify(body),
      });
    },
    sweep: runSweep,
    async whenSettled() {
      // A task that fails each time has one attempt in each round.
      const attempts = catalogue.contracts.map(({ limits }) => limits.maxAttempts);
      const mostRounds = SPARE_ROUNDS + Math.max(0, ...attempts);
      for (let round = 0; ; round += 1) {
        await tasksEmulator.whenIdle();
        const open = await openTasks(firestore, clock.nowMs());
        if (open.length === 0) return;
        if (round === mostRounds) {
          const named = open.map(describe).join(', ');
          throw new Error(`After the clock was moved ${round} times these tasks are still open: ${named}`);
        }
        // Where all that is open waits for its time, there is nothing to be seen before.
        const earliestMs = Math.min(...open.map(({ record: { notBeforeMs } }) => notBeforeMs ?? 0));
        clock.setOffset(clock.offsetMs + Math.max(ROUND_MS, Math.ceil(earliestMs - clock.nowMs())));
        await tasksEmulator.whenIdle();
        await runSweep();
      }
    },
    replaceWorker,
    async stopWorker() {
      await worker.stop();
    },
    async close() {
      await worker.stop();
      await tasks.close();
      await tasksEmulator.close();
      for (const life of lives) life.bury();
      await Promise.all([firestore, linked, ...lives].map((each) => each.terminate()));
      await link.close();
      await firestoreEmulator.close();
    },
  };
}

/** Longer than a lease and the minute after it, until the sweep takes a record for overdue. */
const ROUND_MS = 130_000;
/** For deaths, delays and follow-ups, beside the attempts of one task. */
const SPARE_ROUNDS = 30;
const DAY_MS = 24 * 3_600_000;

interface FoundTask {
  readonly taskId: string;
  readonly record: TaskRecord;
}

/** Tasks that are neither over nor delayed for more than a day. */
async function openTasks(firestore: Firestore, nowMs: number): Promise<FoundTask[]> {
  const open = await taskCollection(firestore).where('state', 'in', ['pending', 'running']).get();
  return open.docs.flatMap((snapshot) => {
    const record = fromTaskDocument(snapshot);
    if (record === undefined || (record.notBeforeMs ?? 0) > nowMs + DAY_MS) return [];
    return [{ taskId: snapshot.id, record }];
  });
}

function describeTask({ taskId, record }: FoundTask, remarks: readonly string[]): string {
  const { contract, state, attempts, error } = record;
  const failures = error === null ? [] : [`${error.code}: ${error.message}`];
  const standing = `${contract}, ${state}, attempts: ${attempts}`;
  return `${taskId} (${[standing, ...failures, ...remarks].join('; ')})`;
}
