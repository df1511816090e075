// For programs and tests that take payments by Stripe's SDK.

export {
  type PaymentSandbox,
  type PaymentSandboxOptions,
  startPaymentSandbox,
} from './payment/payment-sandbox.ts';
export { testPaymentMethods } from './payment/test-payment-methods.ts';

// For programs and tests that send mails by SMTP.

export type { Mail } from './mail/mail.ts';
export { readMailbox } from './mail/mail-store.ts';
export { type Mailbox, type MailboxOptions, startMailbox } from './mail/mailbox.ts';

// For programs and tests that call a warehouse by webhook.

export type { Shipment } from './warehouse/shipment-store.ts';
export { startWarehouse, type Warehouse, type WarehouseOptions } from './warehouse/warehouse.ts';
