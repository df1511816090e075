import { randomBytes } from 'node:crypto';
import { OrderLimits, OrderTokens } from '@waybill/orders';
import { orderLimitMaxima } from '@waybill/orders/settings';
import { clientAddressSource, type LoadedService, type Logger } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import { createGoogleClients, createTaskRuntime } from '@waybill/task-runtime';
import { taskTargetOf } from '@waybill/task-runtime/settings';
import { createFrontend } from './app.ts';
import type { FrontendConfig } from './config.ts';

/** Makes the service with its real clients. Importing this is most of a start. */
export function loadFrontend(options: {
  config: FrontendConfig;
  logger: Logger;
  stopping: AbortSignal;
}): LoadedService {
  const { config, logger, stopping } = options;
  const project = config.GOOGLE_CLOUD_PROJECT;
  const clients = createGoogleClients({
    project,
    database: config.FIRESTORE_DATABASE,
    firestoreEmulatorHost: config.FIRESTORE_EMULATOR_HOST,
    cloudTasksEmulatorHost: config.CLOUD_TASKS_EMULATOR_HOST,
  });
  const runtime = createTaskRuntime({
    firestore: clients.firestore,
    cloudTasks: clients.cloudTasks,
    queueLocation: { project, location: config.TASKS_LOCATION },
    catalogue,
    logger,
    routingVersions: config.TASK_ROUTING_VERSION,
    target: taskTargetOf(config),
  });
  const app = createFrontend({
    runtime,
    logger,
    tokens: new OrderTokens({ keys: config.ORDER_LINK_KEYS, nowMs: Date.now }),
    limits: new OrderLimits({
      firestore: clients.firestore,
      keys: config.ORDER_LINK_KEYS,
      maxima: orderLimitMaxima(config),
    }),
    clientAddressSource: clientAddressSource(config),
    randomBytes,
    defaultPaymentMethod: config.DEFAULT_PAYMENT_METHOD,
    stripePublishableKey: config.STRIPE_PUBLISHABLE_KEY,
    storeTimeoutMs: config.STORE_TIMEOUT_MS,
    hasPaymentSandbox: config.FIRESTORE_EMULATOR_HOST !== undefined,
    events: {
      oneEventEach: config.GAE_ENV === 'standard',
      maxStreamsPerClient: config.MAX_STREAMS_PER_CLIENT,
    },
    stopping,
  });
  return { listener: app.callback(), close: clients.close };
}
