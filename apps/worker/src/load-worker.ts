import type { LoadedService, Logger } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import {
  createAppEngineOriginCheck,
  createGoogleClients,
  createOidcOriginCheck,
  createTaskRuntime,
  type OriginCheck,
  type TaskTarget,
} from '@waybill/task-runtime';
import { taskTargetOf } from '@waybill/task-runtime/settings';
import { createWorkerService } from './app.ts';
import type { WorkerConfig } from './config.ts';
import type { PaymentProvider } from './payments/payment-provider.ts';
import { STRIPE_REMEMBERS_FOR_SECONDS } from './payments/stripe-memory.ts';
import { createWebhookWarehouse } from './warehouse/webhook-warehouse.ts';

/**
 * Makes the service with its real clients. Importing this is most of a start; what only some tasks need (payments, mail,
 * PDF) is loaded by the first of them.
 */
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
    cloudTasksEmulatorHost: config.CLOUD_TASKS_EMULATOR_HOST,
  });
  const target = taskTargetOf(config);
  const runtime = createTaskRuntime({
    firestore: clients.firestore,
    cloudTasks: clients.cloudTasks,
    queueLocation: { project, location: config.TASKS_LOCATION },
    catalogue,
    logger,
    routingVersion: config.TASK_ROUTING_VERSION,
    target,
  });
  const mailer = once(async () => {
    const { createSmtpMailer } = await import('./mail/smtp-mailer.ts');
    return createSmtpMailer({ url: config.SMTP_URL, from: config.MAIL_FROM });
  });
  const renderer = once(async () => {
    const [{ createReceiptRenderer }, { loadReceiptFonts }] = await Promise.all([
      import('./receipts/render-receipt.ts'),
      import('./receipts/receipt-fonts.ts'),
    ]);
    return createReceiptRenderer(loadReceiptFonts());
  });
  const app = createWorkerService({
    runtime,
    payments: loadedPayments(config),
    mailer: { send: async (mail, ...rest) => (await mailer()).send(mail, ...rest) },
    warehouse: createWebhookWarehouse({
      url: config.WAREHOUSE_URL,
      secret: config.WAREHOUSE_SECRET,
      nowMs: Date.now,
    }),
    renderReceipt: async (order) => (await renderer())(order),
    service: config.GAE_SERVICE,
    logger,
    originCheck: originCheckFor(target, config),
    stopping,
  });
  return { listener: app.callback(), close: clients.close };
}

function loadedPayments(config: WorkerConfig): PaymentProvider {
  const stripe = once(async () => {
    const { createStripePayments } = await import('./payments/stripe-payments.ts');
    return createStripePayments({ apiKey: config.STRIPE_API_KEY, apiBase: config.STRIPE_API_BASE });
  });
  return {
    remembersForSeconds: STRIPE_REMEMBERS_FOR_SECONDS,
    charge: async (...asked) => (await stripe()).charge(...asked),
    find: async (...asked) => (await stripe()).find(...asked),
    chargesOf: async (...asked) => (await stripe()).chargesOf(...asked),
    openChargesOf: async (...asked) => (await stripe()).openChargesOf(...asked),
    refund: async (...asked) => (await stripe()).refund(...asked),
    findRefund: async (...asked) => (await stripe()).findRefund(...asked),
  };
}

/** Loads something at its first use; where that fails, the next use tries again. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

/** Accepts deliveries only over the transport that tasks are sent by. */
function originCheckFor(target: TaskTarget, config: WorkerConfig): OriginCheck {
  const { queues } = catalogue;
  if (target.kind === 'app-engine') return createAppEngineOriginCheck({ gaeEnv: config.GAE_ENV, queues });
  const { serviceAccount, audience } = target;
  return createOidcOriginCheck({
    issuer: config.OIDC_ISSUER,
    audience,
    serviceAccount,
    keys: config.OIDC_KEYS_URL,
    signature: config.TASK_TOKEN_SIGNATURE,
    queues,
  });
}
