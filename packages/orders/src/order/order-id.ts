const ORDER_ID = /^[0-9a-f]{32}$/;
const SUBJECT_PREFIX = 'orders/';

/**
 * A new order's id.
 * @param randomBytes where its 128 bits come from: `randomBytes` of node:crypto
 */
export function newOrderId(randomBytes: (count: number) => Buffer): string {
  return randomBytes(16).toString('hex');
}

/** Whether a text could be an order's id. */
export function isOrderId(text: string): boolean {
  return ORDER_ID.test(text);
}

/** The subject of an order's tasks, which is its document's path too: `orders/<id>`. */
export function orderSubject(orderId: string): string {
  return `${SUBJECT_PREFIX}${orderId}`;
}

/** The order that a task is about, or undefined where its subject is not an order. */
export function orderIdOfSubject(subject: string): string | undefined {
  const orderId = subject.startsWith(SUBJECT_PREFIX) ? subject.slice(SUBJECT_PREFIX.length) : '';
  return isOrderId(orderId) ? orderId : undefined;
}
