import assert from 'node:assert/strict';
import { Firestore } from '@google-cloud/firestore';
import { type FirestoreEmulator, startFirestoreEmulator } from '@waybill/firestore-emulator';
import { orderConverter, orderReference } from '../src/order/order-converter.ts';
import { recordCharge } from '../src/order/order-transitions.ts';
import { placeOrder } from '../src/order/place-order.ts';
import { productCollection, productConverter, productReference } from '../src/product/product-converter.ts';
import { SAMPLE_PRODUCTS } from '../src/product/sample-products.ts';
import { seedProducts } from '../src/product/seed-products.ts';

describe('documents in Firestore', () => {
  let emulator: FirestoreEmulator;
  let firestore: Firestore;
  beforeEach(async () => {
    emulator = await startFirestoreEmulator({ port: 0 });
    firestore = new Firestore({ projectId: 'demo', host: `127.0.0.1:${emulator.port}`, ssl: false });
  });
  afterEach(async () => {
    await firestore.terminate();
    await emulator.close();
  });

  describe('seedProducts()', () => {
    it('creates the sample products', async () => {
      const created = await seedProducts(firestore);
      assert.deepEqual(
        created,
        SAMPLE_PRODUCTS.map(({ productId }) => productId),
      );
      const { docs } = await productCollection(firestore).get();
      const found = new Map(docs.map((snapshot) => [snapshot.id, productConverter.fromFirestore(snapshot)]));
      assert.deepEqual([...found.keys()].sort(), [...created].sort());
      for (const product of SAMPLE_PRODUCTS) assert.deepEqual(found.get(product.productId), product);
    });

    it('leaves what is there as it is, and creates only the rest', async () => {
      const [first, second] = SAMPLE_PRODUCTS;
      assert.ok(first && second);
      await seedProducts(firestore, [first]);
      await productReference(firestore, first.productId).update({ stock: 7 });
      assert.deepEqual(await seedProducts(firestore, [first, second]), [second.productId]);
      const snapshot = await productReference(firestore, first.productId).get();
      assert.equal(productConverter.fromFirestore(snapshot)?.stock, 7);
    });

    it('fails where Firestore refuses', async () => {
      const unnamed = { productId: '__reserved__', name: 'x', price: 1, currency: 'EUR', stock: 1 };
      await assert.rejects(seedProducts(firestore, [unnamed]));
    });
  });

  it('give an order back as it was written', async () => {
    const placed = placeOrder({
      orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d',
      email: 'ada@example.com',
      lines: SAMPLE_PRODUCTS.slice(0, 2).map((product) => ({ product, quantity: 3 })),
      paymentMethod: 'pm_card_visa',
      now: new Date('2026-03-01T10:00:00.123Z'),
      processAt: new Date('2026-03-02T10:00:00Z'),
    });
    const order = recordCharge(placed, { chargeId: 'pi_1', chargedAt: new Date('2026-03-02T10:00:01Z') });
    const reference = orderReference(firestore, order.orderId);
    assert.equal(orderConverter.fromFirestore(await reference.get()), undefined);
    await reference.create(orderConverter.toFirestore(order));
    assert.deepEqual(orderConverter.fromFirestore(await reference.get()), order);
  });

  it('are refused by name where they are something else', async () => {
    const reference = orderReference(firestore, 'a5'.repeat(16));
    await reference.create({ status: 'processing' });
    await assert.rejects(async () => orderConverter.fromFirestore(await reference.get()), {
      message: `orders/${'a5'.repeat(16)} is not an order: orderId, items or status is missing or wrong`,
    });
    const product = productReference(firestore, 'cup');
    await product.create({ name: 'Cup', price: '1', currency: 'EUR', stock: 1 });
    await assert.rejects(
      async () => productConverter.fromFirestore(await product.get()),
      /products\/cup is not a product/,
    );
  });
});
