import { type Order, orderIdOfSubject } from '@waybill/orders';
import { type DeadTask, PermanentError } from '@waybill/task-runtime';

/** The order that a dead task was about, as far as that can be told: its payload may be what killed it. */
export function orderIdOfDead(dead: DeadTask<{ orderId: string }>): string | undefined {
  return dead.payload?.orderId ?? orderIdOfSubject(dead.subject);
}

/** A task names an order that isn't there; no retry will find it. */
export function orderNotFound(orderId: string): PermanentError {
  return new PermanentError('ORDER_NOT_FOUND', `There is no order ${orderId}`);
}

/**
 * What a task undoes must not be wanted any more.
 * @throws {PermanentError} ORDER_NOT_CANCELLED: somebody enqueued the task by mistake
 */
export function checkIsCancelled(order: Order): Order {
  if (order.status === 'cancelled') return order;
  throw new PermanentError(
    'ORDER_NOT_CANCELLED',
    `Order ${order.orderId} is ${order.status}: only what a cancelled one has is undone. Cancel it first`,
  );
}
