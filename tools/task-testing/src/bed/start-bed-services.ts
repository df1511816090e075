import { join } from 'node:path';
import { Firestore, type Settings } from '@google-cloud/firestore';
import { CloudTasksClient } from '@google-cloud/tasks';
import { type CloudTasksEmulator, startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import type { Catalogue } from '@waybill/contract-kit';
import type { MovableClock } from '@waybill/emulator-kit';
import { type FirestoreEmulatorOptions, startFirestoreEmulator } from '@waybill/firestore-emulator';
import { createShutdown, type Logger, type RunningService, runService } from '@waybill/service-kit';
import { createTaskRuntime, type TaskHandler, type TaskRuntime } from '@waybill/task-runtime';
import type { AttemptTiming } from '@waybill/task-runtime/internal';
import { grpc } from 'google-gax';
import { type LossyLink, startLossyLink } from './lossy-link.ts';
import { ReplaceableWorker } from './replaceable-worker.ts';

const PROJECT = 'test-bed';
const LOCATION = 'us-central1';

/** The services of a test bed: emulators, real clients and a worker behind HTTP. */
export interface BedServices {
  /** A client of its own for the test. */
  readonly firestore: Firestore;
  /** The link from the producer and the worker to Firestore. */
  readonly link: LossyLink;
  /** The producer's runtime. */
  readonly runtime: TaskRuntime;
  readonly cloudTasksEmulator: CloudTasksEmulator;
  readonly worker: ReplaceableWorker;
  readonly workerService: RunningService;
  close(): Promise<void>;
}

/** The patience of Firestore and of the worker's client with transactions that hold each other up. */
export interface BedContention {
  /** Maximum wait for another transaction's lock. */
  readonly lockWaitMs: number;
  /** The runs of a transaction before the worker's client gives it up; between two it waits a second and longer. */
  readonly maxAttempts: number;
}

/** Transactions that Firestore aborts once without contention, so that their functions run twice. */
export type FirestoreFaults = NonNullable<FirestoreEmulatorOptions['faults']>;

/** Starts the services of a test bed, with their data in memory and on free ports. */
export async function startBedServices(options: {
  catalogue: Catalogue;
  handlers: readonly TaskHandler[];
  timing: Partial<AttemptTiming> | undefined;
  contention: BedContention | undefined;
  faults: FirestoreFaults | undefined;
  clock: MovableClock;
  logger: Logger;
}): Promise<BedServices> {
  const { catalogue, handlers, timing, contention, faults, clock, logger } = options;
  const queueLocation = { project: PROJECT, location: LOCATION };
  const firestoreEmulator = await startFirestoreEmulator({
    port: 0,
    clock,
    indexes: join(import.meta.dirname, '../../../../firestore.indexes.json'),
    ...(contention && { limits: { lockWaitMs: contention.lockWaitMs } }),
    ...(faults && { faults }),
  });
  const link = await startLossyLink(firestoreEmulator.port);
  const firestore = new Firestore(firestoreSettings(firestoreEmulator.port));
  const linked = new Firestore(firestoreSettings(link.port));
  const shutdown = createShutdown({ logger });
  // Cloud Tasks needs the worker's address, and the worker needs Cloud Tasks' own: its routes come when both are there.
  let worker: ReplaceableWorker | undefined;
  const workerService = await runService({
    app: (request, response) => {
      if (worker === undefined) response.writeHead(500).end('not started');
      else worker.listener(request, response);
    },
    port: 0,
    host: '127.0.0.1',
    logger,
    shutdown,
  });
  const cloudTasksEmulator = await startCloudTasksEmulator({
    port: 0,
    clock,
    queues: {
      ...queueLocation,
      list: catalogue.physicalQueues.map((name) => ({
        name,
        settings: { maxAttempts: -1, minBackoffMicros: 1_000_000, maxBackoffMicros: 1_000_000 },
      })),
    },
    appEngine: { url: workerService.url },
  });
  const cloudTasks = new CloudTasksClient({
    projectId: PROJECT,
    apiEndpoint: '127.0.0.1',
    port: cloudTasksEmulator.port,
    sslCreds: grpc.credentials.createInsecure(),
  });
  const startedWorker = new ReplaceableWorker({
    firestoreSettings: firestoreSettings(link.port),
    cloudTasks,
    queueLocation,
    catalogue,
    handlers,
    timing,
    maxTransactionAttempts: contention?.maxAttempts,
    logger,
    stopping: shutdown.stopping,
  });
  worker = startedWorker;
  return {
    firestore,
    link,
    runtime: createTaskRuntime({ firestore: linked, cloudTasks, queueLocation, catalogue, logger }),
    cloudTasksEmulator,
    worker: startedWorker,
    workerService,
    async close() {
      await workerService.stop();
      await cloudTasks.close();
      await cloudTasksEmulator.close();
      await startedWorker.close();
      await Promise.all([firestore.terminate(), linked.terminate()]);
      await link.close();
      await firestoreEmulator.close();
    },
  };
}

function firestoreSettings(port: number): Settings {
  return {
    projectId: PROJECT,
    host: `127.0.0.1:${port}`,
    ssl: false,
    customHeaders: { Authorization: 'Bearer owner' },
  };
}
