import { FieldValue } from '@google-cloud/firestore';
import type { TaskRuntime } from '@waybill/task-runtime';
import type { Actor, TaskOperator } from '@waybill/task-runtime/operator';
import { receiptReference } from '../receipt/receipt-converter.ts';
import { idempotencyKeyCollection } from './idempotency-key-collection.ts';
import type { Order } from './order.ts';
import { orderConverter, orderReference } from './order-converter.ts';
import { orderSubject } from './order-id.ts';

/** An order can't be erased while something is still to be done for it. A retry helps once that is over. */
export class OrderUnderWayError extends Error {
  override readonly name = 'OrderUnderWayError';
  readonly code = 'ORDER_UNDER_WAY';

  constructor(orderId: string, what: string) {
    super(`Order ${orderId} can't be erased yet: ${what}. Wait until that is over, or cancel it; then erase`);
  }
}

/** Whether what was personal has been taken out of an order. */
export function isErased({ email }: Order): boolean {
  return email === '';
}

/**
 * Takes what is personal out of an order and all its tasks, adopted ones too: e-mail address and payment method, receipt, the record of its
 * Idempotency-Key, and of each task payload, results and history. That it existed, its amounts and its states stay. To
 * erase it again changes nothing but the tasks' audit, and finishes what was begun. Needs the index
 * (orderId, expireAt) of the keys.
 * @returns whether there was anything to erase: the order, or a task of it
 * @throws {OrderUnderWayError} if it is neither confirmed nor cancelled, or a task of it is pending or running; nothing
 *   is erased then
 */
export async function eraseOrder(
  parts: { runtime: TaskRuntime; operator: TaskOperator },
  orderId: string,
  actor: Actor,
): Promise<boolean> {
  const { runtime, operator } = parts;
  const { firestore } = runtime;
  const subject = orderSubject(orderId);
  for (const { contract, state } of await operator.tasksToErase(subject)) {
    if (state === 'pending' || state === 'running')
      throw new OrderUnderWayError(orderId, `its task ${contract} is ${state}`);
  }
  // Before the tasks: no change of the order can bring forth a task with the address any more.
  const found = await runtime.client.transaction(async (transaction) => {
    const reference = orderReference(firestore, orderId);
    const order = orderConverter.fromFirestore(await transaction.get(reference));
    const keys = await transaction.query(
      idempotencyKeyCollection(firestore).where('orderId', '==', orderId).orderBy('expireAt'),
    );
    if (order === undefined) return false;
    if (order.status !== 'confirmed' && order.status !== 'cancelled')
      throw new OrderUnderWayError(orderId, `it is ${order.status}`);
    transaction.update(reference, {
      email: '',
      paymentMethod: '',
      ...(order.clientKey !== undefined && { clientKey: FieldValue.delete() }),
    });
    transaction.delete(receiptReference(firestore, orderId));
    for (const { ref } of keys.docs) transaction.delete(ref);
    return true;
  });
  return (await operator.erase(subject, actor)) > 0 || found;
}
