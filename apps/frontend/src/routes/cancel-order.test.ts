import assert from 'node:assert/strict';
import {
  type Order,
  orderConverter,
  orderReference,
  receiptConverter,
  receiptReference,
  recordCharge,
  recordReservation,
  recordWarehouseCall,
  recordWarehouseRefusal,
} from '@waybill/orders';
import { type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';

const request = { email: 'ada@example.com', items: [{ productId: 'espresso-beans', quantity: 2 }] };

describe('POST /api/orders/{orderId}/cancel', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  const place = async (more: object = {}): Promise<string> =>
    (await bed.post('/api/orders', { ...request, ...more })).body.orderId;
  const cancel = (orderId: string) => bed.post(bed.links.ofOrder(orderId).cancel, {});
  const tasksOf = async (orderId: string): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await bed.get(`/api/orders/${orderId}`)).body.tasks.map((task: { task: string; state: string }) => [
        task.task,
        task.state,
      ]),
    );
  async function change(orderId: string, how: (order: Order) => Order): Promise<void> {
    const reference = orderReference(bed.firestore, orderId);
    const order = orderConverter.fromFirestore(await reference.get());
    assert.ok(order);
    await reference.set(orderConverter.toFirestore(how(order)));
  }
  const paidAndReserved = (order: Order): Order =>
    recordReservation(recordCharge(order, { chargeId: 'pi_1', chargedAt: bed.now() }), {
      reservedAt: bed.now(),
    });

  it('cancels the order, what is still to be done for it, and tells the customer', async () => {
    const orderId = await place();
    const { status, headers, body } = await cancel(orderId);
    assert.equal(status, 202);
    assert.equal(headers.get('Location'), `/api/orders/${orderId}`);
    assert.deepEqual(body, { orderId, status: 'cancelled', links: bed.links.ofOrder(orderId) });
    const shown = (await bed.get(bed.links.ofOrder(orderId).details)).body;
    assert.equal(shown.status, 'cancelled');
    assert.equal(shown.cancellation.reason, 'customer');
    assert.deepEqual(await tasksOf(orderId), {
      'charge-payment': 'cancelled',
      'reserve-inventory': 'cancelled',
      'send-cancellation-email': 'pending',
    });
  });

  it('cancels an order of which nothing has begun, however far ahead it is', async () => {
    const processAt = new Date(bed.now().getTime() + 40 * 86_400_000).toISOString();
    const orderId = await place({ processAt });
    assert.equal((await cancel(orderId)).body.status, 'cancelled');
    assert.equal((await tasksOf(orderId))['charge-payment'], 'cancelled');
  });

  it('has given back what the order has', async () => {
    const orderId = await place();
    await change(orderId, paidAndReserved);
    assert.equal((await cancel(orderId)).status, 202);
    const tasks = await tasksOf(orderId);
    assert.equal(tasks['refund-payment'], 'pending');
    assert.equal(tasks['release-inventory'], 'pending');
  });

  it('leaves a charge alone that was begun: it may have been made', async () => {
    const orderId = await place();
    const { docs } = await bed.firestore
      .collection('tasks')
      .where('subject', '==', `orders/${orderId}`)
      .orderBy('createdAt')
      .get();
    const charge = docs.find((snapshot) => snapshot.get('contract') === 'charge-payment');
    await charge?.ref.update({ attempts: 1, firstAttemptAt: bed.now() });
    await cancel(orderId);
    assert.equal((await tasksOf(orderId))['charge-payment'], 'pending');
  });

  it('changes nothing when it is asked again', async () => {
    const orderId = await place();
    await cancel(orderId);
    const first = (await bed.get(`/api/orders/${orderId}`)).body;
    assert.equal((await cancel(orderId)).status, 202);
    assert.deepEqual((await bed.get(`/api/orders/${orderId}`)).body, first);
  });

  it('is too late once the warehouse may know of it, and not too late once that has refused', async () => {
    const orderId = await place();
    await change(orderId, (order) => recordWarehouseCall(paidAndReserved(order), { since: bed.now() }));
    const { status, body } = await cancel(orderId);
    assert.deepEqual([status, body.code], [409, 'TOO_LATE_TO_CANCEL']);
    assert.equal((await bed.get(`/api/orders/${orderId}`)).body.status, 'confirmed');
    await change(orderId, (order) => recordWarehouseRefusal(order, { refusedAt: bed.now() }));
    assert.equal((await cancel(orderId)).status, 202);
  });

  it('answers 404 where there is no order', async () => {
    for (const orderId of ['f'.repeat(32), 'nonsense']) {
      assert.equal((await cancel(orderId)).body.code, 'ORDER_NOT_FOUND');
    }
  });
});

describe('GET /api/orders/{orderId}/receipt.pdf', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  it('gives the receipt that is kept', async () => {
    const orderId = 'a'.repeat(32);
    const pdf = Buffer.from('%PDF-1.3 test');
    await receiptReference(bed.firestore, orderId).set(
      receiptConverter.toFirestore({ pdf, sha256: '12ab' }, new Date(bed.now().getTime() + 3_600_000)),
    );
    const { status, headers, body } = await bed.get(bed.links.receipt(orderId));
    assert.equal(status, 200);
    assert.equal(headers.get('ETag'), '"12ab"');
    assert.equal(headers.get('Content-Disposition'), 'inline; filename="receipt-aaaaaaaa.pdf"');
    assert.deepEqual(body, pdf);
  });

  it('answers 404 where there is none', async () => {
    const { status, body } = await bed.get(bed.links.receipt('f'.repeat(32)));
    assert.deepEqual([status, body.code], [404, 'RECEIPT_NOT_FOUND']);
    assert.equal((await bed.get(bed.links.receipt('nonsense'))).body.code, 'ORDER_NOT_FOUND');
  });
});

describe('cancelling and receipts while Firestore is away', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed({ away: 'firestore' });
  });
  after(() => bed.close());

  it('answer 503 in time', async () => {
    const orderId = 'a'.repeat(32);
    for (const { status, body } of [
      await bed.post(bed.links.ofOrder(orderId).cancel, {}),
      await bed.get(bed.links.receipt(orderId)),
    ]) {
      assert.deepEqual([status, body.code], [503, 'STORE_UNAVAILABLE']);
    }
  });
});
