import { invalidArgument } from '../firestore-error.ts';
import type { WireConsistency, WireTimestamp, WireTransactionOptions } from '../protocol/messages.ts';
import type { Consistency, TransactionOptions } from '../transactions/firestore-engine.ts';
import { type Micros, microsOfTimestamp } from '../values/timestamp.ts';

/** Reads which data a request wants. */
export function decodeConsistency(request: WireConsistency): Consistency {
  switch (request.consistencySelector) {
    case 'transaction':
      return { kind: 'transaction', id: request.transaction };
    case 'newTransaction':
      return { kind: 'newTransaction', options: decodeTransactionOptions(request.newTransaction) };
    case 'readTime':
      return { kind: 'readTime', micros: readTimeOf(request.readTime) };
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
      readMicros: readTime === undefined || readTime === null ? undefined : readTimeOf(readTime),
    };
  }
  const retryOf = options?.mode === 'readWrite' ? options.readWrite.retryTransaction : undefined;
  return { kind: 'readWrite', retryOf: retryOf === undefined || retryOf.length === 0 ? undefined : retryOf };
}

function readTimeOf(timestamp: WireTimestamp): Micros {
  if (timestamp.nanos % 1_000 !== 0) {
    throw invalidArgument('timestamp cannot have more than microseconds precision');
  }
  return microsOfTimestamp(timestamp);
}
