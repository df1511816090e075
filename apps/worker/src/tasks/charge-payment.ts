import type { Firestore } from '@google-cloud/firestore';
import type { PayloadOf } from '@waybill/contract-kit';
import {
  changeOrder,
  isConfirmedBy,
  type OrderChange,
  recordCharge,
  recordPaymentFailure,
} from '@waybill/orders';
import { chargePayment } from '@waybill/task-contracts';
import { defineHandler, PermanentError, type TaskContext, type TaskHandler } from '@waybill/task-runtime';
import { orderIdOfDead, orderNotFound } from '../orders/order-errors.ts';
import { readOrder } from '../orders/read-order.ts';
import { chargePeriodOf } from '../payments/charge-period.ts';
import type { Charge, PaymentProvider } from '../payments/payment-provider.ts';

/** The code of a charge that the customer's bank refused. */
const PAYMENT_DECLINED = 'PAYMENT_DECLINED';

/**
 * Charges the customer and records it with the order, which that may confirm; a charge that comes after the order was
 * cancelled is given back. A declined card cancels the order, as a task does that is given up.
 */
export function createChargePayment(dependencies: {
  firestore: Firestore;
  payments: PaymentProvider;
}): TaskHandler {
  const { firestore, payments } = dependencies;

  async function chargeCard(
    { orderId, amount, currency, paymentMethod }: PayloadOf<typeof chargePayment>,
    context: TaskContext<'declined'>,
  ): Promise<Charge | 'declined' | null> {
    try {
      return await context.step(
        'charge',
        async (key, signal): Promise<Charge | null> => {
          const order = await readOrder(firestore, orderId);
          if (order.amount !== amount || order.currency !== currency) {
            throw new PermanentError('ORDER_MISMATCH', 'The amount to be charged is not the order’s');
          }
          if (order.payment.state === 'charged') return { chargeId: order.payment.chargeId };
          if (order.status === 'cancelled') {
            // No charge, unless an earlier try, whose outcome nobody saw, has made it: then it is to be given back.
            const earlier = await payments.find(key, chargePeriodOf(order), signal);
            if (earlier !== undefined) return earlier;
            if (order.payment.state === 'pending') return null;
            throw new PermanentError(
              'ORDER_CANCELLED',
              `Order ${orderId} is cancelled: it is not charged any more. Discard this task`,
            );
          }
          return payments.charge(
            { key, orderId, amount, currency, paymentMethod, period: chargePeriodOf(order) },
            signal,
          );
        },
        {
          lookup: async (key, signal) =>
            payments.find(key, chargePeriodOf(await readOrder(firestore, orderId)), signal),
          remembersForSeconds: payments.remembersForSeconds,
        },
      );
    } catch (error) {
      // The customer's bank said no: an expected end, not a failure.
      if ((error as { code?: unknown }).code === PAYMENT_DECLINED) return 'declined';
      throw error;
    }
  }

  return defineHandler(chargePayment, {
    async handle(payload, context) {
      const { orderId } = payload;
      const charge = await chargeCard(payload, context);
      if (charge === 'declined') {
        await context.finish(
          async (transaction) => {
            await changeOrder(transaction, firestore, orderId, (order, now) =>
              recordPaymentFailure(order, { code: PAYMENT_DECLINED, failedAt: now }),
            );
          },
          { outcome: 'declined' },
        );
        context.logger.info('payment declined, order cancelled', { event: 'order.declined', orderId });
        return;
      }
      if (charge === null) {
        context.logger.info('order is cancelled, nothing charged', { orderId });
        // An earlier attempt's request may still be under way: the order's next task looks for it once more.
        await context.finish(async (transaction) => {
          await changeOrder(transaction, firestore, orderId, (order, now) =>
            recordPaymentFailure(order, { code: 'ORDER_CANCELLED', failedAt: now }),
          );
        });
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
