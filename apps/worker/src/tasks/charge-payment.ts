import type { Firestore } from '@google-cloud/firestore';
import { orderOfSnapshot, orderReference, recordCharge, recordPaymentFailure } from '@waybill/orders';
import { chargePayment } from '@waybill/task-contracts';
import { defineHandler, PermanentError, type TaskHandler } from '@waybill/task-runtime';
import type { Charge, PaymentProvider } from '../payments/payment-provider.ts';
import {
  changeOrder,
  isConfirmedBy,
  type OrderChange,
  orderIdOfDead,
  orderNotFound,
} from './change-order.ts';

/**
 * Charges the customer and records it with the order, which that may confirm. A task that is given up cancels the
 * order.
 */
export function createChargePayment(dependencies: {
  firestore: Firestore;
  payments: PaymentProvider;
}): TaskHandler {
  const { firestore, payments } = dependencies;
  return defineHandler(chargePayment, {
    async handle({ orderId, amount, currency, paymentMethod }, context) {
      const charge = await context.step(
        'charge',
        async (key, signal): Promise<Charge | null> => {
          const order = orderOfSnapshot(await orderReference(firestore, orderId).get());
          if (order === undefined) throw orderNotFound(orderId);
          if (order.amount !== amount || order.currency !== currency) {
            throw new PermanentError('ORDER_MISMATCH', 'The amount to be charged is not the order’s');
          }
          if (order.payment.state === 'charged') return { chargeId: order.payment.chargeId };
          // Cancelled meanwhile: no charge, unless an earlier try, whose outcome nobody saw, has made it.
          if (order.status === 'cancelled') return (await payments.find(key, signal)) ?? null;
          return payments.charge({ key, orderId, amount, currency, paymentMethod }, signal);
        },
        {
          lookup: (key, signal) => payments.find(key, signal),
          remembersForSeconds: payments.remembersForSeconds,
        },
      );
      if (charge === null) {
        context.logger.info('order is cancelled, nothing charged', { orderId });
        return;
      }
      let change: OrderChange | undefined;
      await context.finish(async (transaction) => {
        change = await changeOrder(transaction, firestore, orderId, (order, now) =>
          recordCharge(order, { chargeId: charge.chargeId, chargedAt: now }),
        );
        if (change === undefined) throw orderNotFound(orderId);
      });
      if (change !== undefined && isConfirmedBy(change)) {
        context.logger.info('order confirmed', { event: 'order.confirmed', orderId });
      }
    },

    async onDead(dead, transaction) {
      const orderId = orderIdOfDead(dead);
      if (orderId === undefined) return;
      await changeOrder(transaction, firestore, orderId, (order, now) =>
        recordPaymentFailure(order, { code: dead.error.code, failedAt: now }),
      );
    },
  });
}
