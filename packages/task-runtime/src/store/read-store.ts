import { withTimeout } from '@waybill/service-kit';
import { StoreUnavailableError } from '../errors.ts';
import { RETRYABLE_GRPC_CODES } from './retryable-grpc-codes.ts';

/**
 * Reads from Firestore, bounded in time. The client itself (9.4.1) retries a read for about 40 s after nobody awaits it
 * any more, and none of its settings shortens that.
 * @param what the thing that is read, for the error: `order`
 * @throws {StoreUnavailableError} 503, if there is no response within `timeoutMs`
 */
export async function readStore<T>(what: string, timeoutMs: number, read: () => Promise<T>): Promise<T> {
  try {
    return await withTimeout(read(), timeoutMs, () => {
      throw new StoreUnavailableError(`Firestore did not give the ${what} within ${timeoutMs} ms`);
    });
  } catch (error) {
    throw RETRYABLE_GRPC_CODES.has((error as { code?: unknown }).code)
      ? new StoreUnavailableError(`Firestore could not give the ${what}`, error)
      : error;
  }
}
