import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PaymentSandbox, startPaymentSandbox, startWarehouse, type Warehouse } from '@waybill/sandboxes';
import { createSmtpMailer } from '../src/mail/smtp-mailer.ts';
import { createStripePayments } from '../src/payments/stripe-payments.ts';
import type { TaskDependencies } from '../src/tasks/index.ts';
import { createWebhookWarehouse } from '../src/warehouse/webhook-warehouse.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

/** The providers that the worker calls, as stand-ins on this machine. */
export interface Providers {
  readonly payments: PaymentSandbox;
  readonly mailServer: MailServer;
  readonly warehouse: Warehouse;
  /** The worker's clients of these. */
  readonly clients: Omit<TaskDependencies, 'firestore' | 'limits' | 'renderReceipt' | 'orderLink'>;
  /** Starts the payment sandbox again after it was closed. It keeps only the data on its disk. */
  restartPayments(port: number): Promise<void>;
  close(): Promise<void>;
}

const WAREHOUSE_SECRET = 'whsec_test_0123456789abcdef';
const TIMEOUT_MS = 2_000;

/** Starts the providers on free ports. */
export async function startProviders(nowMs: () => number): Promise<Providers> {
  // On disk: a restarted sandbox still has its charges.
  const paymentsDir = mkdtempSync(join(tmpdir(), 'waybill-payments-'));
  const startPayments = (port: number) =>
    startPaymentSandbox({ port, processingMs: 0, dataDir: paymentsDir, nowMs });
  let payments = await startPayments(0);
  const mailServer = await startMailServer();
  const warehouse = await startWarehouse({ port: 0, secret: WAREHOUSE_SECRET });
  return {
    get payments() {
      return payments;
    },
    mailServer,
    warehouse,
    clients: {
      payments: createStripePayments({
        apiKey: 'sk_test_bed',
        apiBase: new URL(payments.url),
        timeoutMs: TIMEOUT_MS,
        nowMs,
      }),
      mailer: createSmtpMailer({
        url: mailServer.url,
        from: 'Waybill <orders@waybill.example>',
        timeoutMs: TIMEOUT_MS,
      }),
      warehouse: createWebhookWarehouse({
        url: new URL(warehouse.url),
        secret: WAREHOUSE_SECRET,
        nowMs: Date.now,
        timeoutMs: TIMEOUT_MS,
      }),
    },
    async restartPayments(port) {
      payments = await startPayments(port);
    },
    async close() {
      await warehouse.close();
      await mailServer.close();
      await payments.close();
      rmSync(paymentsDir, { recursive: true, force: true });
    },
  };
}
