import { PermanentError } from '@waybill/task-runtime';
import Stripe from 'stripe';
import {
  type Charge,
  type ChargeRequest,
  type PaymentProvider,
  PaymentUnavailableError,
} from './payment-provider.ts';

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

/** In a payment intent's metadata: the key of the charge, by which it is found again. */
const KEY_MEMBER = 'waybill_key';

/**
 * Stripe keeps idempotency keys for at least 24 hours; an hour is left for clocks that differ.
 * Source: https://docs.stripe.com/api/idempotent_requests
 */
const REMEMBERS_FOR_SECONDS = 23 * 3600;

/**
 * How far back the list is read for what the search does not show yet. The search lags by a minute, in times of
 * trouble by more.
 * Source: https://docs.stripe.com/search#data-freshness
 */
const SEARCH_LAG_SECONDS = 600;
const MOST_LISTED = 2_000;

/**
 * A 500 is kept with its key like any answer, so that trying on needs another key. Each is derived from the first, and
 * is only used once a repeat of the one before has shown its 500 to be final and nothing has come of it.
 */
const MOST_KEYS = 5;

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

  return {
    remembersForSeconds: REMEMBERS_FOR_SECONDS,

    async charge(request, signal) {
      for (let number = 1; number <= MOST_KEYS; number += 1) {
        signal.throwIfAborted();
        const idempotencyKey = number === 1 ? request.key : `${request.key}/${number}`;
        const outcome = await create(request, idempotencyKey);
        if (outcome !== 'failed for good') return outcome;
        const found = await find(request.key, signal);
        if (found !== undefined) return found;
      }
      throw new PaymentUnavailableError(`Stripe failed with each of ${MOST_KEYS} idempotency keys`);
    },

    find,
  };

  async function create(request: ChargeRequest, idempotencyKey: string): Promise<Charge | 'failed for good'> {
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
          metadata: { order_id: orderId, [KEY_MEMBER]: key },
        },
        { idempotencyKey },
      );
    } catch (error) {
      if (isRepeatedServerError(error)) return 'failed for good';
      throw toPaymentError(error);
    }
    const charge = chargeOf(intent);
    if (charge !== undefined) return charge;
    // A repeat gets the answer of then; the intent itself may have come further since.
    const now = await stripe.paymentIntents.retrieve(intent.id).catch((error: unknown) => {
      throw toPaymentError(error);
    });
    const late = chargeOf(now);
    if (late !== undefined) return late;
    throw notDecided(now);
  }

  async function find(key: string, signal: AbortSignal): Promise<Charge | undefined> {
    try {
      const query = `metadata['${KEY_MEMBER}']:'${key.replaceAll(/[\\']/g, '\\$&')}'`;
      const { data } = await stripe.paymentIntents.search({ query, limit: 100 });
      signal.throwIfAborted();
      return chargeAmong(data, key) ?? chargeAmong(await recent(key, signal), key);
    } catch (error) {
      throw toPaymentError(error);
    }
  }

  /** What the search may not know yet. */
  async function recent(key: string, signal: AbortSignal): Promise<Stripe.PaymentIntent[]> {
    const gte = Math.floor(nowMs() / 1_000) - SEARCH_LAG_SECONDS;
    const found: Stripe.PaymentIntent[] = [];
    let listed = 0;
    for await (const intent of stripe.paymentIntents.list({ created: { gte }, limit: 100 })) {
      signal.throwIfAborted();
      if (intent.metadata[KEY_MEMBER] === key) found.push(intent);
      listed += 1;
      if (listed >= MOST_LISTED) {
        throw new PaymentUnavailableError(
          `Too many recent payments to tell whether one is there already (${MOST_LISTED} were looked at)`,
        );
      }
    }
    return found;
  }
}

/** One that succeeded counts, whatever became of others with the same key. One that was declined is none. */
function chargeAmong(intents: readonly Stripe.PaymentIntent[], key: string): Charge | undefined {
  const own = intents.filter(({ metadata }) => metadata[KEY_MEMBER] === key);
  const succeeded = own.find(({ status }) => status === 'succeeded');
  if (succeeded !== undefined) return { chargeId: succeeded.id };
  const undecided = own.find(({ status }) => status === 'processing');
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

/** Whether it is the kept answer of an earlier try, which the same key will always get. */
function isRepeatedServerError(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeAPIError &&
    (error.statusCode ?? 0) >= 500 &&
    error.headers?.['idempotent-replayed'] === 'true'
  );
}

function toPaymentError(error: unknown): unknown {
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
  // Connection, time-out, 429, 5xx; also a wrong API key: that is ours to mend, not a reason to cancel orders.
  return new PaymentUnavailableError(
    `Stripe gave no answer that decides the payment (${error.code ?? error.type})`,
    { cause: error },
  );
}

function declined(reason: string, cause?: unknown): PermanentError {
  return new PermanentError('PAYMENT_DECLINED', `The payment was declined (${reason})`, { cause });
}
