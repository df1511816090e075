import type { Firestore } from '@google-cloud/firestore';
import { chargePayment, reserveInventory } from '@waybill/task-contracts';
import type { Compensate } from '@waybill/task-runtime/operator';
import { changeOrder } from './change-order.ts';
import { orderIdOfSubject } from './order-id.ts';
import { recordPaymentFailure, recordReservationFailure } from './order-transitions.ts';

/** The charge or the reservation was given up because a person cancelled its task. */
const CODE = 'TASK_CANCELLED';

/**
 * What an operator's cancelling of a task means to its order. An order without its charge or its reservation can never
 * be confirmed: it is cancelled with it, and what was done for it is undone. Any other task is simply not done.
 */
export function compensateCancelledTask(firestore: Firestore): Compensate {
  return async ({ record: { contract, subject } }, transaction) => {
    const orderId = orderIdOfSubject(subject);
    if (orderId === undefined) return;
    const record =
      contract === chargePayment.name
        ? recordPaymentFailure
        : contract === reserveInventory.name
          ? recordReservationFailure
          : undefined;
    if (record === undefined) return;
    await changeOrder(transaction, firestore, orderId, (order, failedAt) =>
      record(order, { code: CODE, failedAt }),
    );
  };
}
