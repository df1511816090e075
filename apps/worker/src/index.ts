export { loadWorkerConfig, type WorkerConfig } from './config.ts';
export { type Mail, type Mailer, MailServerError, type SentMail } from './mail/mailer.ts';
export { createSmtpMailer, type SmtpMailerOptions } from './mail/smtp-mailer.ts';
export {
  type Charge,
  type ChargeRequest,
  type PaymentProvider,
  PaymentUnavailableError,
} from './payments/payment-provider.ts';
export { createStripePayments, type StripePaymentsOptions } from './payments/stripe-payments.ts';
export { loadReceiptFonts, type ReceiptFonts } from './receipts/receipt-fonts.ts';
export { createReceiptRenderer, type ReceiptRenderer } from './receipts/render-receipt.ts';
export { createTaskHandlers, type TaskDependencies } from './tasks/index.ts';
export { type ShippingOrder, type Warehouse, WarehouseUnavailableError } from './warehouse/warehouse.ts';
export { createWebhookWarehouse, type WebhookWarehouseOptions } from './warehouse/webhook-warehouse.ts';
