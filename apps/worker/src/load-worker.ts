import { OrderLimits, OrderTokens } from '@waybill/orders';
import { orderLimitMaxima } from '@waybill/orders/settings';
import type { LoadedService, Logger } from '@waybill/service-kit';
import { catalogue } from '@waybill/task-contracts';
import { loadTaskService } from '@waybill/task-runtime';
import type { WorkerConfig } from './config.ts';
import { orderLinks } from './mail/order-link.ts';
import type { PaymentProvider } from './payments/payment-provider.ts';
import { STRIPE_REMEMBERS_FOR_SECONDS } from './payments/stripe-memory.ts';
import { createTaskHandlers } from './tasks/index.ts';
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
  const { config } = options;
  const tokens = new OrderTokens({ keys: config.ORDER_LINK_KEYS, nowMs: Date.now });
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
  return loadTaskService({
    ...options,
    catalogue,
    handlers: ({ firestore }) =>
      createTaskHandlers({
        firestore,
        limits: new OrderLimits({
          firestore,
          keys: config.ORDER_LINK_KEYS,
          maxima: orderLimitMaxima(config),
        }),
        orderLink: orderLinks(tokens, config.SHOP_URL),
        payments: loadedPayments(config),
        mailer: { send: async (mail, ...rest) => (await mailer()).send(mail, ...rest) },
        warehouse: createWebhookWarehouse({
          url: config.WAREHOUSE_URL,
          secret: config.WAREHOUSE_SECRET,
          nowMs: Date.now,
        }),
        renderReceipt: async (order) => (await renderer())(order),
      }),
  });
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
