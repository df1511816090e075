import assert from 'node:assert/strict';
import type { Firestore } from '@google-cloud/firestore';
import type { CloudTasksClient } from '@google-cloud/tasks';
import { type Catalogue, defineCatalogue, type TaskContract } from '@waybill/contract-kit';
import { MovableClock } from '@waybill/emulator-kit';
import type {
  QueueLocation,
  SweepReport,
  TaskClient,
  TaskHandler,
  TaskRuntime,
  TaskState,
} from '@waybill/task-runtime';
import { type AttemptTiming, fromTaskDocument, taskCollection } from '@waybill/task-runtime/internal';
import type { TaskRecord } from '@waybill/task-runtime/operator';
import type { CrashPoint } from '../crash/mortal-firestore.ts';
import { createTaskWithoutRecord } from './create-task-without-record.ts';
import { deliverTask } from './deliver-task.ts';
import { deliverWithoutRecord } from './deliver-without-record.ts';
import { describeTask } from './describe-task.ts';
import type { LossyLink } from './lossy-link.ts';
import type { WorkerLife } from './replaceable-worker.ts';
import { settleTasks } from './settle-tasks.ts';
import { type BedContention, type FirestoreFaults, startBedServices } from './start-bed-services.ts';
import { type LogLine, TestLog } from './test-log.ts';

/** All that a task passes through, inside one process: real clients, the emulators, a worker behind HTTP. */
export interface TaskTestBed {
  /** The test's own client; the runtime and the worker have others, which go through {@link link}. */
  readonly firestore: Firestore;
  /** The link from the runtime and the worker to Firestore. */
  readonly link: LossyLink;
  readonly cloudTasks: CloudTasksClient;
  /** The host and port of Cloud Tasks, for a producer in another process. */
  readonly cloudTasksAddress: string;
  readonly queueLocation: QueueLocation;
  /** The producer's runtime; the worker has one of its own. */
  readonly runtime: TaskRuntime;
  /** The runtime's client. */
  readonly client: TaskClient;
  readonly catalogue: Catalogue;
  /** The time of all parts. */
  readonly clock: MovableClock;
  readonly logs: readonly LogLine[];
  /** The worker's address. */
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
   * Delivers a task that has no record, and tells how that was answered: one from a producer without the ledger, or one
   * whose record a restore has lost.
   * @param options.name its short name in Cloud Tasks; default: a new one. `<taskId>-g<generation>` is one of the ledger's
   * @returns the response's status, and the id of the record that the delivery makes
   */
  deliverWithoutRecord(
    contract: Pick<TaskContract, 'path' | 'queue'>,
    body: unknown,
    options?: { name?: string; retryCount?: number },
  ): Promise<{ status: number; taskId: string }>;
  /**
   * Delivers a task once more, as Cloud Tasks does now and then, and tells how it was answered; one that is delayed runs
   * before its time.
   * @param options.body default: the payload. Whatever it is, the worker takes the one in the record
   * @param options.retryCount the number of deliveries before it, as Cloud Tasks tells it. Default: not told, which the
   *   worker takes for a retry
   */
  deliver(
    taskId: string,
    options?: { body?: unknown; generation?: number; retryCount?: number },
  ): Promise<Response>;
  /**
   * Runs the sweep, as App Engine's cron does.
   * @param service whose sweep; default: that of each service that has handlers here, and their counts together
   */
  sweep(service?: string): Promise<SweepReport>;
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
  /** Kills the worker at once, as by `kill -9`; another takes its place. A handler may call it. */
  killWorker(): void;
  /** Tells the worker to end, as SIGTERM does. */
  stopWorker(): Promise<void>;
  /**
   * Takes the log lines of late calls so far (`task.late-call`), for a test that expects them. Each one that no test takes
   * fails {@link close}.
   */
  takeLateCalls(): readonly LogLine[];
  /** @throws {Error} naming the late calls of handlers and producers that no test took: each one lost something */
  close(): Promise<void>;
}

/**
 * Starts a test bed for handlers; those of follow-ups belong to them. Queues dispatch at 500/s and retry after 1 s,
 * without limits of their own. Nothing is kept: its data is in memory, its ports are free ones.
 * @param options.handlers of one service or of several; each service has a worker of its own
 * @param options.catalogue default: the handlers' contracts
 * @param options.contention default: Firestore's and its client's own
 * @param options.faults default: none. `{ seed: 1, rerunShare: 1 }` runs the function of each transaction twice, a second
 *   apart
 */
export async function startTaskTestBed(options: {
  handlers: readonly TaskHandler[];
  catalogue?: Catalogue;
  timing?: Partial<AttemptTiming>;
  contention?: BedContention;
  faults?: FirestoreFaults;
}): Promise<TaskTestBed> {
  const { handlers } = options;
  const catalogue = options.catalogue ?? defineCatalogue(handlers.map(({ contract }) => contract));
  const clock = new MovableClock();
  const log = new TestLog();
  const bedServices = await startBedServices({
    catalogue,
    handlers,
    timing: options.timing,
    contention: options.contention,
    faults: options.faults,
    clock,
    logger: log.logger,
  });
  const { firestore, runtime, cloudTasksEmulator, worker, workerService } = bedServices;
  const workerUrl = workerService.url;
  const record = (taskId: string): Promise<TaskRecord> => readRecord(firestore, taskId);
  const whenIdle = (): Promise<void> => cloudTasksEmulator.whenIdle();
  const services = new Set(handlers.map(({ contract }) => contract.service));
  const sweep = (service?: string): Promise<SweepReport> =>
    runSweeps(workerUrl, service === undefined ? [...services] : [service]);
  return {
    firestore,
    link: bedServices.link,
    cloudTasks: runtime.cloudTasks,
    cloudTasksAddress: `127.0.0.1:${cloudTasksEmulator.port}`,
    queueLocation: runtime.queueLocation,
    runtime,
    client: runtime.client,
    catalogue,
    clock,
    logs: log.lines,
    workerUrl,
    record,
    advance: (ms) => clock.setOffset(clock.offsetMs + ms),
    whenIdle,
    nextLog: (matches) => log.next(matches),
    async assertState(taskId, state) {
      const found = await record(taskId);
      if (found.state === state) return;
      assert.fail(`Not ${state}: ${describeTask({ taskId, record: found }, handlers)}`);
    },
    createWithoutRecord: (contract, body, { name } = {}) =>
      createTaskWithoutRecord(runtime, contract, body, name),
    deliverWithoutRecord: (contract, body, options = {}) =>
      deliverWithoutRecord({ workerUrl, catalogue }, contract, body, options),
    deliver: async (taskId, changes = {}) => deliverTask(workerUrl, taskId, await record(taskId), changes),
    sweep,
    whenSettled: () =>
      settleTasks({
        firestore,
        catalogue,
        clock,
        whenIdle,
        sweep,
        describe: (task) => describeTask(task, handlers),
      }),
    replaceWorker: (crash) => worker.replace(crash),
    killWorker: () => worker.kill(),
    async stopWorker() {
      await workerService.stop();
    },
    takeLateCalls: () => log.takeLateCalls(),
    async close() {
      await bedServices.close();
      assertNoLateCalls(log.takeLateCalls());
    },
  };
}

/** Fails a suite whose handlers or producers have lost something without a failed task. */
function assertNoLateCalls(lines: readonly LogLine[]): void {
  if (lines.length === 0) return;
  const calls = lines.map(({ code, taskId, reason }) => `- ${code}, task ${taskId ?? 'none'}: ${reason}`);
  throw new Error(
    `Calls came too late, and had no effect. Mend them, or take those that a test expects (takeLateCalls):\n${calls.join('\n')}`,
  );
}

async function readRecord(firestore: Firestore, taskId: string): Promise<TaskRecord> {
  const found = fromTaskDocument(await taskCollection(firestore).doc(taskId).get());
  if (found === undefined) {
    throw new Error(
      `There is no record of task ${taskId}: its transaction was not committed, or, where it was created without a record, ` +
        'none of its deliveries was claimed; bed.logs says why',
    );
  }
  return found;
}

/** Runs the sweeps of several services one after the other, and adds up what they report. */
async function runSweeps(workerUrl: string, services: readonly string[]): Promise<SweepReport> {
  const reports: SweepReport[] = [];
  for (const service of services) reports.push(await runSweep(workerUrl, service));
  const sum = (count: (report: SweepReport) => number): number =>
    reports.reduce((total, report) => total + count(report), 0);
  return {
    checked: sum(({ checked }) => checked),
    sent: sum(({ sent }) => sent),
    dead: sum(({ dead }) => dead),
    erased: sum(({ erased }) => erased),
    failed: sum(({ failed }) => failed),
    incomplete: reports.some(({ incomplete }) => incomplete),
    neglected: [...new Set(reports.flatMap(({ neglected }) => neglected))],
  };
}

async function runSweep(workerUrl: string, service: string): Promise<SweepReport> {
  const response = await fetch(`${workerUrl}/cron/sweep?service=${service}`, {
    headers: { 'X-Appengine-Cron': 'true' },
  });
  if (!response.ok) throw new Error(`The sweep answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as SweepReport;
}
