import type { Firestore } from '@google-cloud/firestore';
import {
  changeOrder,
  isConfirmedBy,
  type OrderChange,
  productConverter,
  productReference,
  recordReservation,
  recordReservationFailure,
  takeFromStock,
} from '@waybill/orders';
import { reserveInventory } from '@waybill/task-contracts';
import { defineHandler, PermanentError, type TaskHandler } from '@waybill/task-runtime';
import { orderIdOfDead } from '../orders/order-errors.ts';
import { readOrder } from '../orders/read-order.ts';

/**
 * Takes the ordered pieces out of stock, all or none, in the same commit that records it with the order, which that may
 * confirm. A task that is given up, also for want of stock, cancels the order.
 */
export function createReserveInventory(dependencies: { firestore: Firestore }): TaskHandler {
  const { firestore } = dependencies;
  return defineHandler(reserveInventory, {
    async handle({ orderId, items }, context) {
      let change: OrderChange | undefined;
      await context.finish(async (transaction) => {
        const order = await readOrder(firestore, orderId, transaction);
        if (order.status === 'cancelled' || order.inventory.state === 'reserved') return;

        const productIds = [...new Set(items.map(({ productId }) => productId))];
        const snapshots = await transaction.getAll(
          ...productIds.map((productId) => productReference(firestore, productId)),
        );
        const { taken, shortages } = takeFromStock(
          snapshots.flatMap((snapshot) => productConverter.fromFirestore(snapshot) ?? []),
          items,
        );
        if (taken === undefined) {
          const missing = shortages.map(
            ({ productId, wanted, available }) => `${wanted} of "${productId}" (there are ${available})`,
          );
          throw new PermanentError('OUT_OF_STOCK', `There are not enough in stock: ${missing.join(', ')}`);
        }
        for (const { productId, stock } of taken) {
          transaction.update(productReference(firestore, productId), { stock });
        }
        change = await changeOrder(transaction, firestore, orderId, (current, now) =>
          recordReservation(current, { reservedAt: now }),
        );
      });
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
