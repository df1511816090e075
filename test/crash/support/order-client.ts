import { setTimeout as delay } from 'node:timers/promises';
import { callHttp, type HttpResponse } from '../../src/support/call-http.ts';
import { localOrderTokens } from '../../src/support/local-order-tokens.ts';

/** What a customer orders. */
export interface OrderWish {
  /** One mail address for each order: by it the order's mails are known. */
  readonly email: string;
  readonly productId: string;
  readonly quantity: number;
  readonly paymentMethod: string;
}

/** Between two tries, as a browser or an app would wait. */
const RETRY_DELAY_MS = 250;

/**
 * Places an order as a patient client does: with an Idempotency-Key, again after a 5xx or a broken connection.
 * @returns the order's id, and how many tries that took
 * @throws {Error} if it was refused, or not taken within `timeoutMs`
 */
export async function placeOrder(
  port: number,
  wish: OrderWish,
  key: string,
  timeoutMs: number,
): Promise<{ orderId: string; tries: number }> {
  const { email, productId, quantity, paymentMethod } = wish;
  const body = JSON.stringify({ email, items: [{ productId, quantity }], paymentMethod });
  const { text, tries } = await untilAccepted(
    `The order of ${email}`,
    () =>
      callHttp({
        port,
        method: 'POST',
        path: '/api/orders',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body,
      }),
    timeoutMs,
  );
  return { orderId: (JSON.parse(text) as { orderId: string }).orderId, tries };
}

/**
 * Cancels an order, as patiently: to cancel it again changes nothing.
 * @throws {Error} if that was refused, or not taken within `timeoutMs`
 */
export async function cancelOrder(port: number, orderId: string, timeoutMs: number): Promise<void> {
  const path = localOrderTokens.withToken(`/api/orders/${orderId}/cancel`, orderId);
  await untilAccepted(
    `The cancelling of ${orderId}`,
    () => callHttp({ port, method: 'POST', path }),
    timeoutMs,
  );
}

async function untilAccepted(
  what: string,
  call: () => Promise<HttpResponse>,
  timeoutMs: number,
): Promise<{ text: string; tries: number }> {
  const deadlineMs = performance.now() + timeoutMs;
  let last = '';
  for (let tries = 1; performance.now() < deadlineMs; tries += 1) {
    try {
      const { status, text } = await call();
      if (status === 202) return { text, tries };
      last = `${status} ${text}`;
    } catch (error) {
      last = (error as Error).message;
    }
    if (/^4\d\d /.test(last)) throw new Error(`${what} was refused: ${last}`);
    await delay(RETRY_DELAY_MS);
  }
  throw new Error(`${what} was not taken within ${timeoutMs} ms; the last answer: ${last}`);
}
