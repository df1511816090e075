import { StoreUnavailableError } from '../errors.ts';

/** gRPC codes after which a read may succeed later: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE. */
const PASSING_CODES: ReadonlySet<unknown> = new Set([4, 8, 13, 14]);

/**
 * Reads from Firestore, bounded in time. The client itself (9.4.1) tries a read again for about 40 s where nobody
 * listens, and none of its settings shortens that.
 * @param what is read, for the error: `order`
 * @throws {StoreUnavailableError} 503, if there is no answer within `timeoutMs`
 */
export async function readStore<T>(what: string, timeoutMs: number, read: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new StoreUnavailableError(`Firestore did not give the ${what} within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  const reading = read();
  try {
    return await Promise.race([reading, late]);
  } catch (error) {
    throw PASSING_CODES.has((error as { code?: unknown }).code)
      ? new StoreUnavailableError(`Firestore could not give the ${what}`, error)
      : error;
  } finally {
    clearTimeout(timer);
    // What comes after the time is up comes to nobody.
    reading.catch(() => {});
  }
}
