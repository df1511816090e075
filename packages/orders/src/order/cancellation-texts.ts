import type { CancellationReason } from './order.ts';

/** Why an order was cancelled, as its customer is told, by page and by mail. */
export const CANCELLATION_WORDS: Readonly<Record<CancellationReason, string>> = {
  'payment-declined': 'Your bank declined the payment.',
  'payment-failed': 'The payment did not come about.',
  'out-of-stock': 'Not enough of what you ordered is left.',
  'reservation-failed': 'We could not put your pieces aside.',
  customer: 'You cancelled it.',
};
