import type Stripe from 'stripe';
import { newRefund } from '../objects/new-objects.ts';
import { moneyText } from '../params/currency.ts';
import { groupParam, integerParam, refuseUnknown, textParam } from '../params/form-params.ts';
import { checkMetadata } from '../params/metadata.ts';
import { listPage, readListParams } from '../params/pages.ts';
import { invalidRequest, noSuch } from '../stripe-api/stripe-api-error.ts';
import type { EndpointContext, GetEndpoint, PostEndpoint } from './endpoint.ts';

const REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'] as const;

/** `POST /v1/refunds` of a payment intent or a charge; `amount` defaults to what is left of it. */
export const createRefund: PostEndpoint = (context, params) => {
  refuseUnknown(params, ['amount', 'charge', 'metadata', 'payment_intent', 'reason']);
  const intentId = textParam(params, 'payment_intent');
  const chargeId = textParam(params, 'charge');
  if ((intentId === undefined) === (chargeId === undefined)) {
    throw invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
    );
  }
  const requestedAmount = integerParam(params, 'amount');
  if (requestedAmount !== undefined && requestedAmount < 1) {
    throw invalidRequest('This value must be greater than or equal to 1.', {
      code: 'parameter_invalid_integer',
      param: 'amount',
    });
  }
  const reasonText = textParam(params, 'reason');
  const reason = REASONS.find((known) => known === reasonText) ?? null;
  if (reasonText !== undefined && reason === null) {
    throw invalidRequest(`Invalid reason: must be one of ${REASONS.join(', ')}`, { param: 'reason' });
  }
  const metadata = checkMetadata(groupParam(params, 'metadata'));
  findCharge(context, intentId, chargeId);

  return () => {
    // Read again: another refund may have come in between.
    const charge = findCharge(context, intentId, chargeId);
    const left = charge.amount - charge.amount_refunded;
    if (left === 0) {
      throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
        code: 'charge_already_refunded',
      });
    }
    const amount = requestedAmount ?? left;
    if (amount > left) {
      const [asked, of] = [moneyText(amount, charge.currency), moneyText(left, charge.currency)];
      const what = charge.amount_refunded > 0 ? 'unrefunded amount on charge' : 'charge amount';
      throw invalidRequest(`Refund amount (${asked}) is greater than ${what} (${of})`, { param: 'amount' });
    }
    const refund = newRefund(context.nowMs(), charge, { amount, reason, metadata });
    const amount_refunded = charge.amount_refunded + amount;
    const given = { ...charge, amount_refunded, refunded: amount_refunded === charge.amount };
    return { status: 200, body: refund, objects: [refund, given], delivery: 'response' };
  };
};

/** `GET /v1/refunds/:id` */
export const retrieveRefund: GetEndpoint = (context, params, id) => {
  refuseUnknown(params, []);
  const refund = context.store.find('refund', id);
  if (!refund) throw noSuch('refund', id, 'id');
  return refund;
};

/** `GET /v1/refunds` */
export const listRefunds: GetEndpoint = (context, params) => {
  refuseUnknown(params, ['charge', 'created', 'ending_before', 'limit', 'payment_intent', 'starting_after']);
  const intentId = textParam(params, 'payment_intent');
  const chargeId = textParam(params, 'charge');
  return listPage(
    '/v1/refunds',
    context.store.all('refund'),
    readListParams(params),
    (refund) =>
      (intentId === undefined || refund.payment_intent === intentId) &&
      (chargeId === undefined || refund.charge === chargeId),
  );
};

function findCharge(
  { store }: EndpointContext,
  intentId: string | undefined,
  chargeId: string | undefined,
): Stripe.Charge {
  const intent = intentId === undefined ? undefined : store.find('payment_intent', intentId);
  if (intentId !== undefined && !intent) throw noSuch('payment_intent', intentId, 'payment_intent');
  const id = chargeId ?? String(intent?.latest_charge);
  const charge = store.find('charge', id);
  if (!charge) throw noSuch('charge', id, 'charge');
  if (charge.paid) return charge;
  throw invalidRequest(
    intent
      ? `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`
      : `Charge ${charge.id} was not successful and can't be refunded.`,
    { param: intent ? 'payment_intent' : 'charge' },
  );
}
