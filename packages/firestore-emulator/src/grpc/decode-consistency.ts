import type { WireConsistency, WireTransactionOptions } from '../protocol/messages.ts';
import type { Consistency, TransactionOptions } from '../transactions/firestore-engine.ts';
import { microsOfTimestamp } from '../values/timestamp.ts';

/** Reads which data a request wants. */
export function decodeConsistency(request: WireConsistency): Consistency {
  switch (request.consistencySelector) {
    case 'transaction':
      return { kind: 'transaction', id: request.transaction };
    case 'newTransaction':
      return { kind: 'newTransaction', options: decodeTransactionOptions(request.newTransaction) };
    case 'readTime':
      return { kind: 'readTime', micros: microsOfTimestamp(request.readTime) };
    case undefined:
      return { kind: 'strong' };
  }
}

/** Reads a new transaction's options; read-write where nothing is said. */
export function decodeTransactionOptions(options: WireTransactionOptions | null): TransactionOptions {
  if (options?.mode === 'readOnly') {
    const { readTime } = options.readOnly;
    return {
      kind: 'readOnly',
      readMicros: readTime === undefined || readTime === null ? undefined : microsOfTimestamp(readTime),
    };
  }
  const retryOf = options?.mode === 'readWrite' ? options.readWrite.retryTransaction : undefined;
  return { kind: 'readWrite', retryOf: retryOf === undefined || retryOf.length === 0 ? undefined : retryOf };
}
