import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { type CloudTasksEmulator, startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import type { TaskContract } from '@waybill/contract-kit';
import { type FirestoreEmulator, startFirestoreEmulator } from '@waybill/firestore-emulator';
import { type Order, type OrderLimitMaxima, OrderLimits, orderSubject, seedProducts } from '@waybill/orders';
import type { PaymentSandbox, Warehouse } from '@waybill/sandboxes';
import { createLogger, createShutdown, runService } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import {
  createAppEngineOriginCheck,
  createGoogleClients,
  createTaskRuntime,
  createTaskService,
  type QueueLocation,
  type TaskClient,
  type TaskRuntime,
  type TaskSummary,
} from '@waybill/task-runtime';
import type { PaymentProvider } from '../src/payments/payment-provider.ts';
import { loadReceiptFonts } from '../src/receipts/receipt-fonts.ts';
import { createReceiptRenderer } from '../src/receipts/render-receipt.ts';
import { createTaskHandlers } from '../src/tasks/index.ts';
import type { MailServer } from './mail-server.ts';
import { createOrderStore, type OrderStore } from './order-store.ts';
import { startProviders } from './providers.ts';

/** The worker with all that is around it: real clients, emulators, a payment sandbox, a mail server. */
export interface WorkerTestBed extends OrderStore {
  readonly firestore: Firestore;
  /** The worker's limits of declined payments and mails. */
  readonly limits: OrderLimits;
  readonly runtime: TaskRuntime;
  /** The runtime's. */
  readonly client: TaskClient;
  readonly payments: PaymentSandbox;
  /** The worker's client of it. */
  readonly paymentProvider: PaymentProvider;
  /** Starts the payment sandbox again after it was closed. It keeps only the data on its disk. */
  restartPayments(port: number): Promise<void>;
  readonly mailServer: MailServer;
  readonly warehouse: Warehouse;
  readonly workerUrl: string;
  /** The worker's log so far, one JSON text per line. */
  readonly log: readonly string[];
  /** Document reads and writes of Firestore since the bed started. */
  usage(): { reads: number; writes: number };
  /** Number of calls that wait for a lock of Firestore. */
  lockWaits(): number;
  enqueue<P>(
    contract: TaskContract<P>,
    payload: NoInfer<P> & { orderId: string },
    options?: { delaySeconds: number },
  ): Promise<string>;
  task(taskId: string): Promise<TaskSummary>;
  tasksOf(orderId: string): Promise<TaskSummary[]>;
  /** Delivers a task again, as Cloud Tasks does now and then; tells the response's status. */
  deliver(taskId: string, payload: unknown): Promise<number>;
  /** Waits until no delivery is under way and none is due. */
  whenIdle(): Promise<void>;
  /** Moves the clock, and waits for what that makes due. */
  advance(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** How long a queue waits before it delivers a failed task again. */
export const RETRY_SECONDS = 1;

const NO_LIMITS: OrderLimitMaxima = {
  windowSeconds: 600,
  declinesPerAddress: 0,
  declinesPerClient: 0,
  mailsPerAddress: 0,
  mailsPerClient: 0,
};

/**
 * Starts it all, with the sample products in stock.
 * @param options.maxima of declined payments and mails; default: none
 */
export async function startWorkerTestBed(
  options: { maxima?: OrderLimitMaxima } = {},
): Promise<WorkerTestBed> {
  const project = 'test-bed';
  const location = 'us-central1';
  const closers: (() => Promise<unknown>)[] = [];
  const log: string[] = [];
  const logger = createLogger({
    service: 'worker',
    version: 'v1',
    destination: { write: (line) => void log.push(line) },
  });
  const shutdown = createShutdown({ logger });

  const firestoreEmulator = await startFirestoreEmulator({
    port: 0,
    indexes: join(import.meta.dirname, '../../../firestore.indexes.json'),
  });
  const { clock } = firestoreEmulator;
  const providers = await startProviders(() => clock.nowMs());
  closers.push(
    () => firestoreEmulator.close(),
    () => providers.close(),
  );

  // Cloud Tasks needs the worker's address, and the worker needs Cloud Tasks' own.
  let listener: RequestListener = (_request, response) => response.writeHead(500).end();
  const service = await runService({
    app: (request, response) => listener(request, response),
    port: 0,
    host: '127.0.0.1',
    logger,
    shutdown,
  });
  const tasksEmulator = await startQueues({ project, location }, { clock, workerUrl: service.url });
  const clients = createGoogleClients({
    project,
    firestoreEmulatorHost: `127.0.0.1:${firestoreEmulator.port}`,
    cloudTasksEmulatorHost: `127.0.0.1:${tasksEmulator.port}`,
  });
  closers.push(
    () => clients.close(),
    () => tasksEmulator.close(),
    () => service.stop(),
  );
  const { firestore, cloudTasks } = clients;
  const queueLocation = { project, location };
  const runtime = createTaskRuntime({ firestore, cloudTasks, queueLocation, catalogue, logger });
  const { client, reader } = runtime;
  const limits = new OrderLimits({
    firestore,
    keys: [{ id: 'test', secret: 'secret' }],
    maxima: options.maxima ?? NO_LIMITS,
  });
  const renderReceipt = createReceiptRenderer(loadReceiptFonts());
  listener = createTaskService({
    runtime,
    handlers: createTaskHandlers({
      ...providers.clients,
      firestore,
      renderReceipt,
      limits,
      orderLink: (orderId) => `https://shop.example/orders/${orderId}?token=k.abc`,
    }),
    service: 'worker',
    logger,
    originCheck: createAppEngineOriginCheck({ gaeEnv: 'standard', queues: catalogue.queues }),
    stopping: shutdown.stopping,
  }).callback();
  await seedProducts(firestore);

  const task = async (taskId: string): Promise<TaskSummary> => {
    const found = await reader.find(taskId);
    if (found === undefined) throw new Error(`There is no task ${taskId}`);
    return found;
  };
  return {
    firestore,
    limits,
    runtime,
    client,
    get payments() {
      return providers.payments;
    },
    paymentProvider: providers.clients.payments,
    restartPayments: providers.restartPayments,
    mailServer: providers.mailServer,
    warehouse: providers.warehouse,
    workerUrl: service.url,
    log,
    usage() {
      const { documentReads, documentWrites } = firestoreEmulator.usage();
      return { reads: documentReads, writes: documentWrites };
    },
    lockWaits: () => firestoreEmulator.openWork().lockWaits,
    task,
    tasksOf: (orderId) => reader.ofSubject(orderSubject(orderId)),
    ...createOrderStore(firestore, () => clock.nowMs()),
    async enqueue(contract, payload, options) {
      const { taskId } = await client.transaction(async (transaction) =>
        transaction.enqueue(contract, payload, { subject: orderSubject(payload.orderId), ...options }),
      );
      return taskId;
    },
    async deliver(taskId, payload) {
      const { contract, version, queue } = await task(taskId);
      const { status } = await fetch(`${service.url}/tasks/${contract}/v${version}`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-AppEngine-QueueName': queue,
          'X-AppEngine-TaskName': `${taskId}-g0`,
        },
        body: JSON.stringify(payload),
      });
      return status;
    },
    whenIdle: () => tasksEmulator.whenIdle(),
    async advance(seconds) {
      clock.setOffset(clock.offsetMs + seconds * 1_000);
      await tasksEmulator.whenIdle();
    },
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}

/** Starts Cloud Tasks with the queues of all contracts, which deliver to the worker. */
function startQueues(
  { project, location }: QueueLocation,
  options: { clock: FirestoreEmulator['clock']; workerUrl: string },
): Promise<CloudTasksEmulator> {
  const backoffMicros = RETRY_SECONDS * 1_000_000;
  return startCloudTasksEmulator({
    port: 0,
    clock: options.clock,
    queues: {
      project,
      location,
      list: catalogue.physicalQueues.map((name) => ({
        name,
        settings: { maxAttempts: -1, minBackoffMicros: backoffMicros, maxBackoffMicros: backoffMicros },
      })),
    },
    appEngine: { url: options.workerUrl },
  });
}

/** The payloads of an order's first two tasks. */
export function payloadsOf(order: Order) {
  const { orderId, amount, currency, paymentMethod } = order;
  return {
    charge: { orderId, amount, currency, paymentMethod },
    reservation: {
      orderId,
      items: order.items.map(({ productId, quantity }) => ({ productId, quantity })),
    },
    mail: { orderId, email: order.email },
  };
}
