import { PermanentError, RetryLaterError } from '@waybill/task-runtime';
import { ProviderError } from '../providers/provider-error.ts';
import { type Warehouse, WarehouseUnavailableError } from './warehouse.ts';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, webhookSignature } from './webhook-signature.ts';

/** Settings of {@link createWebhookWarehouse}. */
export interface WebhookWarehouseOptions {
  /** Where it takes its webhooks. */
  readonly url: URL;
  /** What the two share; webhooks are signed with it. */
  readonly secret: string;
  /** Milliseconds since the epoch, of which the receiver checks that it is about now. */
  readonly nowMs: () => number;
  /** How long one call may take until its answer. Default 10 s. */
  readonly timeoutMs?: number | undefined;
}

/** Request Timeout and Too Many Requests: of the 4xx, those after which the same request may be taken. */
const PASSING_REFUSALS: ReadonlySet<number> = new Set([408, 429]);
/** What its queue waits for at least; told more often, it would have used up the contract's attempts within the day. */
const MIN_RETRY_AFTER_SECONDS = 10;
/** What a warehouse may ask for at most; whatever is longer is for a person to look at. */
const MAX_RETRY_AFTER_SECONDS = 3_600;

/** A warehouse that is told by webhook: one signed POST for each order. */
export function createWebhookWarehouse(options: WebhookWarehouseOptions): Warehouse {
  const { url, secret, nowMs, timeoutMs = 10_000 } = options;
  return {
    async tell({ orderId, items }, key, signal) {
      const body = JSON.stringify({ type: 'order.confirmed', orderId, items });
      const timestamp = String(Math.floor(nowMs() / 1_000));
      let response: Response;
      try {
        response = await fetch(url, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            'Idempotency-Key': key,
            [TIMESTAMP_HEADER]: timestamp,
            [SIGNATURE_HEADER]: webhookSignature(secret, timestamp, body),
          },
          body,
          // What is signed for one address is not for another.
          redirect: 'manual',
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
      } catch (error) {
        signal.throwIfAborted();
        throw new WarehouseUnavailableError('The warehouse did not answer', { cause: reduced(error) });
      }
      // Its status says it all, and its body may be endless.
      await response.body?.cancel().catch(() => {});
      if (!response.ok) throw toError(response);
    },
  };
}

/** The client's text may name the URL, which may hold a password. */
function reduced(thrown: unknown): Error {
  const { name, cause } = (thrown ?? {}) as { name?: unknown; cause?: { code?: unknown } };
  return new ProviderError('warehouse', { error: name, code: cause?.code });
}

function toError({ status, headers }: Response): Error {
  if (status < 500 && !PASSING_REFUSALS.has(status)) {
    return new PermanentError('WAREHOUSE_REFUSED', `The warehouse refuses the order: it answered ${status}`);
  }
  const message = `The warehouse answered ${status}`;
  const retryAfter = headers.get('Retry-After') ?? '';
  if (!/^\d{1,6}$/.test(retryAfter)) return new WarehouseUnavailableError(message);
  const seconds = Math.max(MIN_RETRY_AFTER_SECONDS, Number(retryAfter));
  return new RetryLaterError(Math.min(seconds, MAX_RETRY_AFTER_SECONDS), message);
}
