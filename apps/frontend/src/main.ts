import { randomBytes } from 'node:crypto';
import { createLogger, createShutdown, runService } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import { createGoogleClients, TaskClient } from '@waybill/task-runtime';
import { createFrontend } from './app.ts';
import { loadFrontendConfig } from './config.ts';

const config = loadFrontendConfig(process.env);
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
const taskClient = new TaskClient({
  firestore: clients.firestore,
  tasks: clients.tasks,
  queues: { project, location: config.TASKS_LOCATION },
  catalogue,
  logger,
  routingVersion: config.TASK_ROUTING_VERSION,
});

await runService({
  app: createFrontend({
    firestore: clients.firestore,
    taskClient,
    logger,
    project,
    randomBytes,
    defaultPaymentMethod: config.DEFAULT_PAYMENT_METHOD,
    storeTimeoutMs: config.STORE_TIMEOUT_MS,
    stopping: shutdown.stopping,
  }),
  port: config.PORT,
  logger,
  shutdown,
  onStop: [clients.close],
  exit: process.exit,
});
