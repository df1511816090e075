import type { TaskContract } from '@waybill/contract-kit';
import {
  chargePayment,
  generateReceipt,
  notifyWarehouse,
  refundPayment,
  releaseInventory,
  reserveInventory,
  sendCancellationEmail,
  sendConfirmationEmail,
  sendFollowupEmail,
} from '@waybill/task-contracts';
import type { TaskTransaction } from '@waybill/task-runtime';
import { isErased } from './erase-order.ts';
import type { Order } from './order.ts';
import { orderSubject } from './order-id.ts';

/** Contracts whose tasks a cancelled order does not need. The others undo what it has. */
const CANCELLED_WITH_ORDER: readonly TaskContract[] = [
  chargePayment,
  reserveInventory,
  sendConfirmationEmail,
  notifyWarehouse,
  generateReceipt,
  sendFollowupEmail,
];

/** Whether tasks of a contract are cancelled with their order. */
export function isCancelledWithOrder(contractName: string): boolean {
  return CANCELLED_WITH_ORDER.some(({ name }) => name === contractName);
}

/**
 * How long after a charge was given up its provider is asked what came of it: a request that nobody waits for any
 * more may still be under way.
 */
const LATE_CHARGE_SECONDS = 60;

/**
 * Enqueues what a change of an order calls for. Charge, reservation and cancellation come in any order, and each may
 * be the last: what is due is told by the order before and after alone. Each task has its key, so that the same is
 * never enqueued twice.
 */
export function enqueueTasksOf(
  { before, after }: { before: Order; after: Order },
  transaction: Pick<TaskTransaction, 'enqueue'>,
): void {
  const { orderId, email } = after;
  const subject = orderSubject(orderId);
  const once = { subject, dedupeKey: orderId };
  const becomes = (holds: (order: Order) => boolean): boolean => holds(after) && !holds(before);

  if (becomes(({ status }) => status === 'confirmed')) {
    transaction.enqueue(sendConfirmationEmail, { orderId, email }, once);
    transaction.enqueue(notifyWarehouse, { orderId }, once);
    transaction.enqueue(generateReceipt, { orderId }, once);
  }
  // Nobody can write to the customer of an erased order.
  if (becomes(isCancelled) && !isErased(after)) {
    transaction.enqueue(sendCancellationEmail, { orderId, email }, once);
  }
  if (becomes((order) => isCancelled(order) && order.inventory.state === 'reserved')) {
    transaction.enqueue(releaseInventory, { orderId }, once);
  }
  const { payment } = after;
  if (payment.state === 'charged' && becomes((order) => isCancelled(order) && isCharged(order))) {
    enqueueRefund(after, payment.chargeId, transaction);
  }
  if (becomes(mayBeChargedUnseen)) {
    transaction.enqueue(
      refundPayment,
      { orderId },
      { subject, dedupeKey: `${orderId}/unseen`, delaySeconds: LATE_CHARGE_SECONDS },
    );
  }
}

/** Enqueues that a charge of an order is given back, once. */
export function enqueueRefund(
  { orderId }: Order,
  chargeId: string,
  transaction: Pick<TaskTransaction, 'enqueue'>,
): void {
  const once = { subject: orderSubject(orderId), dedupeKey: `${orderId}/${chargeId}` };
  transaction.enqueue(refundPayment, { orderId, chargeId }, once);
}

function isCancelled({ status }: Order): boolean {
  return status === 'cancelled';
}

function isCharged({ payment }: Order): boolean {
  return payment.state === 'charged';
}

/** Of a declined payment nothing can come any more. Of any other that was given up nobody knows, whatever gave it up. */
function mayBeChargedUnseen(order: Order): boolean {
  return isCancelled(order) && order.payment.state === 'failed' && order.payment.code !== 'PAYMENT_DECLINED';
}
