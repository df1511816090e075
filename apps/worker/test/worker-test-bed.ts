import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import type { TaskContract } from '@waybill/contract-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import {
  newOrderId,
  type Order,
  orderConverter,
  orderReference,
  orderSubject,
  placeOrder,
  productConverter,
  productReference,
  seedProducts,
} from '@waybill/orders';
import { type PaymentSandbox, startPaymentSandbox, startWarehouse, type Warehouse } from '@waybill/sandboxes';
import { createLogger, createShutdown, runService } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import {
  createAppEngineOriginCheck,
  createGoogleClients,
  TaskClient,
  TaskLedger,
  type TaskSummary,
} from '@waybill/task-runtime';
import { createWorkerService } from '../src/app.ts';
import { createSmtpMailer } from '../src/mail/smtp-mailer.ts';
import type { PaymentProvider } from '../src/payments/payment-provider.ts';
import { createStripePayments } from '../src/payments/stripe-payments.ts';
import { loadReceiptFonts } from '../src/receipts/receipt-fonts.ts';
import { createReceiptRenderer } from '../src/receipts/render-receipt.ts';
import { createWebhookWarehouse } from '../src/warehouse/webhook-warehouse.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

/** The worker with all that is around it: real clients, emulators, a payment sandbox, a mail server. */
export interface WorkerTestBed {
  readonly firestore: Firestore;
  readonly client: TaskClient;
  readonly payments: PaymentSandbox;
  /** What the worker pays with. */
  readonly paymentProvider: PaymentProvider;
  /** Starts it again, empty but for what it kept on disk, where it was closed. */
  restartPayments(port: number): Promise<void>;
  readonly mailServer: MailServer;
  readonly warehouse: Warehouse;
  readonly workerUrl: string;
  /** Puts an order into Firestore, as the front service does, without tasks. */
  createOrder(options?: { productId?: string; quantity?: number; paymentMethod?: string }): Promise<Order>;
  order(orderId: string): Promise<Order>;
  /** Replaces an order's document. */
  setOrder(order: Order): Promise<void>;
  stock(productId: string): Promise<number>;
  enqueue<P>(contract: TaskContract<P>, payload: P & { orderId: string }): Promise<string>;
  task(taskId: string): Promise<TaskSummary>;
  tasksOf(orderId: string): Promise<TaskSummary[]>;
  /** Delivers a task again, as Cloud Tasks does now and then; tells the answer's status. */
  deliver(taskId: string, payload: unknown): Promise<number>;
  /** Waits until no delivery is under way and none is due. */
  whenIdle(): Promise<void>;
  /** Moves the clock, and waits for what that makes due. */
  advance(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** How long a queue waits before it delivers a failed task again. */
export const RETRY_SECONDS = 1;

const WAREHOUSE_SECRET = 'whsec_test_0123456789abcdef';

/** Starts it all, with the sample products in stock. */
export async function startWorkerTestBed(): Promise<WorkerTestBed> {
  const project = 'test-bed';
  const location = 'us-central1';
  const queues = { project, location };
  const closers: (() => Promise<unknown>)[] = [];
  const logger = createLogger({ service: 'worker', version: 'v1', destination: { write() {} } });
  const shutdown = createShutdown({ logger });

  const firestoreEmulator = await startFirestoreEmulator({ port: 0 });
  const { clock } = firestoreEmulator;
  // On disk, for what it has charged is there still when it comes back.
  const paymentsDir = mkdtempSync(join(tmpdir(), 'waybill-payments-'));
  const startPayments = (port: number) =>
    startPaymentSandbox({ port, processingMs: 0, dataDir: paymentsDir, nowMs: () => clock.nowMs() });
  let payments = await startPayments(0);
  const mailServer = await startMailServer();
  const warehouse = await startWarehouse({ port: 0, secret: WAREHOUSE_SECRET });
  closers.push(
    () => firestoreEmulator.close(),
    async () => rmSync(paymentsDir, { recursive: true, force: true }),
    () => payments.close(),
    () => mailServer.close(),
    () => warehouse.close(),
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
  const tasksEmulator = await startCloudTasksEmulator({
    port: 0,
    clock,
    queues: {
      project,
      location,
      list: catalogue.physicalQueues.map((name) => ({
        name,
        settings: {
          maxAttempts: -1,
          minBackoffMicros: RETRY_SECONDS * 1_000_000,
          maxBackoffMicros: RETRY_SECONDS * 1_000_000,
        },
      })),
    },
    appEngine: { url: service.url },
  });
  const clients = createGoogleClients({
    project,
    firestoreEmulatorHost: `127.0.0.1:${firestoreEmulator.port}`,
    tasksEmulatorHost: `127.0.0.1:${tasksEmulator.port}`,
  });
  closers.push(
    () => clients.close(),
    () => tasksEmulator.close(),
    () => service.stop(),
  );
  const { firestore, tasks } = clients;
  const client = new TaskClient({ firestore, tasks, queues, catalogue, logger });
  const paymentProvider = createStripePayments({
    apiKey: 'sk_test_bed',
    apiBase: new URL(payments.url),
    timeoutMs: 2_000,
    nowMs: () => clock.nowMs(),
  });
  listener = createWorkerService({
    firestore,
    tasks,
    taskClient: client,
    queues,
    payments: paymentProvider,
    mailer: createSmtpMailer({
      url: mailServer.url,
      from: 'Waybill <orders@waybill.example>',
      timeoutMs: 2_000,
    }),
    warehouse: createWebhookWarehouse({
      url: new URL(warehouse.url),
      secret: WAREHOUSE_SECRET,
      nowMs: Date.now,
      timeoutMs: 2_000,
    }),
    renderReceipt: createReceiptRenderer(loadReceiptFonts()),
    service: 'worker',
    logger,
    originCheck: createAppEngineOriginCheck({ gaeEnv: 'standard', queues: catalogue.queues }),
    stopping: shutdown.stopping,
  }).callback();
  await seedProducts(firestore);

  const ledger = new TaskLedger(firestore);
  const task = async (taskId: string): Promise<TaskSummary> => {
    const found = await ledger.find(taskId);
    if (found === undefined) throw new Error(`There is no task ${taskId}`);
    return found;
  };
  return {
    firestore,
    client,
    get payments() {
      return payments;
    },
    paymentProvider,
    async restartPayments(port) {
      payments = await startPayments(port);
    },
    mailServer,
    warehouse,
    workerUrl: service.url,
    task,
    tasksOf: (orderId) => ledger.ofSubject(orderSubject(orderId)),
    async createOrder({ productId = 'stoneware-cup', quantity = 2, paymentMethod = 'pm_card_visa' } = {}) {
      const product = productConverter.fromFirestore(await productReference(firestore, productId).get());
      if (product === undefined) throw new Error(`There is no product ${productId}`);
      const order = placeOrder({
        orderId: newOrderId(randomBytes),
        email: 'ada@example.com',
        lines: [{ product, quantity }],
        paymentMethod,
        now: new Date(clock.nowMs()),
      });
      await orderReference(firestore, order.orderId).create(orderConverter.toFirestore(order));
      return order;
    },
    async order(orderId) {
      const order = orderConverter.fromFirestore(await orderReference(firestore, orderId).get());
      if (order === undefined) throw new Error(`There is no order ${orderId}`);
      return order;
    },
    async setOrder(order) {
      await orderReference(firestore, order.orderId).set(orderConverter.toFirestore(order));
    },
    async stock(productId) {
      return (
        productConverter.fromFirestore(await productReference(firestore, productId).get())?.stock ??
        Number.NaN
      );
    },
    async enqueue(contract, payload) {
      const { taskId } = await client.transaction(async (transaction) =>
        transaction.enqueue(contract, payload, { subject: orderSubject(payload.orderId) }),
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
