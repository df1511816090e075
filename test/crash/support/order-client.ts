import { setTimeout as delay } from 'node:timers/promises';
import { callHttp, type HttpAnswer } from '../../src/support/http-call.ts';

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
  const deadlineMs = performance.now() + timeoutMs;
  let last = '';
  for (let tries = 1; performance.now() < deadlineMs; tries += 1) {
    const answer = await post(port, wish, key);
    if (answer instanceof Error) last = answer.message;
    else if (answer.status === 202) {
      return { orderId: (JSON.parse(answer.text) as { orderId: string }).orderId, tries };
    } else if (answer.status < 500) {
      throw new Error(`The order of ${wish.email} was refused with ${answer.status}: ${answer.text}`);
    } else last = `${answer.status} ${answer.text}`;
    await delay(RETRY_DELAY_MS);
  }
  throw new Error(
    `The order of ${wish.email} was not taken within ${timeoutMs} ms; the last answer: ${last}`,
  );
}

async function post(port: number, wish: OrderWish, key: string): Promise<HttpAnswer | Error> {
  const { email, productId, quantity, paymentMethod } = wish;
  try {
    return await callHttp({
      port,
      method: 'POST',
      path: '/api/orders',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ email, items: [{ productId, quantity }], paymentMethod }),
    });
  } catch (error) {
    return error as Error;
  }
}
