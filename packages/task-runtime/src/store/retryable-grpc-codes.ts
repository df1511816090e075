import { Status } from 'google-gax';

/**
 * The gRPC codes after which the same call of Firestore may succeed later. ABORTED: a transaction met too many others.
 * Source: google/rpc/code.proto.
 */
export const RETRYABLE_GRPC_CODES: ReadonlySet<unknown> = new Set([
  Status.DEADLINE_EXCEEDED,
  Status.RESOURCE_EXHAUSTED,
  Status.ABORTED,
  Status.INTERNAL,
  Status.UNAVAILABLE,
]);
