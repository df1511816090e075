import type { Order } from '../order/order.ts';

const DAY_MS = 24 * 3_600_000;
/** Days after which Firestore deletes an order and its receipt, counted from the day on which it was to begin. */
export const ORDER_RETENTION_DAYS = 730;
/** Days after which Firestore deletes the record of an operator's action: a yearly audit sees the whole year. */
export const OPERATOR_ACTION_RETENTION_DAYS = 400;

/** The time from which Firestore may delete an order and its receipt. It never moves, so that a rerun writes the same. */
export function orderExpiresAt({ createdAt, processAt }: Pick<Order, 'createdAt' | 'processAt'>): Date {
  const beganAtMs = Math.max(createdAt.getTime(), processAt?.getTime() ?? 0);
  return new Date(beganAtMs + ORDER_RETENTION_DAYS * DAY_MS);
}

/** The time from which Firestore may delete the record of an action. */
export function operatorActionExpiresAt(at: Date): Date {
  return new Date(at.getTime() + OPERATOR_ACTION_RETENTION_DAYS * DAY_MS);
}
