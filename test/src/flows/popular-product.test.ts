import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { createFirestoreClient, type LocalStack } from '@waybill/local-stack';
import { productConverter, productReference } from '@waybill/orders';
import { EVENT_TIMEOUT_MS, newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { QueueControl } from '../support/queue-control.ts';
import { firestoreFaults } from '../support/rerun-mode.ts';
import { Shop, whenIdle } from '../support/shop.ts';

// Each reservation takes two seconds longer where transactions run twice. The stock is divided all the same.
const [PIECES, BUYERS] = firestoreFaults === undefined ? [100, 200] : [70, 100];
const product = {
  productId: 'last-batch',
  name: 'Last batch, 250 g',
  price: 1200,
  currency: 'EUR',
  stock: PIECES,
};
describe(`${BUYERS} buyers of a product with ${PIECES} pieces, at once`, function () {
  this.timeout(180_000);
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;
  let queues: QueueControl;
  let firestore: Firestore;

  before(async () => {
    dataDir = newDataDir();
    const queuesFile = join(import.meta.dirname, '../support/crowded-queues.yaml');
    stack = await startFlowStack(dataDir, { queuesFile });
    shop = new Shop(stack);
    queues = new QueueControl(stack);
    firestore = createFirestoreClient(stack.ports.firestore);
    await productReference(firestore, product.productId).create(productConverter.toFirestore(product));
  });

  after(async () => {
    await firestore.terminate();
    await queues.close();
    await stack.close();
    removeDataDir(dataDir);
  });

  /** Places an order, and comes back with the same key where the shop is too busy. @returns its id */
  async function buy(email: string): Promise<string> {
    const items = [{ productId: product.productId, quantity: 1 }];
    for (;;) {
      const { status, headers, text } = await shop.post({ email, items }, { 'idempotency-key': email });
      if (status !== 503) {
        assert.equal(status, 202, text);
        return (JSON.parse(text) as { orderId: string }).orderId;
      }
      await delay(Number(headers['retry-after']) * 1_000);
    }
  }

  it(`are all taken; exactly ${PIECES} orders are confirmed, and the others get their money back`, async () => {
    // Their mails and receipts are not what this is about.
    await queues.pause('emails');
    await queues.pause('bulk-processing');
    const orderIds = await Promise.all(
      Array.from({ length: BUYERS }, (_, index) => buy(`buyer-${index}@example.com`)),
    );
    assert.equal(new Set(orderIds).size, BUYERS);
    for (const orderId of orderIds) {
      await stack.waitForEvent(
        ({ event, fields }) =>
          (event === 'task.succeeded' || event === 'task.dead') &&
          fields['task'] === 'reserve-inventory' &&
          fields['subject'] === `orders/${orderId}`,
        EVENT_TIMEOUT_MS,
      );
    }
    await whenIdle(stack);
    // A charge that was given up because its order was cancelled first is looked for a minute later.
    await stack.advance(60_000);
    await whenIdle(stack);

    const orders = await Promise.all(orderIds.map((orderId) => shop.show(orderId)));
    const ends = Object.groupBy(orders, ({ status, cancellation }) => cancellation?.reason ?? status);
    assert.deepEqual(
      Object.entries(ends)
        .map(([end, all]) => [end, all?.length])
        .toSorted(),
      [
        ['confirmed', PIECES],
        ['out-of-stock', BUYERS - PIECES],
      ],
    );
    assert.equal(await shop.stock(product.productId), 0);
    // No index counts orders by this state.
    const { docs } = await firestore.collection('orders').select('inventory.state').get();
    assert.equal(docs.filter((order) => order.get('inventory.state') === 'reserved').length, PIECES);

    const confirmed = new Set(
      orders.filter(({ status }) => status === 'confirmed').map(({ orderId }) => orderId),
    );
    const paid = (await stack.charges()).filter((charge) => charge.paid);
    const refunds = await stack.refunds();
    const kept = paid.length - refunds.length;
    assert.equal(kept, PIECES);
    assert.ok(refunds.every(({ metadata }) => !confirmed.has(metadata?.['order_id'] ?? '')));
    assert.equal((await stack.shipments()).length, PIECES);
  });
});
