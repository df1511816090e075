import type { Firestore } from '@google-cloud/firestore';
import type { TaskTransaction } from '@waybill/task-runtime';
import type { Order } from './order.ts';
import { orderConverter, orderReference } from './order-converter.ts';
import { enqueueTasksOf } from './order-tasks.ts';

/** An order before and after a change. The two are the same object if nothing was to be changed. */
export interface OrderChange {
  readonly before: Order;
  readonly after: Order;
}

/**
 * Changes an order inside a transaction, and enqueues the tasks that the change calls for: whoever confirms an order
 * also has the customer, the warehouse and the books told, and whoever cancels it, or finds that something has
 * succeeded for it after that, also has that undone.
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
  const before = orderConverter.fromFirestore(await transaction.get(reference));
  if (before === undefined) return undefined;
  const after = change(before, transaction.now());
  if (after === before) return { before, after };
  transaction.set(reference, orderConverter.toFirestore(after));
  enqueueTasksOf({ before, after }, transaction);
  return { before, after };
}

/** Whether it was this change that confirmed the order. */
export function isConfirmedBy({ before, after }: OrderChange): boolean {
  return after.status === 'confirmed' && before.status !== 'confirmed';
}
