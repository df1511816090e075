import type { CancellationReason } from './order.ts';

/** The reasons of a cancellation in words for the customer, on pages and in mails. */
export const CANCELLATION_TEXTS: Readonly<Record<CancellationReason, string>> = {
  'payment-declined': 'Your bank declined the payment.',
  'payment-failed': 'The payment did not come about.',
  'out-of-stock': 'Not enough of what you ordered is left.',
  'reservation-failed': 'We could not put your pieces aside.',
  customer: 'You cancelled it.',
};
