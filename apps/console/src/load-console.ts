import { randomBytes } from 'node:crypto';
import type { LoadedService, Logger } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import { createGoogleClients, createTaskRuntime } from '@waybill/task-runtime';
import { taskTargetOf } from '@waybill/task-runtime/settings';
import { createIapAccess } from './access/iap-access.ts';
import { createLocalAccess } from './access/local-access.ts';
import { createConsole } from './app.ts';
import { addressesOf, type ConsoleConfig } from './config.ts';
import { StackControl } from './local/stack-control.ts';

/** Makes the service with its real clients. Importing this is most of a start. */
export function loadConsole(options: {
  config: ConsoleConfig;
  logger: Logger;
  stopping: AbortSignal;
}): LoadedService {
  const { config, logger, stopping } = options;
  const project = config.GOOGLE_CLOUD_PROJECT;
  const isLocal = config.CONSOLE_ACCESS === 'local';
  const clients = createGoogleClients({
    project,
    database: config.FIRESTORE_DATABASE,
    firestoreEmulatorHost: config.FIRESTORE_EMULATOR_HOST,
    cloudTasksEmulatorHost: config.CLOUD_TASKS_EMULATOR_HOST,
  });
  const { LOCAL_STACK_CONTROL_URL: url, LOCAL_STACK_CONTROL_TOKEN: token } = config;
  const runtime = createTaskRuntime({
    firestore: clients.firestore,
    cloudTasks: clients.cloudTasks,
    queueLocation: { project, location: config.TASKS_LOCATION },
    catalogue,
    logger,
    target: taskTargetOf(config),
  });
  const app = createConsole({
    runtime,
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
    stack: url === undefined || token === undefined ? undefined : new StackControl(url, token),
    stopping,
  });
  return { listener: app.callback(), close: clients.close };
}
