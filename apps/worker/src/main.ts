import { createLogger, createShutdown, runService } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import { createGoogleClients, TaskClient } from '@waybill/task-runtime';
import { createWorkerService } from './app.ts';
import { loadWorkerConfig } from './config.ts';
import { createSmtpMailer } from './mail/smtp-mailer.ts';
import { createStripePayments } from './payments/stripe-payments.ts';
import { loadReceiptFonts } from './receipts/receipt-fonts.ts';
import { createReceiptRenderer } from './receipts/render-receipt.ts';
import { createWebhookWarehouse } from './warehouse/webhook-warehouse.ts';

const config = loadWorkerConfig(process.env);
const project = config.GOOGLE_CLOUD_PROJECT;
const logger = createLogger({
  service: config.GAE_SERVICE,
  version: config.GAE_VERSION,
  project,
  level: config.LOG_LEVEL,
});
const shutdown = createShutdown({ signals: process, logger });
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

await runService({
  app: createWorkerService({
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
    stopping: shutdown.stopping,
  }),
  port: config.PORT,
  logger,
  shutdown,
  onStop: [clients.close],
  exit: process.exit,
});
