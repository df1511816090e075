import { PaymentUnavailableError } from './payment-provider.ts';

/**
 * A 500 is kept with its key like any answer, so that trying on needs another key. Each is derived from the first, and
 * is only used once a repeat of the one before has shown its 500 to be final and nothing has come of it.
 */
const MAX_KEYS = 5;

/** What a request gave that Stripe has answered with the same 500 before. */
export const FAILED_FOR_GOOD = 'failed for good';

/**
 * Makes a request with an idempotency key, and with further ones where Stripe keeps a failure for the key.
 * @param create makes the request with the key that it is given
 * @param find what an earlier one has come to, if anything
 * @throws {PaymentUnavailableError} once all keys are used up
 */
export async function withKeys<T>(
  key: string,
  signal: AbortSignal,
  create: (idempotencyKey: string) => Promise<T | typeof FAILED_FOR_GOOD>,
  find: () => Promise<T | undefined>,
): Promise<T> {
  for (let number = 1; number <= MAX_KEYS; number += 1) {
    signal.throwIfAborted();
    const outcome = await create(number === 1 ? key : `${key}/${number}`);
    if (outcome !== FAILED_FOR_GOOD) return outcome;
    const found = await find();
    if (found !== undefined) return found;
  }
  throw new PaymentUnavailableError(`Stripe failed with each of ${MAX_KEYS} idempotency keys`);
}
