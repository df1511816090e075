import assert from 'node:assert/strict';
import { cancelOrder, type Order, recordCharge, recordReservation } from '@waybill/orders';
import { notifyWarehouse } from '@waybill/task-contracts';
import type { TaskContext } from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { RETRY_SECONDS, startWorkerTestBed, type WorkerTestBed } from '../../test/worker-test-bed.ts';
import { createNotifyWarehouse } from './notify-warehouse.ts';

describe('notify-warehouse', () => {
  let bed: WorkerTestBed;
  beforeEach(async () => {
    bed = await startWorkerTestBed();
  });
  afterEach(() => bed.close());

  async function confirmedOrder(): Promise<Order> {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 2 });
    const charged = recordCharge(order, { chargeId: 'pi_1', chargedAt: new Date() });
    const confirmed = recordReservation(charged, { reservedAt: new Date() });
    await bed.setOrder(confirmed);
    return confirmed;
  }

  it('tells the warehouse what to send, and records it with the order', async () => {
    const { orderId } = await confirmedOrder();
    const taskId = await bed.enqueue(notifyWarehouse, { orderId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.deepEqual(
      bed.warehouse.shipments().map(({ receivedAt, ...shipment }) => shipment),
      [
        {
          orderId,
          items: [{ productId: 'stoneware-cup', name: 'Stoneware cup', quantity: 2 }],
          timesTold: 1,
        },
      ],
    );
    assert.equal((await bed.order(orderId)).warehouse?.state, 'told');
  });

  it('has the order sent once however often it is delivered, and whichever task tells it', async () => {
    const { orderId } = await confirmedOrder();
    const taskId = await bed.enqueue(notifyWarehouse, { orderId });
    await Promise.all(Array.from({ length: 10 }, () => bed.deliver(taskId, { orderId })));
    await bed.whenIdle();
    assert.equal(bed.warehouse.shipments()[0]?.timesTold, 1);
    await bed.enqueue(notifyWarehouse, { orderId });
    await bed.whenIdle();
    assert.equal(bed.warehouse.shipments().length, 1);
  });

  for (const status of [500, 503, 429, 408]) {
    it(`is tried again after ${status}, and the order can't be cancelled meanwhile`, async () => {
      bed.warehouse.refuseWith(status);
      const { orderId } = await confirmedOrder();
      const taskId = await bed.enqueue(notifyWarehouse, { orderId });
      await bed.whenIdle();
      const waiting = await bed.task(taskId);
      assert.deepEqual([waiting.state, waiting.error?.code], ['pending', 'WAREHOUSE_UNAVAILABLE']);
      assert.equal((await bed.order(orderId)).warehouse?.state, 'telling');
      bed.warehouse.refuseWith(undefined);
      await bed.advance(RETRY_SECONDS);
      assert.equal((await bed.task(taskId)).state, 'succeeded');
      assert.equal(bed.warehouse.shipments().length, 1);
    });
  }

  it('is dead at once where the warehouse refuses; the order stays confirmed, for a person to see to', async () => {
    bed.warehouse.refuseWith(422);
    const { orderId } = await confirmedOrder();
    const taskId = await bed.enqueue(notifyWarehouse, { orderId });
    await bed.whenIdle();
    const { state, attempts, error } = await bed.task(taskId);
    assert.deepEqual(
      [state, attempts, error],
      ['dead', 1, { code: 'WAREHOUSE_REFUSED', message: 'The warehouse refuses the order: it answered 422' }],
    );
    const refused = await bed.order(orderId);
    assert.deepEqual([refused.status, refused.warehouse?.state], ['confirmed', 'refused']);

    bed.warehouse.refuseWith(undefined);
    await new TaskOperator(bed.runtime).replay(taskId, {
      by: 'ops@example.com',
      why: 'address was corrected',
    });
    await bed.whenIdle();
    assert.equal((await bed.order(orderId)).warehouse?.state, 'told');
    assert.equal(bed.warehouse.shipments().length, 1);
  });

  it('tells nothing of an order that is cancelled', async () => {
    const order = await confirmedOrder();
    await bed.setOrder(cancelOrder(order, { reason: 'customer', cancelledAt: new Date() }));
    const taskId = await bed.enqueue(notifyWarehouse, { orderId: order.orderId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.deepEqual(bed.warehouse.shipments(), []);
    assert.equal((await bed.order(order.orderId)).warehouse, undefined);
  });

  it('does not announce an order, which the warehouse has refused, for an attempt that lost its task', async () => {
    const order = await confirmedOrder();
    await bed.setOrder({ ...order, warehouse: { state: 'refused', refusedAt: new Date() } });
    const { handle } = createNotifyWarehouse({
      firestore: bed.firestore,
      warehouse: { tell: () => Promise.reject(new Error('it must not be told')) },
    });
    const lost = new Error('the task is no longer this attempt’s');
    const context = { signal: AbortSignal.abort(lost) } as unknown as TaskContext;
    await assert.rejects(handle({ orderId: order.orderId }, context), lost);
    assert.equal((await bed.order(order.orderId)).warehouse?.state, 'refused');
  });

  it('is dead for an order that is not there', async () => {
    const taskId = await bed.enqueue(notifyWarehouse, { orderId: 'e'.repeat(32) });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).error?.code, 'ORDER_NOT_FOUND');
  });
});
