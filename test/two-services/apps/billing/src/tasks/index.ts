import { defineHandler, type TaskHandler } from '@waybill/task-runtime';
import { createStripePayments, type StripePaymentsOptions } from '@waybill/worker';
import { chargeCredit, closeOrder, returnCredit } from '../../../../contracts.ts';

/** The handlers of this service's contracts. */
export function createTaskHandlers(provider: StripePaymentsOptions): readonly TaskHandler[] {
  const payments = createStripePayments(provider);
  // Nothing is older than the campaign.
  const period = { fromMs: Date.now() - 3_600_000 };
  return [
    defineHandler(chargeCredit, {
      async handle(payload, context) {
        const { orderId, amount, paymentMethod } = payload;
        await context.step(
          'charge',
          (key, signal) =>
            payments.charge({ key, orderId, amount, currency: 'EUR', paymentMethod, period }, signal),
          {
            lookup: (key, signal) => payments.find(key, period, signal),
            remembersForSeconds: payments.remembersForSeconds,
          },
        );
        await context.finish(async (transaction) => {
          transaction.enqueue(closeOrder, payload, { subject: context.subject });
        });
      },
      async onDead({ payload, subject }, transaction) {
        if (payload !== undefined) transaction.enqueue(returnCredit, payload, { subject });
      },
    }),
  ];
}
