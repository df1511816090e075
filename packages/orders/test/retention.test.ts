import assert from 'node:assert/strict';
import { Firestore, type Timestamp } from '@google-cloud/firestore';
import { type FirestoreEmulator, startFirestoreEmulator } from '@waybill/firestore-emulator';
import {
  orderConverter,
  orderExpiresAt,
  orderReference,
  placeOrder,
  receiptConverter,
  receiptReference,
  SAMPLE_PRODUCTS,
  setMissingExpiry,
} from '../src/index.ts';

const DAY_MS = 86_400_000;
const orderId = 'a5'.repeat(16);
const at = new Date('2026-03-01T10:00:00Z');
const order = placeOrder({
  orderId,
  email: 'bob@example.com',
  lines: SAMPLE_PRODUCTS.slice(0, 1).map((product) => ({ product, quantity: 1 })),
  paymentMethod: 'pm_card_visa',
  now: at,
});

describe('the periods of orders and receipts', () => {
  let emulator: FirestoreEmulator;
  let firestore: Firestore;
  before(async () => {
    emulator = await startFirestoreEmulator({ port: 0 });
    firestore = new Firestore({ projectId: 'demo', host: `127.0.0.1:${emulator.port}`, ssl: false });
  });
  after(async () => {
    await firestore.terminate();
    await emulator.close();
  });

  const expiryOf = async (path: string): Promise<number | undefined> =>
    ((await firestore.doc(path).get()).get('expireAt') as Timestamp | undefined)?.toMillis();

  it('are 730 days, from the day on which an order was to begin', () => {
    assert.equal(orderExpiresAt({ createdAt: at }).getTime(), at.getTime() + 730 * DAY_MS);
    const processAt = new Date(at.getTime() + 300 * DAY_MS);
    assert.equal(orderExpiresAt({ createdAt: at, processAt }).getTime(), at.getTime() + 1_030 * DAY_MS);
  });

  it('stand in each document, and are no part of what is read', async () => {
    await orderReference(firestore, orderId).set(orderConverter.toFirestore(order));
    assert.equal(await expiryOf(`orders/${orderId}`), at.getTime() + 730 * DAY_MS);
    assert.deepEqual(orderConverter.fromFirestore(await orderReference(firestore, orderId).get()), order);
    const receipt = { pdf: Buffer.from('a'), sha256: '0' };
    await receiptReference(firestore, orderId).set(
      receiptConverter.toFirestore(receipt, orderExpiresAt(order)),
    );
    assert.equal(await expiryOf(`receipts/${orderId}`), at.getTime() + 730 * DAY_MS);
  });

  it('are set for older documents, once, without another change', async () => {
    const { expireAt: _expireAt, ...older } = orderConverter.toFirestore(order);
    const later = { ...older, orderId: 'b6'.repeat(16), processAt: new Date(at.getTime() + DAY_MS) };
    await firestore.doc(`orders/${orderId}`).set(older);
    await firestore.doc(`orders/${later.orderId}`).set(later);
    await firestore.doc(`receipts/${orderId}`).set({ pdf: Buffer.from('a'), sha256: '0' });
    await firestore.doc('operatorActions/one').set({ by: 'ada', at });
    const set = async () => (await setMissingExpiry(firestore)).map((result) => result.set);
    assert.deepEqual(await set(), [2, 1, 1]);
    assert.deepEqual(await set(), [0, 0, 0]);
    assert.equal(await expiryOf(`orders/${orderId}`), at.getTime() + 730 * DAY_MS);
    assert.equal(await expiryOf(`orders/${later.orderId}`), at.getTime() + 731 * DAY_MS);
    assert.ok(((await expiryOf(`receipts/${orderId}`)) ?? 0) > Date.now() + 700 * DAY_MS);
    assert.equal(await expiryOf('operatorActions/one'), at.getTime() + 400 * DAY_MS);
    assert.deepEqual(orderConverter.fromFirestore(await orderReference(firestore, orderId).get()), order);
  });
});
