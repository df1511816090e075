import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { CloudTasksClient } from '@google-cloud/tasks';
import {
  type DispatchEndedEvent,
  startCloudTasksEmulator,
  type TaskCreatedEvent,
} from '@waybill/cloud-tasks-emulator';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import { physicalNames, readQueueFile } from '@waybill/google-config';
import { LOCAL_ORDER_LINK_KEYS } from '@waybill/orders/settings';
import { startMailbox, startPaymentSandbox, startWarehouse } from '@waybill/sandboxes';
import { grpc } from 'google-gax';

/** The project and location of a rehearsal: no real ones, so nothing real can be reached by mistake. */
export const REHEARSAL_PROJECT = 'rehearsal';
export const REHEARSAL_LOCATION = 'us-central1';
const WAREHOUSE_SECRET = 'whsec_rehearsal_0123456789';

/** Everything around a service: Firestore, Cloud Tasks, payments, mail and warehouse, on loopback, with the official clients. */
export interface EmulatedCloud {
  readonly firestore: Firestore;
  readonly tasks: CloudTasksClient;
  /** The queues of the queue file, by short name; a divided one by its own name and its shards'. */
  readonly queues: readonly string[];
  /** The tasks created, and the dispatches ended, so far; oldest first. */
  readonly created: readonly TaskCreatedEvent[];
  readonly dispatched: readonly DispatchEndedEvent[];
  /** The variables by which a service finds all this instead of the real thing, and the secrets that it needs. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Waits until `found` gives something; it is asked at once, and whenever a task was created or sent.
   * @returns undefined if it gave nothing in time
   */
  waitFor<T>(found: () => Promise<T | undefined> | T | undefined, timeoutMs: number): Promise<T | undefined>;
  close(): Promise<void>;
}

/**
 * Starts it, in memory but for the mails.
 * @param options.serviceUrl where tasks are sent to
 * @param options.mailDir where the mails are kept; default: a temporary folder, which `close()` removes
 */
export async function startEmulatedCloud(options: {
  serviceUrl: string;
  queuesFile: string;
  mailDir?: string;
}): Promise<EmulatedCloud> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    const firestoreEmulator = await startFirestoreEmulator({
      port: 0,
      indexes: join(import.meta.dirname, '../../../../firestore.indexes.json'),
    });
    closers.push(() => firestoreEmulator.close());
    const payments = await startPaymentSandbox({ port: 0 });
    closers.push(() => payments.close());
    const mailbox = await startMailbox({ port: 0, ...(options.mailDir && { dataDir: options.mailDir }) });
    closers.push(() => mailbox.close());
    const warehouse = await startWarehouse({ port: 0, secret: WAREHOUSE_SECRET });
    closers.push(() => warehouse.close());
    const tasksEmulator = await startCloudTasksEmulator({
      port: 0,
      queues: { project: REHEARSAL_PROJECT, location: REHEARSAL_LOCATION, file: options.queuesFile },
      appEngine: { url: options.serviceUrl },
    });
    closers.push(() => tasksEmulator.close());

    const created: TaskCreatedEvent[] = [];
    const dispatched: DispatchEndedEvent[] = [];
    const { events } = tasksEmulator;
    events.on('taskCreated', (event) => created.push(event));
    events.on('dispatchEnded', (event) => dispatched.push(event));

    const firestore = new Firestore({
      projectId: REHEARSAL_PROJECT,
      host: `127.0.0.1:${firestoreEmulator.port}`,
      ssl: false,
    });
    const tasks = new CloudTasksClient({
      projectId: REHEARSAL_PROJECT,
      sslCreds: grpc.credentials.createInsecure(),
      apiEndpoint: '127.0.0.1',
      port: tasksEmulator.port,
    });
    closers.push(
      () => firestore.terminate(),
      () => tasks.close(),
    );
    return {
      firestore,
      tasks,
      queues: readQueueFile(options.queuesFile).queues.flatMap(({ name, shards }) => [
        ...new Set([name, ...physicalNames(name, shards)]),
      ]),
      created,
      dispatched,
      environment: {
        METADATA_SERVER_DETECTION: 'none',
        GCE_METADATA_HOST: '127.0.0.1:9',
        FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestoreEmulator.port}`,
        CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${tasksEmulator.port}`,
        STRIPE_API_BASE: payments.url,
        STRIPE_API_KEY: 'sk_test_rehearsal',
        SMTP_URL: `smtp://127.0.0.1:${mailbox.port}`,
        WAREHOUSE_URL: warehouse.url,
        WAREHOUSE_SECRET,
        ORDER_LINK_KEYS: LOCAL_ORDER_LINK_KEYS,
      },
      async waitFor(found, timeoutMs) {
        const deadlineMs = performance.now() + timeoutMs;
        for (;;) {
          const changed = Promise.withResolvers<void>();
          const onChange = (): void => changed.resolve();
          events.once('taskCreated', onChange).once('dispatchEnded', onChange);
          // The last look comes when the time is up.
          const leftMs = deadlineMs - performance.now();
          const timer = setTimeout(onChange, Math.max(0, leftMs));
          try {
            const result = await found();
            if (result !== undefined || leftMs <= 0) return result;
            await changed.promise;
          } finally {
            clearTimeout(timer);
            events.off('taskCreated', onChange).off('dispatchEnded', onChange);
          }
        }
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
