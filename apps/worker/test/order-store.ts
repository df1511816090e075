import { randomBytes } from 'node:crypto';
import type { Firestore } from '@google-cloud/firestore';
import {
  newOrderId,
  type Order,
  orderConverter,
  orderReference,
  placeOrder,
  productConverter,
  productReference,
  readProducts,
} from '@waybill/orders';

/** Reads and writes orders and stock in Firestore. */
export interface OrderStore {
  /** Creates an order as the front service does, but without tasks. */
  createOrder(options?: {
    productId?: string;
    quantity?: number;
    paymentMethod?: string;
    email?: string;
    clientKey?: string;
  }): Promise<Order>;
  order(orderId: string): Promise<Order>;
  /** Replaces an order's document. */
  setOrder(order: Order): Promise<void>;
  stock(productId: string): Promise<number>;
}

/** Makes a store for the tests of handlers. */
export function createOrderStore(firestore: Firestore, nowMs: () => number): OrderStore {
  return {
    async createOrder({
      productId = 'stoneware-cup',
      quantity = 2,
      paymentMethod = 'pm_card_visa',
      email = 'ada@example.com',
      clientKey,
    } = {}) {
      const product = productConverter.fromFirestore(await productReference(firestore, productId).get());
      if (product === undefined) throw new Error(`There is no product ${productId}`);
      const order = placeOrder({
        orderId: newOrderId(randomBytes),
        email,
        clientKey,
        lines: [{ product, quantity }],
        paymentMethod,
        now: new Date(nowMs()),
      });
      await orderReference(firestore, order.orderId).create(orderConverter.toFirestore(order));
      return order;
    },
    async order(orderId) {
      const order = orderConverter.fromFirestore(await orderReference(firestore, orderId).get());
      if (order === undefined) throw new Error(`There is no order ${orderId}`);
      return order;
    },
    async setOrder(order) {
      await orderReference(firestore, order.orderId).set(orderConverter.toFirestore(order));
    },
    async stock(productId) {
      const products = await readProducts(firestore);
      return products.find((product) => product.productId === productId)?.stock ?? Number.NaN;
    },
  };
}
