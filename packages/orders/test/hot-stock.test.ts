import assert from 'node:assert/strict';
import type { TaskTransaction } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '@waybill/task-testing';
import { productConverter, productReference } from '../src/product/product-converter.ts';
import { readProducts } from '../src/product/read-products.ts';
import type { StockTraffic } from '../src/product/stock-queue.ts';
import { StockQueue } from '../src/product/stock-queue.ts';
import { MIN_DIVIDED_STOCK, MIN_KEPT_DIVIDED, STOCK_SHARDS } from '../src/product/stock-shards.ts';
import type { StockAccess } from '../src/product/stock-source.ts';
import { putBackStock, withdrawStock } from '../src/product/withdraw-stock.ts';

const cup = { productId: 'cup', name: 'Cup', price: 1650, currency: 'EUR' };
const trafficOf = (isCrowded: boolean, shard = 0): StockTraffic => ({
  beginRun() {},
  isCrowded: () => isCrowded,
  shardOf: () => shard,
  noteShards() {},
});

describe('the stock of a hot product', function () {
  this.timeout(30_000);
  let bed: TaskTestBed;
  beforeEach(async () => {
    bed = await startTaskTestBed({ handlers: [] });
  });
  afterEach(() => bed.close());

  const access = (quantity: number, traffic: StockTraffic): StockAccess => ({
    firestore: bed.firestore,
    items: [{ productId: cup.productId, quantity }],
    traffic,
  });
  const withdraw = (quantity: number, { shard = 0, isCrowded = false } = {}) =>
    bed.client.transaction((transaction) =>
      withdrawStock(transaction, access(quantity, trafficOf(isCrowded, shard))),
    );
  const putBack = (quantity: number, { shard = 0, isCrowded = false } = {}) =>
    bed.client.transaction((transaction) =>
      putBackStock(transaction, access(quantity, trafficOf(isCrowded, shard))),
    );
  const reference = () => productReference(bed.firestore, cup.productId);
  const setStock = (stock: number) => reference().set(productConverter.toFirestore({ ...cup, stock }));
  const total = async () => (await readProducts(bed.firestore)).find(() => true)?.stock;
  const shards = async (): Promise<Record<string, number>> => {
    const { docs } = await reference().collection('stock').get();
    return Object.fromEntries(docs.map((shard) => [shard.id, shard.get('pieces') as number]));
  };
  /** The number of shards of each size. */
  const sizes = (pieces: Record<string, number>): Record<string, number> =>
    Object.fromEntries(
      Object.entries(Object.groupBy(Object.values(pieces), (size) => String(size))).map(([size, all]) => [
        size,
        all?.length ?? 0,
      ]),
    );
  const isDivided = async (): Promise<boolean> =>
    (await reference().get()).get('stockShards') === STOCK_SHARDS;

  it('stays in its document while nobody waits for it, and one that has no shards yet is read as it is', async () => {
    await setStock(200);
    assert.deepEqual(await withdraw(3), []);
    assert.deepEqual([await total(), await isDivided(), await shards()], [197, false, {}]);
  });

  it('is divided evenly by the first order of a crowd, and is still the same in all', async () => {
    await setStock(200);
    assert.deepEqual(await withdraw(3, { isCrowded: true }), []);
    assert.equal(await isDivided(), true);
    assert.deepEqual(sizes(await shards()), { 13: 5, 12: 11 });
    assert.equal(await total(), 197);
    assert.equal((await reference().get()).get('stock'), 0);
  });

  it('is not divided where it is small, however many want it', async () => {
    await setStock(MIN_DIVIDED_STOCK);
    await withdraw(1, { isCrowded: true });
    assert.equal(await isDivided(), false);
    await putBack(1, { isCrowded: true });
    assert.equal(await isDivided(), true);
  });

  it('gives an order the pieces of one shard and touches no other document', async () => {
    await setStock(200);
    await withdraw(8, { isCrowded: true });
    const before = (await reference().get()).updateTime;
    await withdraw(4, { shard: 3 });
    await putBack(1, { shard: 5 });
    const { 3: third, 5: fifth, ...others } = await shards();
    assert.deepEqual([third, fifth, sizes(others)], [8, 13, { 12: 14 }]);
    assert.ok(before !== undefined && (await reference().get()).updateTime?.isEqual(before));
    assert.equal(await total(), 189);
  });

  it('looks at the other shards before it refuses, and spreads what is left', async () => {
    await setStock(100);
    await withdraw(20, { isCrowded: true });
    assert.deepEqual(await withdraw(30, { shard: 2 }), [], 'six shards’ worth');
    assert.equal(await total(), 50);
    assert.deepEqual(sizes(await shards()), { 4: 2, 3: 14 });
    const shortage = { productId: 'cup', wanted: 51, available: 50 };
    assert.deepEqual(await withdraw(51), [shortage]);
    assert.equal(await total(), 50);
  });

  it('is gathered once it is small, and sells out to the last piece', async () => {
    await setStock(100);
    await withdraw(20, { isCrowded: true });
    await withdraw(80 - MIN_KEPT_DIVIDED + 1);
    assert.deepEqual([await isDivided(), await shards()], [false, {}]);
    for (let left = MIN_KEPT_DIVIDED - 1; left > 0; left -= 1) {
      assert.equal(await total(), left);
      assert.deepEqual(await withdraw(1, { shard: left % STOCK_SHARDS, isCrowded: true }), []);
    }
    assert.deepEqual(await withdraw(1), [{ productId: 'cup', wanted: 1, available: 0 }]);
    await putBack(1);
    assert.deepEqual(await withdraw(1), []);
    assert.equal(await total(), 0);
  });

  it('counts what an operator adds to the product’s document beside the shards', async () => {
    await setStock(100);
    await withdraw(20, { isCrowded: true });
    await reference().update({ stock: 40 });
    assert.equal(await total(), 120);
    assert.deepEqual(await withdraw(110), []);
    assert.equal(await total(), 10);
  });

  it('is divided where orders of a process wait for it, and where an order lost against another process', async () => {
    await setStock(200);
    const queue = new StockQueue(() => 0);
    const reserve = (): Promise<unknown> =>
      queue.run([{ productId: cup.productId, quantity: 1 }], (traffic) =>
        bed.client.transaction((transaction) => withdrawStock(transaction, access(1, traffic))),
      );
    await reserve();
    await reserve();
    assert.equal(await isDivided(), false);
    await Promise.all([reserve(), reserve(), reserve()]);
    assert.equal(await isDivided(), true);
    assert.equal(await total(), 195);

    await setStock(200);
    await new StockQueue(() => 0).run([{ productId: cup.productId, quantity: 1 }], async (traffic) => {
      traffic.beginRun();
      await bed.client.transaction((transaction) => withdrawStock(transaction, access(1, traffic)));
    });
    assert.equal(await isDivided(), true);
    assert.equal(await total(), 199);
  });

  it('is neither lost nor sold twice while three processes take it and put it back at once', async () => {
    const PIECES = 120;
    await setStock(PIECES);
    const processes = [0, 0.3, 0.6].map((first) => new StockQueue(() => first));
    let sold = 0;
    let refused = 0;
    await Promise.all(
      Array.from({ length: 90 }, async (_, index) => {
        const queue = processes[index % processes.length];
        assert.ok(queue);
        const quantity = 1 + (index % 4);
        const run = <T>(work: (transaction: TaskTransaction, access: StockAccess) => Promise<T>) =>
          queue.run([{ productId: cup.productId, quantity }], (traffic) =>
            bed.client.transaction((transaction) => work(transaction, access(quantity, traffic)), {
              timeoutMs: 25_000,
            }),
          );
        if ((await run(withdrawStock)).length > 0) refused += 1;
        else if (index % 5 === 4) await run(putBackStock);
        else sold += quantity;
      }),
    );
    assert.equal((await total()) as number, PIECES - sold);
    assert.ok(refused > 0);
    // What came back too late for the crowd is still for sale.
    for (let left = PIECES - sold; left > 0; left -= 1) assert.deepEqual(await withdraw(1), []);
    assert.equal(await total(), 0);
    assert.equal((await withdraw(1)).length, 1);
  });
});
