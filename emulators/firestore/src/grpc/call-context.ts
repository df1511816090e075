import type { CallContext } from '../transactions/firestore-engine.ts';

/** What handlers need of a gRPC call. */
interface Cancellable {
  readonly cancelled: boolean;
  getPeer(): string;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** The context of a call on a database. */
export function callContext(call: Cancellable, database: string): CallContext {
  const controller = new AbortController();
  if (call.cancelled) controller.abort();
  else call.on('cancelled', () => controller.abort());
  return { database, connection: call.getPeer(), signal: controller.signal };
}
