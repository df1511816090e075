import {
  type DocumentData,
  type DocumentReference,
  type DocumentSnapshot,
  type Firestore,
  Timestamp,
} from '@google-cloud/firestore';
import { orderExpiresAt } from '../retention/retention.ts';
import type { Order } from './order.ts';
import { orderSubject } from './order-id.ts';

/** The document of an order: orders/{orderId}. */
export function orderReference(firestore: Firestore, orderId: string): DocumentReference {
  return firestore.doc(orderSubject(orderId));
}

/** Converts orders to documents and back. */
export const orderConverter = {
  /** The whole document of an order: to create, or to set in place of the old one. Firestore deletes it at `expireAt`. */
  toFirestore(order: Order): DocumentData {
    return { ...order, expireAt: orderExpiresAt(order) };
  },

  /**
   * Reads an order.
   * @returns undefined if the document does not exist
   * @throws {Error} if the document is not an order
   */
  fromFirestore(snapshot: DocumentSnapshot): Order | undefined {
    const data = snapshot.data();
    if (data === undefined) return undefined;
    const { expireAt: _expireAt, ...order } = withDates(data) as Order & { expireAt?: Date };
    if (order.orderId !== snapshot.id || !Array.isArray(order.items) || typeof order.status !== 'string') {
      throw new Error(`${snapshot.ref.path} is not an order: orderId, items or status is missing or wrong`);
    }
    return order;
  },
} as const;

/** Firestore gives times as Timestamps, to the microsecond; an order's are written from Dates, to the millisecond. */
function withDates(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate();
  if (Array.isArray(value)) return value.map(withDates);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withDates(member)]));
}
