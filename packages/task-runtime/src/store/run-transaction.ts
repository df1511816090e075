import type { Firestore, Transaction } from '@google-cloud/firestore';
import { withTimeout } from '@waybill/service-kit';
import { Status } from 'google-gax';
import { ContentionError, StoreUnavailableError } from '../errors.ts';
import { RETRYABLE_GRPC_CODES } from './retryable-grpc-codes.ts';

/** Maximum time of a transaction with all its reruns. */
const DEFAULT_TRANSACTION_TIMEOUT_MS = 10_000;

/**
 * Runs a Firestore transaction, bounded in time.
 * @throws {ContentionError} if the transaction meets too many others: the client's own reruns were in vain, or took too
 *   long. In the latter case it may have been committed all the same
 * @throws {StoreUnavailableError} if Firestore does not respond; the transaction may have been committed all the same
 */
export async function runTransaction<T>(
  firestore: Firestore,
  work: (transaction: Transaction) => Promise<T>,
  timeoutMs: number = DEFAULT_TRANSACTION_TIMEOUT_MS,
): Promise<T> {
  let timedOut = false;
  let runs = 0;
  const transaction = firestore.runTransaction(async (transaction) => {
    // Nobody awaits it any more: a rerun would only surprise.
    if (timedOut) throw new StoreUnavailableError('The transaction was given up');
    runs += 1;
    return await work(transaction);
  });
  try {
    return await withTimeout(transaction, timeoutMs, () => {
      timedOut = true;
      const message = `Firestore did not finish a transaction within ${timeoutMs} ms`;
      // Firestore responded to the first run: the client reruns what lost against another transaction.
      if (runs > 1) throw new ContentionError(`${message} and ${runs} runs`);
      throw new StoreUnavailableError(message);
    });
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: string };
    if (code === Status.ABORTED) {
      throw new ContentionError(`A transaction met too many others in ${runs} runs: ${message}`, error);
    }
    if (RETRYABLE_GRPC_CODES.has(code)) {
      throw new StoreUnavailableError(`Firestore could not finish a transaction: ${message}`, error);
    }
    throw error;
  }
}
