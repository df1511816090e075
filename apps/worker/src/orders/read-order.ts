import type { DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import { type Order, orderConverter, orderReference } from '@waybill/orders';
import { orderNotFound } from './order-errors.ts';

interface Reader {
  get(reference: DocumentReference): Promise<DocumentSnapshot>;
}

/** Outside of transactions. */
const directly: Reader = { get: (reference) => reference.get() };

/**
 * The order that a task is about, as it is now.
 * @param reader a transaction that it is to be read in. Default: none
 * @throws {PermanentError} ORDER_NOT_FOUND
 */
export async function readOrder(
  firestore: Firestore,
  orderId: string,
  reader: Reader = directly,
): Promise<Order> {
  const order = orderConverter.fromFirestore(await reader.get(orderReference(firestore, orderId)));
  if (order === undefined) throw orderNotFound(orderId);
  return order;
}

/**
 * The order that a task is about, and Firestore's time.
 * @throws {PermanentError} ORDER_NOT_FOUND
 */
export async function readOrderNow(
  firestore: Firestore,
  orderId: string,
): Promise<{ order: Order; now: Date }> {
  const snapshot = await orderReference(firestore, orderId).get();
  const order = orderConverter.fromFirestore(snapshot);
  if (order === undefined) throw orderNotFound(orderId);
  return { order, now: snapshot.readTime.toDate() };
}
