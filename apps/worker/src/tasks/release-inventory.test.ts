import assert from 'node:assert/strict';
import { cancelOrder, productReference } from '@waybill/orders';
import { releaseInventory, reserveInventory } from '@waybill/task-contracts';
import {
  payloadsOf,
  RETRY_SECONDS,
  startWorkerTestBed,
  type WorkerTestBed,
} from '../../test/worker-test-bed.ts';

describe('release-inventory', () => {
  let bed: WorkerTestBed;
  beforeEach(async () => {
    bed = await startWorkerTestBed();
  });
  afterEach(() => bed.close());

  /** An order whose pieces are reserved and that was cancelled, of which nobody has told the tasks. */
  async function reservedAndCancelled(): Promise<string> {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 2 });
    await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
    await bed.whenIdle();
    const reserved = await bed.order(order.orderId);
    await bed.setOrder(cancelOrder(reserved, { reason: 'customer', cancelledAt: new Date() }));
    assert.equal(await bed.stock('stoneware-cup'), 398);
    return order.orderId;
  }

  it('puts the pieces back and records it with the order', async () => {
    const orderId = await reservedAndCancelled();
    const taskId = await bed.enqueue(releaseInventory, { orderId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(await bed.stock('stoneware-cup'), 400);
    assert.equal((await bed.order(orderId)).inventory.state, 'released');
  });

  it('puts them back once however often it is delivered, and whichever task does it', async () => {
    const orderId = await reservedAndCancelled();
    const taskId = await bed.enqueue(releaseInventory, { orderId });
    await Promise.all(Array.from({ length: 20 }, () => bed.deliver(taskId, { orderId })));
    await bed.whenIdle();
    assert.equal(await bed.deliver(taskId, { orderId }), 200);
    await bed.enqueue(releaseInventory, { orderId });
    await bed.whenIdle();
    assert.equal(await bed.stock('stoneware-cup'), 400);
  });

  it('changes nothing of the product but its stock, and leaves out what is not sold any more', async () => {
    const orderId = await reservedAndCancelled();
    await productReference(bed.firestore, 'stoneware-cup').update({ price: 1700 });
    await bed.enqueue(releaseInventory, { orderId });
    await bed.whenIdle();
    const product = (await productReference(bed.firestore, 'stoneware-cup').get()).data();
    assert.deepEqual([product?.['price'], product?.['stock']], [1700, 400]);

    const second = await reservedAndCancelled();
    await productReference(bed.firestore, 'stoneware-cup').delete();
    const taskId = await bed.enqueue(releaseInventory, { orderId: second });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
  });

  it('does nothing for an order that has nothing reserved', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup' });
    await bed.setOrder(cancelOrder(order, { reason: 'customer', cancelledAt: new Date() }));
    const taskId = await bed.enqueue(releaseInventory, { orderId: order.orderId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(await bed.stock('stoneware-cup'), 400);
  });

  it('is tried again after a failure', async () => {
    const orderId = await reservedAndCancelled();
    await productReference(bed.firestore, 'stoneware-cup').update({ stock: 'many' });
    const taskId = await bed.enqueue(releaseInventory, { orderId });
    await bed.whenIdle();
    for (let attempt = 0; attempt < 10; attempt += 1) await bed.advance(RETRY_SECONDS);
    assert.equal((await bed.task(taskId)).state, 'pending');
    await productReference(bed.firestore, 'stoneware-cup').update({ stock: 398 });
    await bed.advance(RETRY_SECONDS);
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(await bed.stock('stoneware-cup'), 400);
  });

  it('is dead, and releases nothing, for an order that is not cancelled', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 2 });
    await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
    const taskId = await bed.enqueue(releaseInventory, { orderId: order.orderId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).error?.code, 'ORDER_NOT_CANCELLED');
    assert.equal(await bed.stock('stoneware-cup'), 398);
  });
});
