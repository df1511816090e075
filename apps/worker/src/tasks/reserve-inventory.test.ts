import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import {
  cancelOrder,
  type Order,
  orderConverter,
  orderReference,
  productReference,
  recordCharge,
} from '@waybill/orders';
import { reserveInventory } from '@waybill/task-contracts';
import {
  payloadsOf,
  RETRY_SECONDS,
  startWorkerTestBed,
  type WorkerTestBed,
} from '../../test/worker-test-bed.ts';

describe('reserve-inventory', () => {
  let bed: WorkerTestBed;
  beforeEach(async () => {
    bed = await startWorkerTestBed();
  });
  afterEach(() => bed.close());

  it('takes the pieces out of stock and records it with the order', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 2 });
    const taskId = await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(await bed.stock('stoneware-cup'), 398);
    const { status, inventory } = await bed.order(order.orderId);
    assert.equal(status, 'processing');
    assert.equal(inventory.state, 'reserved');
  });

  it('changes nothing of the product but its stock', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup' });
    await productReference(bed.firestore, 'stoneware-cup').update({ price: 1700, colour: 'blue' });
    await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
    await bed.whenIdle();
    const product = (await productReference(bed.firestore, 'stoneware-cup').get()).data();
    assert.equal(product?.['price'], 1700);
    assert.equal(product?.['colour'], 'blue');
    assert.equal(product?.['stock'], 398);
  });

  it('confirms an order that is paid, and has the customer told', async () => {
    const order = await bed.createOrder();
    await bed.setOrder(recordCharge(order, { chargeId: 'pi_1', chargedAt: new Date() }));
    await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
    await bed.whenIdle();
    assert.equal((await bed.order(order.orderId)).status, 'confirmed');
    assert.equal(bed.mailServer.mails.length, 1);
  });

  /** Cancels an order after the first run of its reservation's transaction, which is aborted, and before the second. */
  async function cancelBetweenRuns(order: Order): Promise<void> {
    const reference = orderReference(bed.firestore, order.orderId);
    // It has read the order first, so that the reservation, which reads and writes it as well, runs again.
    await bed.firestore.runTransaction(async (transaction) => {
      await transaction.get(reference);
      await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
      while (bed.lockWaits() === 0) await setTimeout(2);
      const cancelled = cancelOrder(order, { reason: 'customer', cancelledAt: new Date() });
      transaction.set(reference, orderConverter.toFirestore(cancelled));
    });
    await bed.whenIdle();
  }

  it('tells of no shortage that only an aborted run of its transaction has found', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 3 });
    const product = productReference(bed.firestore, 'stoneware-cup');
    await product.update({ stock: 2 });
    await cancelBetweenRuns(order);
    assert.deepEqual(
      bed.log.filter((line) => line.includes('order.sold-out')),
      [],
    );
  });

  it('tells of no confirmation where the order is cancelled before its transaction runs again', async () => {
    const order = recordCharge(await bed.createOrder(), { chargeId: 'pi_1', chargedAt: new Date() });
    await bed.setOrder(order);
    await cancelBetweenRuns(order);
    assert.equal((await bed.order(order.orderId)).inventory.state, 'pending');
    assert.deepEqual(
      bed.log.filter((line) => line.includes('order.confirmed')),
      [],
    );
  });

  it('takes the pieces once however often it is delivered', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 2 });
    const payload = payloadsOf(order).reservation;
    const taskId = await bed.enqueue(reserveInventory, payload);
    await Promise.all(Array.from({ length: 20 }, () => bed.deliver(taskId, payload)));
    await bed.whenIdle();
    assert.equal(await bed.deliver(taskId, payload), 200);
    assert.equal(await bed.stock('stoneware-cup'), 398);
  });

  it('takes the pieces once though the order is enqueued twice', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 2 });
    const payload = payloadsOf(order).reservation;
    for (let time = 0; time < 2; time += 1) {
      await bed.enqueue(reserveInventory, payload);
      await bed.whenIdle();
    }
    assert.equal(await bed.stock('stoneware-cup'), 398);
  });

  it('sells no more than there are, however many want it at once', async () => {
    const orders = await Promise.all(
      Array.from({ length: 8 }, () => bed.createOrder({ productId: 'lever-machine', quantity: 1 })),
    );
    await Promise.all(orders.map((order) => bed.enqueue(reserveInventory, payloadsOf(order).reservation)));
    await bed.whenIdle();
    const ended = await Promise.all(orders.map(({ orderId }) => bed.order(orderId)));
    assert.equal(ended.filter(({ inventory }) => inventory.state === 'reserved').length, 3);
    assert.equal(ended.filter(({ cancellation }) => cancellation?.reason === 'out-of-stock').length, 5);
    assert.equal(await bed.stock('lever-machine'), 0);
  });

  it('gives 30 pieces to 30 of 60 buyers who come at once, and gives up on none for the crowd', async () => {
    await productReference(bed.firestore, 'lever-machine').update({ stock: 30 });
    const orders = await Promise.all(
      Array.from({ length: 60 }, () => bed.createOrder({ productId: 'lever-machine', quantity: 1 })),
    );
    const taskIds = await Promise.all(
      orders.map((order) => bed.enqueue(reserveInventory, payloadsOf(order).reservation)),
    );
    await bed.whenIdle();
    let tasks = await Promise.all(taskIds.map((taskId) => bed.task(taskId)));
    for (let round = 0; round < 20 && tasks.some(({ state }) => state === 'pending'); round += 1) {
      await bed.advance(RETRY_SECONDS);
      tasks = await Promise.all(taskIds.map((taskId) => bed.task(taskId)));
    }
    assert.deepEqual(
      tasks.filter(({ state }) => state !== 'succeeded'),
      [],
    );
    assert.equal(tasks.filter(({ outcome }) => outcome === 'sold-out').length, 30);
    const ended = await Promise.all(orders.map(({ orderId }) => bed.order(orderId)));
    assert.equal(ended.filter(({ inventory }) => inventory.state === 'reserved').length, 30);
    assert.equal(ended.filter(({ cancellation }) => cancellation?.reason === 'out-of-stock').length, 30);
    assert.equal(await bed.stock('lever-machine'), 0);
  }).timeout(60_000);

  it('ends as sold out for want of stock: nothing is taken, and the order is cancelled', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 2 });
    const taskId = await bed.enqueue(reserveInventory, {
      orderId: order.orderId,
      items: [
        { productId: 'stoneware-cup', quantity: 2 },
        { productId: 'lever-machine', quantity: 4 },
      ],
    });
    await bed.whenIdle();
    const { state, attempts, error, outcome } = await bed.task(taskId);
    assert.deepEqual([state, attempts, error, outcome], ['succeeded', 1, undefined, 'sold-out']);
    const line = bed.log.find((text) => text.includes('order.sold-out'));
    assert.match(line ?? '', /4 of \\"lever-machine\\" \(there are 3\)/);
    assert.equal(await bed.stock('stoneware-cup'), 400);
    const { status, cancellation, inventory } = await bed.order(order.orderId);
    assert.equal(status, 'cancelled');
    assert.equal(cancellation?.reason, 'out-of-stock');
    assert.deepEqual(inventory, { state: 'failed', code: 'OUT_OF_STOCK' });
  });

  it('takes nothing for an order that is cancelled meanwhile', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup' });
    await bed.setOrder(cancelOrder(order, { reason: 'payment-declined', cancelledAt: new Date() }));
    const taskId = await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(await bed.stock('stoneware-cup'), 400);
  });

  it('is tried again after a failure, and cancels the order once its attempts are used up', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup' });
    // A product that can't be read: ours to fix, so it is worth a retry.
    await productReference(bed.firestore, 'stoneware-cup').update({ stock: 'many' });
    const taskId = await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'pending');
    for (let attempt = 1; attempt < reserveInventory.limits.maxAttempts; attempt += 1) {
      await bed.advance(RETRY_SECONDS);
    }
    assert.equal((await bed.task(taskId)).state, 'dead');
    const { status, cancellation } = await bed.order(order.orderId);
    assert.equal(status, 'cancelled');
    assert.equal(cancellation?.reason, 'reservation-failed');
  });
});
