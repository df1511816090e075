import type { Firestore, Transaction } from '@google-cloud/firestore';
import { withTimeout } from '@waybill/service-kit';
import { StoreUnavailableError } from '../errors.ts';
import { RETRYABLE_GRPC_CODES } from './retryable-grpc-codes.ts';

/** Maximum time of a transaction with all its reruns. */
const DEFAULT_TRANSACTION_TIMEOUT_MS = 10_000;

/**
 * Runs a Firestore transaction, bounded in time.
 * @throws {StoreUnavailableError} if Firestore does not respond, or the transaction meets too many others; it may have
 *   been committed all the same
 */
export async function runTransaction<T>(
  firestore: Firestore,
  work: (transaction: Transaction) => Promise<T>,
  timeoutMs: number = DEFAULT_TRANSACTION_TIMEOUT_MS,
): Promise<T> {
  let timedOut = false;
  const transaction = firestore.runTransaction(async (transaction) => {
    // Nobody awaits it any more: a rerun would only surprise.
    if (timedOut) throw new StoreUnavailableError('The transaction was given up');
    return await work(transaction);
  });
  try {
    return await withTimeout(transaction, timeoutMs, () => {
      timedOut = true;
      throw new StoreUnavailableError(`Firestore did not finish a transaction within ${timeoutMs} ms`);
    });
  } catch (error) {
    throw RETRYABLE_GRPC_CODES.has((error as { code?: unknown }).code)
      ? new StoreUnavailableError(
          `Firestore could not finish a transaction: ${(error as Error).message}`,
          error,
        )
      : error;
  }
}
