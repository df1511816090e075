import { GrpcStatus } from '@waybill/emulator-kit';
import { FirestoreError } from '../firestore-error.ts';
import type { CallContext } from '../transactions/firestore-engine.ts';

/** What handlers need of a gRPC call. */
interface Cancellable {
  readonly cancelled: boolean;
  getPeer(): string;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** One for all calls: without a reason, each `abort()` makes an error with a stack. */
const CANCELLED = new FirestoreError(GrpcStatus.CANCELLED, 'The client cancelled the call.');

/** The context of a call on a database. */
export function callContext(call: Cancellable, database: string): CallContext {
  const controller = new AbortController();
  if (call.cancelled) controller.abort(CANCELLED);
  else call.on('cancelled', () => controller.abort(CANCELLED));
  return { database, connection: call.getPeer(), signal: controller.signal };
}
