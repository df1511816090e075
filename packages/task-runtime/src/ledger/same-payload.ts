import {
  type Catalogue,
  hashOfJson,
  newestReachable,
  type TaskContract,
  UpCastError,
  upCast,
} from '@waybill/contract-kit';
import { isErased, type TaskRecord } from './task-record.ts';

/**
 * Whether a task that is to be enqueued is the one that a record with its dedupe key is of. Payloads of two versions are
 * compared in the newest version that both can be converted to: during a roll-out both versions enqueue.
 */
export function isSamePayload(
  catalogue: Catalogue,
  existing: TaskRecord,
  wanted: { readonly contract: TaskContract; readonly payload: unknown },
): boolean {
  // An erased one has no hash to compare: that it was enqueued is all that is left of it.
  if (isErased(existing)) return true;
  const { contract, payload } = wanted;
  const earlier = catalogue.find(existing.contract, existing.version);
  // A version that this process does not know can't be converted.
  if (existing.version === contract.version || earlier === undefined) {
    return existing.payloadHash === hashOfJson(payload);
  }
  const newest = newestReachable(catalogue, earlier);
  if (newest.path !== newestReachable(catalogue, contract).path) return false;
  try {
    const converted = upCast(catalogue, earlier, newest, JSON.parse(existing.payload));
    return hashOfJson(converted) === hashOfJson(upCast(catalogue, contract, newest, payload));
  } catch (error) {
    if (error instanceof UpCastError) return false;
    throw error;
  }
}
