import { PermanentError } from '@waybill/task-runtime';
import Stripe from 'stripe';
import { codeOf } from '../providers/provider-error.ts';
import type { Refund, RefundRequest } from './payment-provider.ts';
import { isRepeatedServerError, toPaymentError } from './stripe-errors.ts';
import { FAILED_FOR_GOOD, withKeys } from './stripe-keys.ts';

/**
 * Gives back what is left of a payment intent. Stripe gives nothing back twice: where all is given back already, that
 * refund is the answer.
 * @throws {PermanentError} REFUND_FAILED where the customer's bank does not take it; PAYMENT_REFUSED
 * @throws {PaymentUnavailableError}
 */
export async function refundCharge(
  stripe: Stripe,
  request: RefundRequest,
  signal: AbortSignal,
): Promise<Refund> {
  const { key, chargeId, orderId } = request;
  return withKeys(
    key,
    signal,
    async (idempotencyKey) => {
      try {
        const refund = await stripe.refunds.create(
          {
            payment_intent: chargeId,
            metadata: { order_id: orderId, waybill_key: key },
          },
          { idempotencyKey },
        );
        return refundOf(refund);
      } catch (error) {
        if (isRepeatedServerError(error)) return FAILED_FOR_GOOD;
        const isDone = error instanceof Stripe.errors.StripeError && error.code === 'charge_already_refunded';
        const [earlier] = isDone ? await refundsOf(stripe, chargeId) : [];
        if (earlier !== undefined) return { refundId: earlier.id };
        throw toPaymentError(error);
      }
    },
    () => findRefund(stripe, request),
  );
}

/**
 * The refund that a request with that key has made; undefined: none.
 * @throws {PaymentUnavailableError}
 */
export async function findRefund(
  stripe: Stripe,
  { key, chargeId }: Pick<RefundRequest, 'key' | 'chargeId'>,
): Promise<Refund | undefined> {
  const refunds = await refundsOf(stripe, chargeId);
  const refund = refunds.find(({ metadata }) => metadata?.['waybill_key'] === key);
  return refund && { refundId: refund.id };
}

/**
 * The sum that was given back of a payment intent, by whomever, in the currency's minor unit.
 * @throws {PaymentUnavailableError}
 */
export async function refundedAmount(stripe: Stripe, chargeId: string): Promise<number> {
  return (await refundsOf(stripe, chargeId)).reduce((sum, { amount }) => sum + amount, 0);
}

/** What was given back of a payment intent, by whomever. */
async function refundsOf(stripe: Stripe, chargeId: string): Promise<Stripe.Refund[]> {
  try {
    const { data } = await stripe.refunds.list({ payment_intent: chargeId, limit: 100 });
    return data.filter(({ status }) => status !== 'failed' && status !== 'canceled');
  } catch (error) {
    throw toPaymentError(error);
  }
}

/** One that is pending is on its way: from here on it is the bank's. */
function refundOf({ id, status, failure_reason: reason }: Stripe.Refund): Refund {
  if (status !== 'failed' && status !== 'canceled') return { refundId: id };
  throw new PermanentError(
    'REFUND_FAILED',
    `Refund ${id} is "${codeOf(status)}" (${codeOf(reason) ?? 'without a reason'}): give the money back in another way`,
  );
}
