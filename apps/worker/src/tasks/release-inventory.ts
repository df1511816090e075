import type { Firestore } from '@google-cloud/firestore';
import {
  changeOrder,
  putBackStock,
  recordRelease,
  type StockQueue,
  type StockTraffic,
} from '@waybill/orders';
import { releaseInventory } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler, type TaskTransaction } from '@waybill/task-runtime';
import { checkIsCancelled } from '../orders/order-errors.ts';
import { readOrder } from '../orders/read-order.ts';

/** Puts the pieces of a cancelled order back into stock, in the same commit that records it with the order. */
export function createReleaseInventory(dependencies: {
  firestore: Firestore;
  stockQueue: StockQueue;
}): TaskHandler {
  const { firestore, stockQueue } = dependencies;
  return defineHandler(releaseInventory, {
    async handle({ orderId }, context) {
      const release = async (transaction: TaskTransaction, traffic: StockTraffic): Promise<void> => {
        const order = checkIsCancelled(await readOrder(firestore, orderId, transaction));
        if (order.inventory.state !== 'reserved') return;

        await changeOrder(transaction, firestore, orderId, (current, now) =>
          recordRelease(current, { releasedAt: now }),
        );
        const { items } = order;
        await putBackStock(transaction, { firestore, items, traffic });
      };
      // Its items never change.
      const { items } = await readOrder(firestore, orderId);
      await stockQueue.run({ items, direction: 'put-back' }, (traffic) =>
        context.finish((transaction) => release(transaction, traffic)),
      );
    },
  });
}
