import { randomBytes } from 'node:crypto';
import { createLogger, createShutdown, runService } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import { createGoogleClients } from '@waybill/task-runtime';
import { taskTargetOf } from '@waybill/task-runtime/settings';
import { createIapAccess } from './access/iap-access.ts';
import { createLocalAccess } from './access/local-access.ts';
import { createConsole } from './app.ts';
import { addressesOf, loadConsoleConfig } from './config.ts';

const config = loadConsoleConfig(process.env);
const project = config.GOOGLE_CLOUD_PROJECT;
const isLocal = config.CONSOLE_ACCESS === 'local';
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

await runService({
  app: createConsole({
    firestore: clients.firestore,
    tasks: clients.tasks,
    queues: { project, location: config.TASKS_LOCATION },
    catalogue,
    taskTarget: taskTargetOf(config),
    logger,
    access: isLocal
      ? createLocalAccess()
      : createIapAccess({
          audience: config.CONSOLE_IAP_AUDIENCE ?? '',
          keysUrl: config.CONSOLE_IAP_KEYS_URL,
          operators: addressesOf(config.CONSOLE_OPERATORS),
          viewers: addressesOf(config.CONSOLE_VIEWERS),
          clockNowMs: Date.now,
        }),
    secure: !isLocal,
    randomBytes,
    stopping: shutdown.stopping,
  }),
  port: config.PORT,
  // Locally nobody but this machine is to reach it, not even past the front door.
  host: isLocal ? '127.0.0.1' : undefined,
  logger,
  shutdown,
  onStop: [clients.close],
  exit: process.exit,
});
