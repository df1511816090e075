import type { Firestore } from '@google-cloud/firestore';
import { changeOrder, recordRefund } from '@waybill/orders';
import { refundPayment } from '@waybill/task-contracts';
import { defineHandler, type TaskContext, type TaskHandler } from '@waybill/task-runtime';
import { checkIsCancelled, orderNotFound } from '../orders/order-errors.ts';
import { readOrder } from '../orders/read-order.ts';
import { chargePeriodOf } from '../payments/charge-period.ts';
import type { PaymentProvider, Refund } from '../payments/payment-provider.ts';

/**
 * Gives back what was charged for a cancelled order and records it with the order. Where nobody knows whether it was
 * charged, the provider is asked: no money of a cancelled order is kept.
 */
export function createRefundPayment(dependencies: {
  firestore: Firestore;
  payments: PaymentProvider;
}): TaskHandler {
  const { firestore, payments } = dependencies;

  async function refund(
    charge: { orderId: string; chargeId: string; step: string },
    context: TaskContext,
  ): Promise<Refund> {
    const { orderId, chargeId, step } = charge;
    return context.step(step, (key, signal) => payments.refund({ key, chargeId, orderId }, signal), {
      lookup: (key, signal) => payments.findRefund({ key, chargeId }, signal),
      remembersForSeconds: payments.remembersForSeconds,
    });
  }

  return defineHandler(refundPayment, {
    async handle({ orderId, chargeId }, context) {
      const order = checkIsCancelled(await readOrder(firestore, orderId));
      const chargeIds =
        chargeId === undefined
          ? await context.step('find-charges', async (_key, signal) =>
              (await payments.chargesOf(orderId, chargePeriodOf(order), signal)).map(
                (charge) => charge.chargeId,
              ),
            )
          : [chargeId];
      const refunds: { chargeId: string; refundId: string }[] = [];
      for (const [index, id] of chargeIds.entries()) {
        const step = index === 0 ? 'refund' : `refund-${index + 1}`;
        refunds.push({ chargeId: id, ...(await refund({ orderId, chargeId: id, step }, context)) });
      }
      const [first] = refunds;
      if (first === undefined) {
        context.logger.info('nothing was charged, nothing to refund', { orderId });
        return;
      }
      await context.finish(async (transaction) => {
        const change = await changeOrder(transaction, firestore, orderId, (order, now) =>
          recordRefund(order, { ...first, refundedAt: now }),
        );
        if (change === undefined) throw orderNotFound(orderId);
      });
      context.logger.info('payment refunded', { event: 'order.refunded', orderId, refunds: refunds.length });
    },
  });
}
