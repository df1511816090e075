import assert from 'node:assert/strict';
import { generateReceipt, sendConfirmationEmail } from '@waybill/task-contracts';
import { defineHandler } from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { startTaskTestBed, type TaskTestBed } from '@waybill/task-testing';
import {
  cancelOrder,
  changeOrder,
  eraseOrder,
  idempotencyKeyCollection,
  type Order,
  OrderUnderWayError,
  orderConverter,
  orderReference,
  orderSubject,
  placeOrder,
  receiptConverter,
  receiptReference,
  recordCharge,
  recordReservation,
  SAMPLE_PRODUCTS,
} from '../src/index.ts';

const orderId = 'a5'.repeat(16);
const actor = { by: 'ada', why: 'the customer asked' };
const at = new Date('2026-03-01T10:00:00Z');
const placed = placeOrder({
  orderId,
  email: 'bob@example.com',
  lines: SAMPLE_PRODUCTS.slice(0, 1).map((product) => ({ product, quantity: 1 })),
  paymentMethod: 'pm_card_visa',
  now: at,
});
const confirmed = recordReservation(recordCharge(placed, { chargeId: 'pi_1', chargedAt: at }), {
  reservedAt: at,
});

describe('eraseOrder()', function () {
  this.timeout(30_000);
  let bed: TaskTestBed;
  let parts: Parameters<typeof eraseOrder>[0];
  let taskId: string;

  beforeEach(async () => {
    bed = await startTaskTestBed({
      handlers: [generateReceipt, sendConfirmationEmail].map((contract) =>
        defineHandler<unknown, string>(contract, { handle: async () => {} }),
      ),
    });
    const { firestore, runtime } = bed;
    parts = { runtime, operator: new TaskOperator(runtime) };
    taskId = await enqueue();
    await bed.whenIdle();
    await Promise.all([
      orderReference(firestore, orderId).create(orderConverter.toFirestore(confirmed)),
      receiptReference(firestore, orderId).create(
        receiptConverter.toFirestore({ pdf: Buffer.from('Bob'), sha256: '0' }, at),
      ),
      idempotencyKeyCollection(firestore).doc('mine').create({ orderId, expireAt: at }),
      idempotencyKeyCollection(firestore)
        .doc('other')
        .create({ orderId: 'b6'.repeat(16), expireAt: new Date(bed.clock.nowMs() + 86_400_000) }),
    ]);
  });
  afterEach(() => bed.close());

  const enqueue = (delaySeconds = 0): Promise<string> =>
    bed.client.transaction(
      async (transaction) =>
        transaction.enqueue(
          sendConfirmationEmail,
          { orderId, email: 'bob@example.com' },
          { subject: orderSubject(orderId), delaySeconds },
        ).taskId,
    );
  const order = async (): Promise<Order | undefined> =>
    orderConverter.fromFirestore(await orderReference(bed.firestore, orderId).get());
  const everything = async (): Promise<string> => {
    const collections = await bed.firestore.listCollections();
    const all = await Promise.all(collections.map((collection) => collection.get()));
    return JSON.stringify(all.flatMap(({ docs }) => docs.map((snapshot) => [snapshot.id, snapshot.data()])));
  };

  it('takes what is personal out of all there is, and keeps that it was', async () => {
    assert.equal(await eraseOrder(parts, orderId, actor), true);
    assert.doesNotMatch(await everything(), /bob@|pm_card_visa|"mine"|receipts/);
    assert.equal((await receiptReference(bed.firestore, orderId).get()).exists, false);
    assert.equal((await idempotencyKeyCollection(bed.firestore).doc('other').get()).exists, true);
    assert.deepEqual(await order(), { ...confirmed, email: '', paymentMethod: '' });
    assert.equal((await bed.record(taskId)).state, 'succeeded');
    assert.equal((await bed.record(taskId)).payload, 'null');
    assert.equal(await eraseOrder(parts, orderId, actor), true, 'and again');
    assert.deepEqual(await order(), { ...confirmed, email: '', paymentMethod: '' });
  });

  it('reaches adopted tasks that name the order in their payload alone', async () => {
    const queue = sendConfirmationEmail.queue;
    const template = (await bed.firestore.doc(`tasks/${taskId}`).get()).data() ?? {};
    const payload = JSON.stringify({ email: 'bob@example.com', orderId });
    const adopted = {
      [`${queue}.from-python`]: { subject: '', payload },
      [`${queue}.unknown`]: { subject: `tasks/${queue}.unknown`, contract: 'send-greeting', payload },
      // The queue was divided once, and is not any more.
      [`${queue}-7.from-python`]: { subject: '', payload },
      [`${queue}.broken`]: { subject: '', payload: `{"email":"bob@example.com","orderId":"${orderId}` },
    };
    const other = {
      subject: '',
      payload: JSON.stringify({ email: 'eve@example.com', orderId: 'b6'.repeat(16) }),
    };
    for (const [id, changes] of Object.entries({ ...adopted, [`${queue}.other`]: other })) {
      await bed.firestore.doc(`tasks/${id}`).set({ ...template, ...changes });
    }
    assert.equal(await eraseOrder(parts, orderId, actor), true);
    assert.doesNotMatch(await everything(), /bob@/);
    assert.match(await everything(), /eve@/);
  });

  it('looks at all tasks before it changes the order, not at the first hundred', async () => {
    const template = (await bed.firestore.doc(`tasks/${taskId}`).get()).data() ?? {};
    const batch = bed.firestore.batch();
    for (let index = 0; index < 120; index += 1) {
      const id = index.toString(16).padStart(32, 'c');
      const createdAt = new Date(at.getTime() + 86_400_000 * 365 + index);
      batch.set(bed.firestore.doc(`tasks/${id}`), {
        ...template,
        createdAt,
        ...(index === 119 && { state: 'running' }),
      });
    }
    await batch.commit();
    const before = await everything();
    await assert.rejects(eraseOrder(parts, orderId, actor), { code: 'ORDER_UNDER_WAY' });
    assert.equal(await everything(), before);
  });

  it('leaves all as it is while a task is still to be done', async () => {
    await enqueue(3_600);
    const before = await everything();
    await assert.rejects(eraseOrder(parts, orderId, actor), {
      name: OrderUnderWayError.name,
      message: /its task send-confirmation-email is pending. Wait until that is over, or cancel it/,
    });
    assert.equal(await everything(), before);
  });

  for (const status of ['scheduled', 'processing'] as const) {
    it(`leaves all as it is while the order is ${status}`, async () => {
      await orderReference(bed.firestore, orderId).update({ status });
      const before = await everything();
      await assert.rejects(eraseOrder(parts, orderId, actor), { message: new RegExp(`it is ${status}`) });
      assert.equal(await everything(), before);
    });
  }

  it('erases tasks whose order is gone, and tells where there is nothing', async () => {
    await orderReference(bed.firestore, orderId).delete();
    assert.equal(await eraseOrder(parts, orderId, actor), true);
    assert.equal((await bed.record(taskId)).payload, 'null');
    assert.equal(await eraseOrder(parts, 'c7'.repeat(16), actor), false);
  });

  it('leaves an order that can still be cancelled, without a mail to nobody', async () => {
    await eraseOrder(parts, orderId, actor);
    const { client, firestore } = bed;
    await client.transaction((transaction) =>
      changeOrder(transaction, firestore, orderId, (found, cancelledAt) =>
        cancelOrder(found, { reason: 'customer', cancelledAt }),
      ),
    );
    assert.equal((await order())?.status, 'cancelled');
    const { docs } = await firestore.collection('tasks').get();
    assert.deepEqual(docs.map((task) => task.get('contract')).sort(), [
      'refund-payment',
      'release-inventory',
      'send-confirmation-email',
    ]);
  });
});
