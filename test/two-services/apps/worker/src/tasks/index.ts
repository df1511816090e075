import type { Firestore } from '@google-cloud/firestore';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';
import { addTo } from '../../../../books.ts';
import { chargeCredit, closeOrder, returnCredit, takeCredit } from '../../../../contracts.ts';

/** The handlers of this service's contracts. */
export function createTaskHandlers({ firestore }: { readonly firestore: Firestore }): readonly TaskHandler[] {
  return [
    defineHandler(takeCredit, {
      handle: (payload, context) =>
        context.finish(async (transaction) => {
          await addTo(firestore, transaction, 'account', -payload.amount);
          transaction.enqueue(chargeCredit, payload, { subject: context.subject });
        }),
    }),
    defineHandler(closeOrder, {
      handle: ({ amount }, context) =>
        context.finish((transaction) => addTo(firestore, transaction, 'sold', amount)),
    }),
    defineHandler(returnCredit, {
      handle: ({ amount }, context) =>
        context.finish((transaction) => addTo(firestore, transaction, 'account', amount)),
    }),
  ];
}
