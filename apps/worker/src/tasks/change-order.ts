import type { Firestore } from '@google-cloud/firestore';
import {
  documentOfOrder,
  type Order,
  orderIdOfSubject,
  orderOfSnapshot,
  orderReference,
  orderSubject,
} from '@waybill/orders';
import { sendConfirmationEmail } from '@waybill/task-contracts';
import { type DeadTask, PermanentError, type TaskTransaction } from '@waybill/task-runtime';

/** An order before and after a change. The two are the same object if nothing was to be changed. */
export interface OrderChange {
  readonly before: Order;
  readonly after: Order;
}

/**
 * Changes an order inside a transaction. Whoever confirms it by that, also enqueues the mail that says so: the last of
 * charge and reservation, whichever that is.
 * @param change pure; given Firestore's time
 * @returns undefined if there is no such order
 */
export async function changeOrder(
  transaction: TaskTransaction,
  firestore: Firestore,
  orderId: string,
  change: (order: Order, now: Date) => Order,
): Promise<OrderChange | undefined> {
  const reference = orderReference(firestore, orderId);
  const before = orderOfSnapshot(await transaction.get(reference));
  if (before === undefined) return undefined;
  const after = change(before, transaction.now());
  if (after === before) return { before, after };
  transaction.set(reference, documentOfOrder(after));
  if (after.status === 'confirmed' && before.status !== 'confirmed') {
    transaction.enqueue(
      sendConfirmationEmail,
      { orderId, email: after.email },
      { subject: orderSubject(orderId), dedupeKey: orderId },
    );
  }
  return { before, after };
}

/** Whether it was this change that confirmed the order. */
export function isConfirmedBy({ before, after }: OrderChange): boolean {
  return after.status === 'confirmed' && before.status !== 'confirmed';
}

/** The order that a dead task was about, as far as that can be told: its payload may be what killed it. */
export function orderIdOfDead(dead: DeadTask<{ orderId: string }>): string | undefined {
  return dead.payload?.orderId ?? orderIdOfSubject(dead.subject);
}

/** A task names an order that isn't there; no retry will find it. */
export function orderNotFound(orderId: string): PermanentError {
  return new PermanentError('ORDER_NOT_FOUND', `There is no order ${orderId}`);
}
