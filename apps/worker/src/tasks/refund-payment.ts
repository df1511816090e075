import type { Firestore } from '@google-cloud/firestore';
import { changeOrder, isExtraCharge, type Order, recordRefund } from '@waybill/orders';
import { refundPayment } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';
import { checkIsCancelled, orderNotFound } from '../orders/order-errors.ts';
import { readOrder } from '../orders/read-order.ts';
import { chargePeriodOf } from '../payments/charge-period.ts';
import type { PaymentProvider } from '../payments/payment-provider.ts';

/**
 * Gives back what was charged for a cancelled order, or beside the charge of any, and records it with the order. Where
 * nobody knows whether it was charged, the provider is asked: no money of a cancelled order is kept.
 */
export function createRefundPayment(dependencies: {
  firestore: Firestore;
  payments: PaymentProvider;
}): TaskHandler {
  const { firestore, payments } = dependencies;

  return defineHandler(refundPayment, {
    async handle({ orderId, chargeId }, context) {
      const order = checkIsToBeRefunded(await readOrder(firestore, orderId), chargeId);
      const chargeIds =
        chargeId === undefined
          ? await context.step('find-charges', async (_key, signal) =>
              (await payments.chargesOf(orderId, chargePeriodOf(order), signal)).map(
                (charge) => charge.chargeId,
              ),
            )
          : [chargeId];
      const refunds = await context.step.each(
        'refunds',
        chargeIds,
        (id) => id,
        {
          // Older workers made a step of each, numbered from the second on.
          aliases: (_id, index) => [index === 0 ? 'refund' : `refund-${index + 1}`],
          lookup: (id, key, signal) => payments.findRefund({ key, chargeId: id }, signal),
          remembersForSeconds: payments.remembersForSeconds,
        },
        (id, key, signal) => payments.refund({ key, chargeId: id, orderId }, signal),
      );
      const given = refunds.map(({ refundId }, index) => ({ refundId, chargeId: chargeIds[index] ?? '' }));
      const [first] = given;
      if (first === undefined) {
        context.logger.info('nothing was charged, nothing to refund', { orderId });
        return;
      }
      await context.finish(async (transaction) => {
        const change = await changeOrder(transaction, firestore, orderId, (current, now) => {
          const own = given.find((refund) => !isExtraCharge(current, refund.chargeId)) ?? first;
          return recordRefund(current, { ...own, refundedAt: now });
        });
        if (change === undefined) throw orderNotFound(orderId);
      });
      context.logger.info('payment refunded', { event: 'order.refunded', orderId, refunds: given.length });
    },
  });
}

/** @throws {PermanentError} ORDER_NOT_CANCELLED if the charge is the one by which an order that goes on was paid */
function checkIsToBeRefunded(order: Order, chargeId: string | undefined): Order {
  const isExtra = chargeId !== undefined && isExtraCharge(order, chargeId);
  return isExtra ? order : checkIsCancelled(order);
}
