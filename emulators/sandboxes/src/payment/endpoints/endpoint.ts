import type { FormParams } from '../params/form-params.ts';
import type { PaymentStore, StoredObject } from '../payment-store.ts';

/** What an endpoint works with. */
export interface EndpointContext {
  readonly store: PaymentStore;
  nowMs(): number;
}

/** What a POST did: the objects to keep, and the answer. Both are committed together. */
export interface Outcome {
  readonly status: number;
  readonly body: unknown;
  readonly objects: readonly StoredObject[];
  readonly headers?: Readonly<Record<string, string>>;
  /** How the answer goes out; a repeat with the same key is always answered. */
  readonly delivery: 'response' | 'no response' | 'cut the connection';
}

/**
 * A POST in two steps, as Stripe's: the first checks the parameters, and its errors aren't remembered for the
 * idempotency key; the second does it, and whatever comes of it is. `hasFailedBefore`: the same parameters got a 500
 * under another key.
 */
export type PostEndpoint = (
  context: EndpointContext,
  params: FormParams,
) => (request: { hasFailedBefore: boolean }) => Outcome;

/** A GET; `id` is what the path's pattern caught. */
export type GetEndpoint = (context: EndpointContext, params: FormParams, id: string) => unknown;
