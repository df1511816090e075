import type { Firestore } from '@google-cloud/firestore';
import {
  changeOrder,
  isConfirmedBy,
  type OrderChange,
  recordReservation,
  recordReservationFailure,
  type StockQueue,
  type StockTraffic,
  withdrawStock,
} from '@waybill/orders';
import { reserveInventory } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler, type TaskTransaction } from '@waybill/task-runtime';
import { orderIdOfDead } from '../orders/order-errors.ts';
import { readOrder } from '../orders/read-order.ts';

/**
 * Takes the ordered pieces out of stock, all or none, in the same commit that records it with the order, which that may
 * confirm. A sold-out product cancels the order, as a task does that is given up.
 */
export function createReserveInventory(dependencies: {
  firestore: Firestore;
  stockQueue: StockQueue;
}): TaskHandler {
  const { firestore, stockQueue } = dependencies;
  return defineHandler(reserveInventory, {
    async handle({ orderId, items }, context) {
      let change: OrderChange | undefined;
      let missing = '';
      const reserve = async (
        transaction: TaskTransaction,
        traffic: StockTraffic,
      ): Promise<{ outcome: 'sold-out' | undefined }> => {
        // Firestore may run this again, and it may end sooner then: the finding of an aborted run does not count.
        change = undefined;
        missing = '';
        const order = await readOrder(firestore, orderId, transaction);
        if (order.status === 'cancelled' || order.inventory.state === 'reserved')
          return { outcome: undefined };

        const shortages = await withdrawStock(transaction, { firestore, items, traffic });
        const isShort = shortages.length > 0;
        missing = shortages
          .map(({ productId, wanted, available }) => `${wanted} of "${productId}" (there are ${available})`)
          .join(', ');
        change = await changeOrder(transaction, firestore, orderId, (current, now) =>
          isShort
            ? recordReservationFailure(current, { code: 'OUT_OF_STOCK', failedAt: now })
            : recordReservation(current, { reservedAt: now }),
        );
        return { outcome: isShort ? 'sold-out' : undefined };
      };
      await stockQueue.run({ items, direction: 'take' }, (traffic) =>
        context.finish((transaction) => reserve(transaction, traffic)),
      );
      if (missing !== '')
        context.logger.info('sold out, order cancelled', { event: 'order.sold-out', orderId, missing });
      if (change !== undefined && isConfirmedBy(change)) {
        context.logger.info('order confirmed', { event: 'order.confirmed', orderId });
      }
    },

    async onDead(dead, transaction) {
      const orderId = orderIdOfDead(dead);
      if (orderId === undefined) return;
      await changeOrder(transaction, firestore, orderId, (order, now) =>
        recordReservationFailure(order, { code: dead.error.code, failedAt: now }),
      );
    },
  });
}
