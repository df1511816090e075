import assert from 'node:assert/strict';
import type { TaskContract } from '@waybill/contract-kit';
import { compensateCancelledTask, type Order, orderSubject } from '@waybill/orders';
import { chargePayment, generateReceipt, reserveInventory } from '@waybill/task-contracts';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { payloadsOf, startWorkerTestBed, type WorkerTestBed } from './worker-test-bed.ts';

describe('a task that an operator cancels', () => {
  const actor = { by: 'ops@example.com', why: 'a test' };
  let bed: WorkerTestBed;
  let operator: TaskOperator;
  beforeEach(async () => {
    bed = await startWorkerTestBed();
    operator = new TaskOperator(bed.runtime, { onCancelled: compensateCancelledTask(bed.firestore) });
  });
  afterEach(() => bed.close());

  async function enqueueForLater<P>(
    order: Order,
    contract: TaskContract<P>,
    payload: NoInfer<P>,
  ): Promise<string> {
    const options = { subject: orderSubject(order.orderId), delaySeconds: 3_600 };
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(contract, payload, options),
    );
    return taskId;
  }

  it('cancels its order where it was the charge, and gives back what an attempt has charged unseen', async () => {
    const order = await bed.createOrder({ paymentMethod: 'pm_sandbox_timeoutAfterCharge' });
    await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
    await bed.whenIdle();
    // Charged, and the answer never came: the task waits for its next attempt.
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'pending');
    await operator.cancel(taskId, actor);
    await bed.whenIdle();
    const cancelled = await bed.order(order.orderId);
    assert.equal(cancelled.status, 'cancelled');
    assert.equal(cancelled.cancellation?.reason, 'payment-failed');
    assert.equal(cancelled.inventory.state, 'released');
    await bed.advance(60);
    assert.equal((await bed.order(order.orderId)).payment.state, 'refunded');
    assert.equal((await bed.task(taskId)).state, 'cancelled');
    assert.deepEqual(
      bed.payments.refunds().map(({ amount }) => amount),
      [order.amount],
    );
    const contracts = (await bed.tasksOf(order.orderId)).map(({ contract }) => contract).sort();
    assert.deepEqual(contracts, [
      'charge-payment',
      'refund-payment',
      'release-inventory',
      'reserve-inventory',
      'send-cancellation-email',
    ]);
  });

  it('cancels its order where it was the reservation, and gives back the charge', async () => {
    const order = await bed.createOrder();
    await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    const taskId = await enqueueForLater(order, reserveInventory, payloadsOf(order).reservation);
    await operator.cancel(taskId, actor);
    await bed.whenIdle();
    const cancelled = await bed.order(order.orderId);
    assert.equal(cancelled.cancellation?.reason, 'reservation-failed');
    assert.equal(cancelled.payment.state, 'refunded');
  });

  it('leaves its order alone where it was neither', async () => {
    const order = await bed.createOrder();
    const taskId = await enqueueForLater(order, generateReceipt, { orderId: order.orderId });
    await operator.cancel(taskId, actor);
    assert.deepEqual(await bed.order(order.orderId), order);
  });
});
