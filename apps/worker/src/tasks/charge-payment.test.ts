import assert from 'node:assert/strict';
import { cancelOrder, type Order, recordReservation } from '@waybill/orders';
import { chargePayment, reserveInventory } from '@waybill/task-contracts';
import { TaskOperator } from '@waybill/task-runtime/operator';
import {
  payloadsOf,
  RETRY_SECONDS,
  startWorkerTestBed,
  type WorkerTestBed,
} from '../../test/worker-test-bed.ts';

describe('charge-payment', () => {
  let bed: WorkerTestBed;
  before(async () => {
    bed = await startWorkerTestBed();
  });
  after(() => bed.close());

  const paidFor = (orderId: string) =>
    bed.payments.charges().filter(({ metadata, paid }) => paid && metadata['order_id'] === orderId);

  const refundedOf = (orderId: string) =>
    bed.payments
      .refunds()
      .filter(({ metadata }) => metadata?.['order_id'] === orderId)
      .map(({ amount }) => amount);

  it('charges once and records it with the order', async () => {
    const order = await bed.createOrder();
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    const [charge, ...others] = paidFor(order.orderId);
    assert.deepEqual(others, []);
    assert.equal(charge?.amount, 3300);
    assert.equal(charge?.currency, 'eur');
    const { status, payment } = await bed.order(order.orderId);
    assert.equal(status, 'processing');
    assert.equal(payment.state, 'charged');
    assert.ok(payment.state === 'charged' && payment.chargeId === charge?.payment_intent);
  });

  it('confirms an order whose pieces are reserved, and has the customer told', async () => {
    const order = await bed.createOrder();
    await bed.setOrder(recordReservation(order, { reservedAt: new Date() }));
    await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    assert.equal((await bed.order(order.orderId)).status, 'confirmed');
    const contracts = (await bed.tasksOf(order.orderId)).map(({ contract }) => contract).sort();
    assert.deepEqual(contracts, [
      'charge-payment',
      'generate-receipt',
      'notify-warehouse',
      'send-confirmation-email',
      'send-followup-email',
    ]);
  });

  it('charges once however often it is delivered', async () => {
    const order = await bed.createOrder();
    const payload = payloadsOf(order).charge;
    const taskId = await bed.enqueue(chargePayment, payload);
    const statuses = await Promise.all(Array.from({ length: 5 }, () => bed.deliver(taskId, payload)));
    await bed.whenIdle();
    assert.ok(statuses.every((status) => status === 200 || status === 409));
    assert.equal(await bed.deliver(taskId, payload), 200);
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(paidFor(order.orderId).length, 1);
  });

  it('charges an order once, though it is enqueued twice', async () => {
    const order = await bed.createOrder();
    await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    const second = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    assert.equal((await bed.task(second)).state, 'succeeded');
    assert.equal(paidFor(order.orderId).length, 1);
  });

  it('charges once where the answer is lost after the charge', async () => {
    const order = await bed.createOrder({ paymentMethod: 'pm_sandbox_timeoutAfterCharge' });
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    const failed = await bed.task(taskId);
    assert.equal(failed.state, 'pending');
    assert.equal(failed.error?.code, 'PAYMENT_UNAVAILABLE');
    await bed.advance(RETRY_SECONDS);
    const { state, attempts } = await bed.task(taskId);
    assert.equal(state, 'succeeded');
    assert.equal(attempts, 2);
    assert.equal(paidFor(order.orderId).length, 1);
    assert.equal((await bed.order(order.orderId)).payment.state, 'charged');
  });

  it('gets past a server error that the provider keeps with its key', async () => {
    const order = await bed.createOrder({ paymentMethod: 'pm_sandbox_serverErrorOnce' });
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'pending');
    await bed.advance(RETRY_SECONDS);
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(paidFor(order.orderId).length, 1);
  });

  it('ends as declined at once where the payment is declined, and the order is cancelled', async () => {
    const order = await bed.createOrder({ paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds' });
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    const { state, attempts, error, outcome } = await bed.task(taskId);
    assert.deepEqual([state, attempts, error, outcome], ['succeeded', 1, undefined, 'declined']);
    const { status, cancellation, payment } = await bed.order(order.orderId);
    assert.equal(status, 'cancelled');
    assert.equal(cancellation?.reason, 'payment-declined');
    assert.deepEqual(payment, { state: 'failed', code: 'PAYMENT_DECLINED' });
    assert.deepEqual(paidFor(order.orderId), []);
  });

  it('is dead once its attempts are used up, and the order not left in processing', async () => {
    const order = await bed.createOrder({ paymentMethod: 'pm_sandbox_rateLimited' });
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    for (let attempt = 1; attempt <= chargePayment.limits.maxAttempts; attempt += 1) {
      await bed.advance(RETRY_SECONDS);
    }
    const { state, attempts } = await bed.task(taskId);
    assert.equal(state, 'dead');
    assert.equal(attempts, chargePayment.limits.maxAttempts);
    const { status, cancellation } = await bed.order(order.orderId);
    assert.equal(status, 'cancelled');
    assert.equal(cancellation?.reason, 'payment-failed');
  });

  it('charges nothing for an order that is cancelled meanwhile, and has looked for once more', async () => {
    const order = await bed.createOrder();
    await bed.setOrder(cancelOrder(order, { reason: 'out-of-stock', cancelledAt: new Date() }));
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.deepEqual(paidFor(order.orderId), []);
    assert.deepEqual((await bed.order(order.orderId)).payment, { state: 'failed', code: 'ORDER_CANCELLED' });
    const refund = (await bed.tasksOf(order.orderId)).find(({ contract }) => contract === 'refund-payment');
    assert.equal(refund?.state, 'pending');
    await bed.advance(60);
    assert.equal((await bed.task(refund?.taskId ?? '')).state, 'succeeded');
    assert.deepEqual(bed.payments.refunds(), []);
  });

  it('has a charge given back whose answer was lost, and whose order was cancelled before the next attempt', async () => {
    const order = await bed.createOrder({ paymentMethod: 'pm_sandbox_timeoutAfterCharge' });
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    await bed.setOrder(cancelOrder(order, { reason: 'out-of-stock', cancelledAt: new Date() }));
    await bed.advance(RETRY_SECONDS);
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    const { status, payment } = await bed.order(order.orderId);
    assert.equal(status, 'cancelled');
    assert.equal(payment.state, 'refunded');
    assert.deepEqual(refundedOf(order.orderId), [order.amount]);
  });

  it('has a charge given back that nobody knew of when its attempts were used up', async () => {
    const order = await bed.createOrder({ paymentMethod: 'pm_sandbox_timeoutAfterCharge' });
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    assert.equal(paidFor(order.orderId).length, 1);
    // The provider is away for all the other attempts.
    const { port } = bed.payments;
    await bed.payments.close();
    for (let attempt = 2; attempt <= chargePayment.limits.maxAttempts; attempt += 1) {
      await bed.advance(RETRY_SECONDS);
    }
    assert.equal((await bed.task(taskId)).state, 'dead');
    assert.equal((await bed.order(order.orderId)).cancellation?.reason, 'payment-failed');
    await bed.restartPayments(port);
    await bed.advance(60);
    assert.equal((await bed.order(order.orderId)).payment.state, 'refunded');
    assert.deepEqual(refundedOf(order.orderId), [order.amount]);
  });

  it('has the pieces released and the customer told where the payment is declined', async () => {
    const order = await bed.createOrder({
      productId: 'hand-grinder',
      paymentMethod: 'pm_card_chargeDeclined',
    });
    await bed.enqueue(reserveInventory, payloadsOf(order).reservation);
    await bed.whenIdle();
    assert.equal(await bed.stock('hand-grinder'), 118);
    await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    assert.equal(await bed.stock('hand-grinder'), 120);
    const { inventory } = await bed.order(order.orderId);
    assert.equal(inventory.state, 'released');
    const contracts = (await bed.tasksOf(order.orderId)).map(({ contract }) => contract).sort();
    assert.deepEqual(contracts, [
      'charge-payment',
      'release-inventory',
      'reserve-inventory',
      'send-cancellation-email',
    ]);
  });

  it('charges nothing where it is replayed after its order was cancelled', async () => {
    const order = await bed.createOrder({ paymentMethod: 'pm_nobodyKnows' });
    const taskId = await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    const refused = await bed.task(taskId);
    assert.deepEqual([refused.state, refused.error?.code], ['dead', 'PAYMENT_REFUSED']);
    const actor = { by: 'ops@example.com', why: 'the customer has a better card' };
    const payload = { ...payloadsOf(order).charge, paymentMethod: 'pm_card_visa' };
    await new TaskOperator(bed.runtime).replay(taskId, actor, { payload });
    await bed.whenIdle();
    const { state, attempts, error } = await bed.task(taskId);
    assert.deepEqual([state, attempts, error?.code], ['dead', 1, 'ORDER_CANCELLED']);
    assert.deepEqual(paidFor(order.orderId), []);
    assert.deepEqual((await bed.order(order.orderId)).payment, { state: 'failed', code: 'PAYMENT_REFUSED' });
  });

  it('is dead for an amount that is not the order’s', async () => {
    const order = await bed.createOrder();
    const taskId = await bed.enqueue(chargePayment, { ...payloadsOf(order).charge, amount: 1 });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).error?.code, 'ORDER_MISMATCH');
    assert.deepEqual(paidFor(order.orderId), []);
  });

  it('is dead for an order that is not there', async () => {
    const order = await bed.createOrder();
    const orderId = 'f'.repeat(32);
    const taskId = await bed.enqueue(chargePayment, { ...payloadsOf(order).charge, orderId });
    await bed.whenIdle();
    const { state, error } = await bed.task(taskId);
    assert.equal(state, 'dead');
    assert.equal(error?.code, 'ORDER_NOT_FOUND');
  });

  it('charges an order once, though four tasks do it at once', async () => {
    const order = await bed.createOrder();
    const payload = payloadsOf(order).charge;
    const taskIds = await Promise.all([1, 2, 3, 4].map(() => bed.enqueue(chargePayment, payload)));
    await bed.whenIdle();
    for (let attempt = 0; attempt < 3; attempt += 1) await bed.advance(RETRY_SECONDS);
    for (const taskId of taskIds) assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(paidFor(order.orderId).length, 1);
    assert.deepEqual(refundedOf(order.orderId), []);
    assert.equal((await bed.order(order.orderId)).payment.state, 'charged');
  });

  /** A charge of an order under a key that no task of it uses now. */
  const chargeUnderAnotherKey = async (order: Order, key: string): Promise<string> => {
    const { signal } = new AbortController();
    const period = { fromMs: order.createdAt.getTime() };
    const charge = await bed.paymentProvider.charge({ ...payloadsOf(order).charge, key, period }, signal);
    return charge.chargeId;
  };

  it('gives back a charge that an older worker made under its own key, where another task has paid', async () => {
    const order = await bed.createOrder();
    const payload = payloadsOf(order).charge;
    const first = await bed.enqueue(chargePayment, payload, { delaySeconds: 3_600 });
    // The older worker recorded its intent and made the charge. Nobody saw the response.
    const startedAtMs = order.createdAt.getTime();
    await bed.firestore
      .doc(`tasks/${first}`)
      .update({ steps: { charge: { state: 'started', tries: 1, startedAtMs, result: null } } });
    const extra = await chargeUnderAnotherKey(order, `${first}:charge`);
    await bed.enqueue(chargePayment, payload);
    await bed.whenIdle();
    assert.equal(paidFor(order.orderId).length, 2);
    await bed.deliver(first, payload);
    await bed.whenIdle();
    assert.equal((await bed.task(first)).state, 'succeeded');
    const { payment, status } = await bed.order(order.orderId);
    assert.ok(payment.state === 'charged' && payment.chargeId !== extra);
    assert.equal(status, 'processing');
    assert.deepEqual(
      bed.payments
        .refunds()
        .filter(({ payment_intent: id }) => id === extra)
        .map(({ amount }) => amount),
      [order.amount],
    );
    assert.equal(refundedOf(order.orderId).length, 1);
  });

  it('does not charge again what an older worker charged under its own key', async () => {
    const order = await bed.createOrder();
    const payload = payloadsOf(order).charge;
    const taskId = await bed.enqueue(chargePayment, payload, { delaySeconds: 3_600 });
    const startedAtMs = order.createdAt.getTime();
    await bed.firestore
      .doc(`tasks/${taskId}`)
      .update({ steps: { charge: { state: 'started', tries: 1, startedAtMs, result: null } } });
    const chargeId = await chargeUnderAnotherKey(order, `${taskId}:charge`);
    assert.equal(await bed.deliver(taskId, payload), 200);
    const { payment } = await bed.order(order.orderId);
    assert.ok(payment.state === 'charged' && payment.chargeId === chargeId);
    assert.equal(paidFor(order.orderId).length, 1);
  });

  it('finds the charges of an order that a restore has forgotten, keeps one and gives the others back', async () => {
    const order = await bed.createOrder();
    for (const key of ['forgotten-1:charge', 'forgotten-2:charge']) await chargeUnderAnotherKey(order, key);
    await bed.advance(bed.paymentProvider.remembersForSeconds + RETRY_SECONDS);
    await bed.enqueue(chargePayment, payloadsOf(order).charge);
    await bed.whenIdle();
    assert.equal(paidFor(order.orderId).length, 2);
    const { payment } = await bed.order(order.orderId);
    assert.equal(payment.state, 'charged');
    assert.deepEqual(refundedOf(order.orderId), [order.amount]);
    const kept = payment.state === 'charged' ? payment.chargeId : '';
    assert.ok(bed.payments.refunds().every(({ payment_intent: id }) => id !== kept));
  });
});
