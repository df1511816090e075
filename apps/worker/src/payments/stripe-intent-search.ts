import { RetryLaterError } from '@waybill/task-runtime';
import type Stripe from 'stripe';
import type { ChargePeriod } from './payment-provider.ts';
import { toPaymentError } from './stripe-errors.ts';

/**
 * How far back the list is read for intents that the search does not show yet. The search lags by a minute, and by more
 * in an incident.
 * Source: https://docs.stripe.com/search#data-freshness
 */
const SEARCH_LAG_SECONDS = 600;
/** A hundred pages. */
const MAX_LISTED = 10_000;
/** Maximum difference between Stripe's clock and the clock of a period. */
const CLOCK_SKEW_MS = 60_000;

/** A member of the metadata by which payment intents are found. */
export interface IntentFilter {
  readonly member: string;
  readonly value: string;
  /** Whether the intents that the search found are enough, so that the list is not read. Default: they are not. */
  readonly isEnough?: (found: readonly Stripe.PaymentIntent[]) => boolean;
}

/** Finds the payment intents of a period, also those that Stripe's search does not show yet. */
export type IntentSearch = (
  filter: IntentFilter,
  period: ChargePeriod,
  signal: AbortSignal,
) => Promise<Stripe.PaymentIntent[]>;

/**
 * Makes a search for payment intents.
 * @param nowMs milliseconds since the epoch
 * @throws {PaymentUnavailableError} if Stripe does not respond
 * @throws {RetryLaterError} if too many intents were made in that time
 */
export function createIntentSearch(stripe: Stripe, nowMs: () => number): IntentSearch {
  return async ({ member, value, isEnough = () => false }, period, signal) => {
    const byId = new Map<string, Stripe.PaymentIntent>();
    try {
      const query = `metadata['${member}']:'${value.replaceAll(/[\\']/g, '\\$&')}'`;
      const { data } = await stripe.paymentIntents.search({ query, limit: 100 });
      signal.throwIfAborted();
      for (const intent of data) if (intent.metadata[member] === value) byId.set(intent.id, intent);
      if (isEnough([...byId.values()])) return [...byId.values()];
      for await (const intent of recentIntents(stripe, nowMs(), period, signal)) {
        if (intent.metadata[member] === value) byId.set(intent.id, intent);
      }
    } catch (error) {
      throw toPaymentError(error);
    }
    return [...byId.values()];
  };
}

/** The intents of a period that the search may not show yet. */
async function* recentIntents(
  stripe: Stripe,
  nowMs: number,
  period: ChargePeriod,
  signal: AbortSignal,
): AsyncGenerator<Stripe.PaymentIntent> {
  const searchedToMs = nowMs - SEARCH_LAG_SECONDS * 1_000;
  const gte = Math.floor(Math.max(period.fromMs - CLOCK_SKEW_MS, searchedToMs) / 1_000);
  const lte = period.toMs === undefined ? undefined : Math.ceil((period.toMs + CLOCK_SKEW_MS) / 1_000);
  if (lte !== undefined && lte < gte) return;
  const created = { gte, ...(lte !== undefined && { lte }) };
  let listed = 0;
  for await (const intent of stripe.paymentIntents.list({ created, limit: 100 })) {
    signal.throwIfAborted();
    yield intent;
    listed += 1;
    if (listed >= MAX_LISTED) {
      // An immediate retry would read the same list in vain.
      throw new RetryLaterError(
        SEARCH_LAG_SECONDS,
        `Too many payments were made at that time to tell whether one is this (${MAX_LISTED} were looked at)`,
      );
    }
  }
}
