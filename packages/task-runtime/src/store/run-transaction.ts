import type { Firestore, Transaction } from '@google-cloud/firestore';
import { StoreUnavailableError } from '../errors.ts';

/** How long a transaction with all its reruns may take. */
export const DEFAULT_TRANSACTION_TIMEOUT_MS = 10_000;

/**
 * gRPC codes after which the same transaction may succeed later: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED,
 * INTERNAL, UNAVAILABLE. Source: google/rpc/code.proto.
 */
const PASSING_CODES: ReadonlySet<unknown> = new Set([4, 8, 10, 13, 14]);

/**
 * Runs a Firestore transaction, bounded in time.
 * @throws {StoreUnavailableError} if Firestore does not answer, or the transaction meets too many others; it may have
 *   been committed all the same
 */
export async function runTransaction<T>(
  firestore: Firestore,
  work: (transaction: Transaction) => Promise<T>,
  timeoutMs: number = DEFAULT_TRANSACTION_TIMEOUT_MS,
): Promise<T> {
  let timedOut = false;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      timedOut = true;
      reject(new StoreUnavailableError(`Firestore did not finish a transaction within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  const transaction = firestore.runTransaction(async (transaction) => {
    // Nobody waits for it any more: a rerun would only surprise.
    if (timedOut) throw new StoreUnavailableError('The transaction was given up');
    return await work(transaction);
  });
  try {
    return await Promise.race([transaction, timeout]);
  } catch (error) {
    throw PASSING_CODES.has((error as { code?: unknown }).code)
      ? new StoreUnavailableError(
          `Firestore could not finish a transaction: ${(error as Error).message}`,
          error,
        )
      : error;
  } finally {
    clearTimeout(timer);
    // After a time-out its own failure comes to nobody.
    transaction.catch(() => {});
  }
}
