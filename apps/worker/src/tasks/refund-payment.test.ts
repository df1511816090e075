import assert from 'node:assert/strict';
import { cancelOrder, type Order, recordCharge } from '@waybill/orders';
import { refundPayment } from '@waybill/task-contracts';
import {
  payloadsOf,
  RETRY_SECONDS,
  startWorkerTestBed,
  type WorkerTestBed,
} from '../../test/worker-test-bed.ts';

describe('refund-payment', () => {
  let bed: WorkerTestBed;
  before(async () => {
    bed = await startWorkerTestBed();
  });
  after(() => bed.close());

  /** An order that was paid and then cancelled, of which nobody has told the tasks. */
  async function paidAndCancelled(): Promise<{ order: Order; chargeId: string }> {
    const order = await bed.createOrder();
    const { signal } = new AbortController();
    const period = { fromMs: order.createdAt.getTime() };
    const request = { key: `${order.orderId}:charge`, period, ...payloadsOf(order).charge };
    const { chargeId } = await bed.paymentProvider.charge(request, signal);
    const charged = recordCharge(order, { chargeId, chargedAt: new Date() });
    await bed.setOrder(cancelOrder(charged, { reason: 'customer', cancelledAt: new Date() }));
    return { order, chargeId };
  }

  /** A refund that was tried once, while the provider is away; `port` is where it is to come back. */
  async function enqueuedWhileAway() {
    const { order, chargeId } = await paidAndCancelled();
    const { port } = bed.payments;
    await bed.payments.close();
    const taskId = await bed.enqueue(refundPayment, { orderId: order.orderId, chargeId });
    await bed.whenIdle();
    return { order, chargeId, taskId, port };
  }

  const refundsOf = ({ orderId }: Order) =>
    bed.payments.refunds().filter(({ metadata }) => metadata?.['order_id'] === orderId);

  it('gives the charge back and records it with the order', async () => {
    const { order, chargeId } = await paidAndCancelled();
    const taskId = await bed.enqueue(refundPayment, { orderId: order.orderId, chargeId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    const [refund, ...others] = refundsOf(order);
    assert.deepEqual(others, []);
    assert.equal(refund?.amount, order.amount);
    assert.equal(refund?.payment_intent, chargeId);
    const { payment } = await bed.order(order.orderId);
    assert.ok(payment.state === 'refunded' && payment.refundId === refund?.id);
  });

  it('gives it back once however often it is delivered, and whichever task does it', async () => {
    const { order, chargeId } = await paidAndCancelled();
    const payload = { orderId: order.orderId, chargeId };
    const taskId = await bed.enqueue(refundPayment, payload);
    await Promise.all(Array.from({ length: 10 }, () => bed.deliver(taskId, payload)));
    await bed.whenIdle();
    assert.equal(await bed.deliver(taskId, payload), 200);
    const other = await bed.enqueue(refundPayment, payload);
    await bed.whenIdle();
    assert.equal((await bed.task(other)).state, 'succeeded');
    assert.equal(refundsOf(order).length, 1);
  });

  it('finds the charge of an order by itself where it is not told', async () => {
    const { order } = await paidAndCancelled();
    const taskId = await bed.enqueue(refundPayment, { orderId: order.orderId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(refundsOf(order).length, 1);
    assert.equal((await bed.order(order.orderId)).payment.state, 'refunded');
  });

  it('gives nothing back where nothing was charged', async () => {
    const order = await bed.createOrder();
    await bed.setOrder(cancelOrder(order, { reason: 'payment-failed', cancelledAt: new Date() }));
    const taskId = await bed.enqueue(refundPayment, { orderId: order.orderId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.deepEqual(refundsOf(order), []);
    assert.equal((await bed.order(order.orderId)).payment.state, 'pending');
  });

  it('is tried again for as long as the provider is away', async () => {
    const { order, taskId, port } = await enqueuedWhileAway();
    for (let attempt = 0; attempt < 10; attempt += 1) await bed.advance(RETRY_SECONDS);
    const waiting = await bed.task(taskId);
    assert.deepEqual([waiting.state, waiting.error?.code], ['pending', 'PAYMENT_UNAVAILABLE']);
    await bed.restartPayments(port);
    await bed.advance(RETRY_SECONDS);
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(refundsOf(order).length, 1);
  });

  it('gives back what is left also where support gave back a part, and its own key is long forgotten', async () => {
    const { order, chargeId, taskId, port } = await enqueuedWhileAway();
    await bed.restartPayments(port);
    const part = await fetch(`${bed.payments.url}/v1/refunds`, {
      method: 'POST',
      headers: { Authorization: 'Bearer sk_test_support' },
      body: new URLSearchParams({ payment_intent: chargeId, amount: '100' }),
    });
    assert.equal(part.status, 200);
    await bed.advance(bed.paymentProvider.remembersForSeconds + RETRY_SECONDS);
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    const [refund, ...others] = refundsOf(order);
    assert.deepEqual(others, []);
    assert.equal(refund?.amount, order.amount - 100);
    const { payment } = await bed.order(order.orderId);
    assert.ok(payment.state === 'refunded' && payment.refundId === refund.id);
  });

  it('is dead, and gives nothing back, for an order that is not cancelled', async () => {
    const { order, chargeId } = await paidAndCancelled();
    await bed.setOrder(recordCharge(order, { chargeId, chargedAt: new Date() }));
    const taskId = await bed.enqueue(refundPayment, { orderId: order.orderId, chargeId });
    await bed.whenIdle();
    const { state, attempts, error } = await bed.task(taskId);
    assert.deepEqual([state, attempts, error?.code], ['dead', 1, 'ORDER_NOT_CANCELLED']);
    assert.deepEqual(refundsOf(order), []);
  });

  it('is dead for a charge that the provider does not know', async () => {
    const { order } = await paidAndCancelled();
    const taskId = await bed.enqueue(refundPayment, { orderId: order.orderId, chargeId: 'pi_none' });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).error?.code, 'PAYMENT_REFUSED');
    assert.deepEqual(refundsOf(order), []);
  });
});
