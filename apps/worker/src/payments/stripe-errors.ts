import { PermanentError } from '@waybill/task-runtime';
import Stripe from 'stripe';
import { PaymentUnavailableError } from './payment-provider.ts';

/** Whether it is the kept answer of an earlier try, which the same key will always get. */
export function isRepeatedServerError(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeAPIError &&
    (error.statusCode ?? 0) >= 500 &&
    error.headers?.['idempotent-replayed'] === 'true'
  );
}

/** What an error of Stripe's SDK means for a task; anything else is handed through. */
export function toPaymentError(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  if (error instanceof Stripe.errors.StripeCardError) {
    // The SDK makes a missing decline code an empty text.
    return declined(error.decline_code || error.code || 'card_error', error);
  }
  const isWrong =
    error instanceof Stripe.errors.StripeInvalidRequestError ||
    error instanceof Stripe.errors.StripeIdempotencyError;
  // Two deliveries at once: the other one's request is under way.
  if (isWrong && error.statusCode !== 409 && error.statusCode !== 429) {
    return new PermanentError(
      'PAYMENT_REFUSED',
      `Stripe refuses the request (${error.code ?? error.type}${error.param ? `, ${error.param}` : ''})`,
      { cause: error },
    );
  }
  // Connection, timeout, 429, 5xx; also a wrong API key: that is ours to fix, not a reason to cancel orders.
  return new PaymentUnavailableError(
    `Stripe gave no answer that decides the payment (${error.code ?? error.type})`,
    { cause: error },
  );
}

/** The customer's bank said no. */
export function declined(reason: string, cause?: unknown): PermanentError {
  return new PermanentError('PAYMENT_DECLINED', `The payment was declined (${reason})`, { cause });
}
