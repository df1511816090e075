import type { Firestore } from '@google-cloud/firestore';
import {
  changeOrder,
  type Order,
  orderConverter,
  orderReference,
  recordWarehouseCall,
  recordWarehouseRefusal,
  recordWarehouseTold,
} from '@waybill/orders';
import { notifyWarehouse } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';
import { orderIdOfDead, orderNotFound } from '../orders/order-errors.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

/**
 * Tells the warehouse to send a confirmed order. Before it is told, the order says so: from then on the customer can't
 * cancel it. A warehouse that refuses leaves the order to a person, and to the customer, who can cancel it again.
 */
export function createNotifyWarehouse(dependencies: {
  firestore: Firestore;
  warehouse: Warehouse;
}): TaskHandler {
  const { firestore, warehouse } = dependencies;

  /**
   * Outside of the finish, so that an attempt which lost its task is kept from it by its signal alone: after a refusal it
   * would take the order for one that is being told of, and nobody would tell.
   */
  async function announce(orderId: string, signal: AbortSignal): Promise<Order> {
    const reference = orderReference(firestore, orderId);
    return firestore.runTransaction(async (transaction) => {
      signal.throwIfAborted();
      const snapshot = await transaction.get(reference);
      const order = orderConverter.fromFirestore(snapshot);
      if (order === undefined) throw orderNotFound(orderId);
      const announced = recordWarehouseCall(order, { since: snapshot.readTime.toDate() });
      if (announced !== order) transaction.set(reference, orderConverter.toFirestore(announced));
      return announced;
    });
  }

  return defineHandler(notifyWarehouse, {
    async handle({ orderId }, context) {
      const order = await announce(orderId, context.signal);
      if (order.status !== 'confirmed') {
        context.logger.info('warehouse not told: its order is not confirmed', {
          orderId,
          status: order.status,
        });
        return;
      }
      const items = order.items.map(({ productId, name, quantity }) => ({ productId, name, quantity }));
      // The key is the order's: whichever task tells it again, the warehouse recognises the order.
      await context.step('tell', (_key, signal) => warehouse.tell({ orderId, items }, orderId, signal));
      await context.finish(async (transaction) => {
        const change = await changeOrder(transaction, firestore, orderId, (current, now) =>
          recordWarehouseTold(current, { toldAt: now }),
        );
        if (change === undefined) throw orderNotFound(orderId);
      });
    },

    async onDead(dead, transaction) {
      const orderId = orderIdOfDead(dead);
      // Whatever else it died of, the warehouse may know of the order.
      if (orderId === undefined || dead.error.code !== 'WAREHOUSE_REFUSED') return;
      await changeOrder(transaction, firestore, orderId, (order, now) =>
        recordWarehouseRefusal(order, { refusedAt: now }),
      );
    },
  });
}
