import { PermanentError } from '@waybill/task-runtime';
import Stripe from 'stripe';
import { codeOf, ProviderError } from '../providers/provider-error.ts';
import { PaymentUnavailableError } from './payment-provider.ts';

/** Whether it is the kept answer of an earlier try, which the same key will always get. */
export function isRepeatedServerError(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeAPIError &&
    (error.statusCode ?? 0) >= 500 &&
    error.headers?.['idempotent-replayed'] === 'true'
  );
}

/** Stripe's own text names payment methods. */
function reduced({
  type,
  code,
  decline_code,
  param,
  statusCode,
  requestId,
}: Stripe.errors.StripeError): Error {
  return new ProviderError('Stripe', {
    type,
    code,
    decline: decline_code,
    parameter: param,
    status: statusCode,
    request: requestId,
  });
}

/** What an error of Stripe's SDK means for a task; anything else is handed through. */
export function toPaymentError(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const cause = reduced(error);
  if (error instanceof Stripe.errors.StripeCardError) {
    // The SDK makes a missing decline code an empty text.
    return declined(error.decline_code || error.code || 'card_error', cause);
  }
  const isWrong =
    error instanceof Stripe.errors.StripeInvalidRequestError ||
    error instanceof Stripe.errors.StripeIdempotencyError;
  // Two deliveries at once: the other one's request is under way.
  if (isWrong && error.statusCode !== 409 && error.statusCode !== 429) {
    return new PermanentError(
      'PAYMENT_REFUSED',
      `Stripe refuses the request (${[error.code ?? error.type, error.param].flatMap((code) => codeOf(code) ?? []).join(', ')})`,
      { cause },
    );
  }
  // Connection, timeout, 429, 5xx; also a wrong API key: that is ours to fix, not a reason to cancel orders.
  return new PaymentUnavailableError(
    `Stripe gave no answer that decides the payment (${codeOf(error.code ?? error.type)})`,
    { cause },
  );
}

/** The customer's bank said no. */
export function declined(reason: string, cause?: unknown): PermanentError {
  return new PermanentError('PAYMENT_DECLINED', `The payment was declined (${codeOf(reason)})`, { cause });
}
