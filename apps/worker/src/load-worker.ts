import type { LoadedService, Logger } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import { createGoogleClients, TaskClient } from '@waybill/task-runtime';
import { createWorkerService } from './app.ts';
import type { WorkerConfig } from './config.ts';
import { createSmtpMailer } from './mail/smtp-mailer.ts';
import { createStripePayments } from './payments/stripe-payments.ts';
import { loadReceiptFonts } from './receipts/receipt-fonts.ts';
import { createReceiptRenderer } from './receipts/render-receipt.ts';
import { createWebhookWarehouse } from './warehouse/webhook-warehouse.ts';

/** Makes the service with its real clients. Importing this is most of a start. */
export function loadWorker(options: {
  config: WorkerConfig;
  logger: Logger;
  stopping: AbortSignal;
}): LoadedService {
  const { config, logger, stopping } = options;
  const project = config.GOOGLE_CLOUD_PROJECT;
  const clients = createGoogleClients({
    project,
    database: config.FIRESTORE_DATABASE,
    firestoreEmulatorHost: config.FIRESTORE_EMULATOR_HOST,
    tasksEmulatorHost: config.CLOUD_TASKS_EMULATOR_HOST,
  });
  const queues = { project, location: config.TASKS_LOCATION };
  const taskClient = new TaskClient({
    firestore: clients.firestore,
    tasks: clients.tasks,
    queues,
    catalogue,
    logger,
    routingVersion: config.TASK_ROUTING_VERSION,
  });
  const app = createWorkerService({
    firestore: clients.firestore,
    tasks: clients.tasks,
    taskClient,
    queues,
    payments: createStripePayments({ apiKey: config.STRIPE_API_KEY, apiBase: config.STRIPE_API_BASE }),
    mailer: createSmtpMailer({ url: config.SMTP_URL, from: config.MAIL_FROM }),
    warehouse: createWebhookWarehouse({
      url: config.WAREHOUSE_URL,
      secret: config.WAREHOUSE_SECRET,
      nowMs: Date.now,
    }),
    renderReceipt: createReceiptRenderer(loadReceiptFonts()),
    service: config.GAE_SERVICE,
    logger,
    gaeEnv: config.GAE_ENV,
    stopping,
  });
  return { listener: app.callback(), close: clients.close };
}
