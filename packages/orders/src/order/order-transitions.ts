import type { CancellationReason, Order } from './order.ts';

// Charge and reservation run side by side, so each of these must be right whatever the other has done meanwhile. All of
// them are pure, and give back the very same object where nothing changes: a task that is done again changes nothing.

/** The customer has been charged. Confirms the order if its pieces are reserved too; a cancelled one stays cancelled. */
export function recordCharge(order: Order, charge: { chargeId: string; chargedAt: Date }): Order {
  if (order.payment.state === 'charged' || order.payment.state === 'refunded') return order;
  return settled({ ...order, payment: { state: 'charged', ...charge } });
}

/** The pieces have been taken out of stock. Confirms the order if it is paid too; a cancelled one stays cancelled. */
export function recordReservation(order: Order, reservation: { reservedAt: Date }): Order {
  if (order.inventory.state === 'reserved' || order.inventory.state === 'released') return order;
  return settled({ ...order, inventory: { state: 'reserved', ...reservation } });
}

/**
 * The charge was given up for good: the order is cancelled.
 * @param failure its code: `PAYMENT_DECLINED` is told to the customer as such
 */
export function recordPaymentFailure(order: Order, failure: { code: string; failedAt: Date }): Order {
  if (order.payment.state !== 'pending') return order;
  const reason = failure.code === 'PAYMENT_DECLINED' ? 'payment-declined' : 'payment-failed';
  return cancelOrder(
    { ...order, payment: { state: 'failed', code: failure.code } },
    { reason, cancelledAt: failure.failedAt },
  );
}

/**
 * The reservation was given up for good: the order is cancelled.
 * @param failure its code: `OUT_OF_STOCK` is told to the customer as such
 */
export function recordReservationFailure(order: Order, failure: { code: string; failedAt: Date }): Order {
  if (order.inventory.state !== 'pending') return order;
  const reason = failure.code === 'OUT_OF_STOCK' ? 'out-of-stock' : 'reservation-failed';
  return cancelOrder(
    { ...order, inventory: { state: 'failed', code: failure.code } },
    { reason, cancelledAt: failure.failedAt },
  );
}

/** What was charged for a cancelled order has been given back. A charge beside the order's own changes nothing. */
export function recordRefund(
  order: Order,
  refund: { chargeId: string; refundId: string; refundedAt: Date },
): Order {
  const { payment } = order;
  if (payment.state === 'refunded' || isExtraCharge(order, refund.chargeId)) return order;
  return { ...order, payment: { state: 'refunded', ...refund } };
}

/** Whether a charge is one beside that by which an order was paid: whatever becomes of the order, it is given back. */
export function isExtraCharge({ payment }: Order, chargeId: string): boolean {
  return (payment.state === 'charged' || payment.state === 'refunded') && payment.chargeId !== chargeId;
}

/** The pieces of a cancelled order are back in stock. */
export function recordRelease(order: Order, release: { releasedAt: Date }): Order {
  if (order.inventory.state !== 'reserved') return order;
  return { ...order, inventory: { state: 'released', ...release } };
}

/** The warehouse is about to be told of a confirmed order, which the customer can't cancel from now on. */
export function recordWarehouseCall(order: Order, call: { since: Date }): Order {
  if (order.status !== 'confirmed') return order;
  if (order.warehouse?.state === 'telling' || order.warehouse?.state === 'told') return order;
  return { ...order, warehouse: { state: 'telling', ...call } };
}

/** The warehouse has taken the order. */
export function recordWarehouseTold(order: Order, telling: { toldAt: Date }): Order {
  return order.warehouse?.state === 'told' ? order : { ...order, warehouse: { state: 'told', ...telling } };
}

/** The warehouse does not take the order: a person has to see to it, and the customer can cancel it again. */
export function recordWarehouseRefusal(order: Order, refusal: { refusedAt: Date }): Order {
  if (order.warehouse?.state !== 'telling') return order;
  return { ...order, warehouse: { state: 'refused', ...refusal } };
}

/** Whether the customer can no longer cancel: the warehouse knows of the order, or may know. */
export function isTooLateToCancel({ warehouse }: Order): boolean {
  return warehouse?.state === 'telling' || warehouse?.state === 'told';
}

/** Cancels an order. The first reason stays. */
export function cancelOrder(
  order: Order,
  cancellation: { reason: CancellationReason; cancelledAt: Date },
): Order {
  return order.status === 'cancelled' ? order : { ...order, status: 'cancelled', cancellation };
}

function settled(order: Order): Order {
  if (order.status === 'cancelled') return order;
  const isDone = order.payment.state === 'charged' && order.inventory.state === 'reserved';
  return { ...order, status: isDone ? 'confirmed' : 'processing' };
}
