import type { Firestore, Transaction } from '@google-cloud/firestore';
import { withTimeout } from '@waybill/service-kit';
import { Status } from 'google-gax';
import { ContentionError, StoreUnavailableError } from '../errors.ts';
import { PendingReads } from './pending-reads.ts';
import { RETRYABLE_GRPC_CODES } from './retryable-grpc-codes.ts';

/** Maximum time of a transaction with all its reruns. */
const DEFAULT_TRANSACTION_TIMEOUT_MS = 10_000;
/** The last part of a transaction's time: Firestore is asked for a document meanwhile. */
const MAX_PROBE_MS = 1_000;
/** No document is there. Its read takes no locks, as it is in no transaction. */
const PROBED_PATH = 'probes/none';

/**
 * Runs a Firestore transaction, bounded in time.
 * @throws {ContentionError} if the transaction meets too many others: the client's own reruns were in vain, or it waited
 *   for their locks until its time was up. In the latter case it may have been committed all the same
 * @throws {StoreUnavailableError} if Firestore does not respond; the transaction may have been committed all the same
 */
export async function runTransaction<T>(
  firestore: Firestore,
  work: (transaction: Transaction) => Promise<T>,
  timeoutMs: number = DEFAULT_TRANSACTION_TIMEOUT_MS,
): Promise<T> {
  let timedOut = false;
  let isWorking = false;
  let runs = 0;
  const reads = new PendingReads();
  const transaction = firestore.runTransaction(async (transaction) => {
    // Nobody awaits it any more: a rerun would only surprise.
    if (timedOut) throw new StoreUnavailableError('The transaction was given up');
    runs += 1;
    isWorking = true;
    try {
      return await work(reads.of(transaction));
    } finally {
      isWorking = false;
    }
  });
  const probeMs = Math.min(MAX_PROBE_MS, timeoutMs / 2);
  try {
    return await withTimeout(transaction, timeoutMs - probeMs, () => {
      // A lock that another holds looks like a Firestore that does not respond: only another read tells them apart.
      let responds = false;
      const probe = firestore.doc(PROBED_PATH).get();
      probe.then(
        () => {
          responds = true;
        },
        () => {},
      );
      return withTimeout(transaction, probeMs, () => {
        timedOut = true;
        throw timeoutError({ timeoutMs, runs, responds, waitsForFirestore: !isWorking || reads.any });
      });
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

function timeoutError(transaction: {
  timeoutMs: number;
  runs: number;
  responds: boolean;
  waitsForFirestore: boolean;
}): ContentionError | StoreUnavailableError {
  const { timeoutMs, runs, responds, waitsForFirestore } = transaction;
  if (!waitsForFirestore) {
    return new StoreUnavailableError(
      `A transaction did not end within ${timeoutMs} ms: its function waits for something else than Firestore`,
    );
  }
  const message = `Firestore did not finish a transaction within ${timeoutMs} ms`;
  if (!responds) return new StoreUnavailableError(message);
  return new ContentionError(`${message} and ${runs} runs: other transactions hold its documents`);
}
