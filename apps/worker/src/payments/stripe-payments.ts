import Stripe from 'stripe';
import {
  type Charge,
  type ChargePeriod,
  type ChargeRequest,
  type PaymentProvider,
  PaymentUnavailableError,
} from './payment-provider.ts';
import { declined, isRepeatedServerError, toPaymentError } from './stripe-errors.ts';
import { createIntentSearch } from './stripe-intent-search.ts';
import { FAILED_FOR_GOOD, withKeys } from './stripe-keys.ts';
import { STRIPE_REMEMBERS_FOR_SECONDS } from './stripe-memory.ts';
import { findRefund, refundCharge, refundedAmount } from './stripe-refunds.ts';

/** Settings of {@link createStripePayments}. */
export interface StripePaymentsOptions {
  readonly apiKey: string;
  /** A server that speaks Stripe's API. Default: Stripe itself. */
  readonly apiBase?: URL | undefined;
  /** How long one request may take. Default 20 s. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  readonly nowMs?: () => number;
}

/** In a payment intent's metadata: the key of the charge, and its order, by which it is found again. */
const KEY_MEMBER = 'waybill_key';
const ORDER_MEMBER = 'order_id';

/** Takes payments with Stripe: one payment intent per charge, confirmed at once, without the customer present. */
export function createStripePayments(options: StripePaymentsOptions): PaymentProvider {
  const { apiKey, apiBase, timeoutMs = 20_000, nowMs = Date.now } = options;
  const stripe = new Stripe(apiKey, {
    ...(apiBase !== undefined && {
      host: apiBase.hostname,
      port: apiBase.port || (apiBase.protocol === 'http:' ? 80 : 443),
      protocol: apiBase.protocol === 'http:' ? 'http' : 'https',
    }),
    timeout: timeoutMs,
    // The queue retries, and waits in between.
    maxNetworkRetries: 0,
    telemetry: false,
  });
  const intentsWith = createIntentSearch(stripe, nowMs);

  return {
    remembersForSeconds: STRIPE_REMEMBERS_FOR_SECONDS,

    charge: (request, signal) =>
      withKeys(
        request.key,
        signal,
        (idempotencyKey) => create(request, idempotencyKey),
        () => find(request.key, request.period, signal),
      ),

    find,

    async chargesOf(orderId, period, signal) {
      return (await succeededOf(orderId, period, signal)).map(({ id }) => ({ chargeId: id }));
    },

    async openChargesOf(orderId, period, signal) {
      const open: Charge[] = [];
      for (const { id, amount } of await succeededOf(orderId, period, signal)) {
        signal.throwIfAborted();
        if ((await refundedAmount(stripe, id)) < amount) open.push({ chargeId: id });
      }
      return open;
    },

    refund: (request, signal) => refundCharge(stripe, request, signal),

    async findRefund(request, signal) {
      signal.throwIfAborted();
      return findRefund(stripe, request);
    },
  };

  async function succeededOf(
    orderId: string,
    period: ChargePeriod,
    signal: AbortSignal,
  ): Promise<Stripe.PaymentIntent[]> {
    const intents = await intentsWith({ member: ORDER_MEMBER, value: orderId }, period, signal);
    const undecided = intents.find(({ status }) => status === 'processing');
    if (undecided !== undefined) throw notDecided(undecided);
    return intents.filter(({ status }) => status === 'succeeded');
  }

  async function create(
    request: ChargeRequest,
    idempotencyKey: string,
  ): Promise<Charge | typeof FAILED_FOR_GOOD> {
    const { key, orderId, amount, currency, paymentMethod } = request;
    let intent: Stripe.PaymentIntent;
    try {
      intent = await stripe.paymentIntents.create(
        {
          amount,
          currency: currency.toLowerCase(),
          payment_method: paymentMethod,
          // Whatever would send the customer to another page can't be done here: nobody is there.
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
          confirm: true,
          off_session: true,
          description: `Order ${orderId}`,
          metadata: { [ORDER_MEMBER]: orderId, [KEY_MEMBER]: key },
        },
        { idempotencyKey },
      );
    } catch (error) {
      if (isRepeatedServerError(error)) return FAILED_FOR_GOOD;
      throw toPaymentError(error);
    }
    const charge = chargeOf(intent);
    if (charge !== undefined) return charge;
    // A repeat gets the first response; the state of the intent may have changed since.
    const now = await stripe.paymentIntents.retrieve(intent.id).catch((error: unknown) => {
      throw toPaymentError(error);
    });
    const late = chargeOf(now);
    if (late !== undefined) return late;
    throw notDecided(now);
  }

  async function find(key: string, period: ChargePeriod, signal: AbortSignal): Promise<Charge | undefined> {
    const isEnough = (found: readonly Stripe.PaymentIntent[]): boolean =>
      found.some(({ status }) => status === 'succeeded');
    return chargeAmong(await intentsWith({ member: KEY_MEMBER, value: key, isEnough }, period, signal));
  }
}

/** One that succeeded counts, whatever became of others with the same key. One that was declined is none. */
function chargeAmong(intents: readonly Stripe.PaymentIntent[]): Charge | undefined {
  const succeeded = intents.find(({ status }) => status === 'succeeded');
  if (succeeded !== undefined) return { chargeId: succeeded.id };
  const undecided = intents.find(({ status }) => status === 'processing');
  if (undecided !== undefined) throw notDecided(undecided);
  return undefined;
}

function notDecided({ id, status }: Stripe.PaymentIntent): PaymentUnavailableError {
  return new PaymentUnavailableError(`Payment intent ${id} is not decided yet: it is "${status}"`);
}

/**
 * @returns undefined while the intent is under way
 * @throws {PermanentError} PAYMENT_DECLINED where it will come to nothing without the customer
 */
function chargeOf(intent: Stripe.PaymentIntent): Charge | undefined {
  if (intent.status === 'succeeded') return { chargeId: intent.id };
  if (intent.status === 'processing') return undefined;
  const { last_payment_error: problem } = intent;
  throw declined(problem?.decline_code ?? problem?.code ?? intent.status);
}
