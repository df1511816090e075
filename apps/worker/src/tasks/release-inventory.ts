import type { Firestore } from '@google-cloud/firestore';
import {
  changeOrder,
  productConverter,
  productReference,
  recordRelease,
  returnToStock,
} from '@waybill/orders';
import { releaseInventory } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';
import { checkIsCancelled } from '../orders/order-errors.ts';
import { readOrder } from '../orders/read-order.ts';

/** Puts the pieces of a cancelled order back into stock, in the same commit that records it with the order. */
export function createReleaseInventory(dependencies: { firestore: Firestore }): TaskHandler {
  const { firestore } = dependencies;
  return defineHandler(releaseInventory, {
    async handle({ orderId }, context) {
      await context.finish(async (transaction) => {
        const order = checkIsCancelled(await readOrder(firestore, orderId, transaction));
        if (order.inventory.state !== 'reserved') return;

        const productIds = [...new Set(order.items.map(({ productId }) => productId))];
        const snapshots = await transaction.getAll(
          ...productIds.map((productId) => productReference(firestore, productId)),
        );
        const products = snapshots.flatMap((product) => productConverter.fromFirestore(product) ?? []);
        for (const { productId, stock } of returnToStock(products, order.items)) {
          transaction.update(productReference(firestore, productId), { stock });
        }
        await changeOrder(transaction, firestore, orderId, (current, now) =>
          recordRelease(current, { releasedAt: now }),
        );
      });
    },
  });
}
