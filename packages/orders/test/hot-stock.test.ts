import assert from 'node:assert/strict';
import type { TaskTransaction } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '@waybill/task-testing';
import { allowStockDivision, gatherStock, readStockDivisions } from '../src/product/gather-stock.ts';
import { productConverter, productReference } from '../src/product/product-converter.ts';
import { readProducts } from '../src/product/read-products.ts';
import type { StockAccess } from '../src/product/stock-access.ts';
import { type StockDirection, StockQueue } from '../src/product/stock-queue.ts';
import { MIN_DIVIDED_STOCK, STOCK_SHARDS } from '../src/product/stock-shards.ts';
import { putBackStock, withdrawStock } from '../src/product/withdraw-stock.ts';

const cup = { productId: 'cup', name: 'Cup', price: 1650, currency: 'EUR' };
const QUIET_MS = 60_000;
/** The gRPC code by which Firestore's client runs a transaction again. */
const ABORTED = 10;

describe('the stock of a hot product', function () {
  this.timeout(30_000);
  let bed: TaskTestBed;
  let queue: StockQueue;
  before(async () => {
    bed = await startTaskTestBed({ handlers: [] });
  });
  beforeEach(async () => {
    await bed.firestore.recursiveDelete(reference());
    queue = newProcess(0);
  });
  after(() => bed.close());

  /** A worker process, which begins with the shard that `first` names. */
  const newProcess = (first: number): StockQueue =>
    new StockQueue({ firestore: bed.firestore, random: () => first });
  const change = <T>(
    direction: StockDirection,
    quantity: number,
    work: (transaction: TaskTransaction, access: StockAccess) => Promise<T>,
    { process = queue, isCrowded = false } = {},
  ): Promise<T> => {
    const items = [{ productId: cup.productId, quantity }];
    return process.run({ items, direction }, (traffic) =>
      bed.client.transaction(
        (transaction) => {
          // As if it had lost against another order before.
          if (isCrowded) traffic.beginRun();
          return work(transaction, { firestore: bed.firestore, items, traffic });
        },
        { timeoutMs: 25_000 },
      ),
    );
  };
  const withdraw = (quantity: number, options?: { process?: StockQueue; isCrowded?: boolean }) =>
    change('take', quantity, withdrawStock, options);
  const putBack = (quantity: number, options?: { process?: StockQueue; isCrowded?: boolean }) =>
    change('put-back', quantity, putBackStock, options);
  const reference = () => productReference(bed.firestore, cup.productId);
  const setStock = (stock: number) => reference().set(productConverter.toFirestore({ ...cup, stock }));
  const total = async () => (await readProducts(bed.firestore)).find(() => true)?.stock;
  const pool = async () => (await reference().get()).get('stock') as number;
  const shards = async (): Promise<number[]> => {
    const { docs } = await reference().collection('stock').get();
    return docs.map((shard) => shard.get('pieces') as number);
  };
  const isDivided = async (): Promise<boolean> =>
    (await reference().get()).get('stockShards') === STOCK_SHARDS;

  it('stays in its document while nobody waits for it, and one that has no shards yet is read as it is', async () => {
    await setStock(200);
    assert.deepEqual(await withdraw(3), []);
    assert.deepEqual([await total(), await isDivided(), await shards()], [197, false, []]);
  });

  it('is divided evenly by the first order of a crowd, and is still the same in all', async () => {
    await setStock(203);
    assert.deepEqual(await withdraw(3, { isCrowded: true }), []);
    assert.equal(await isDivided(), true);
    assert.deepEqual((await shards()).toSorted(), [...Array(12).fill(6), ...Array(4).fill(7)]);
    assert.equal(await total(), 200);
    assert.equal(await pool(), 100, 'an older worker sells these');
  });

  for (const [cause, isChanged] of [
    ['another document', false],
    ['another order at the product', true],
  ] as const) {
    it(`is ${isChanged ? '' : 'not '}divided by a rerun that ${cause} caused`, async () => {
      await setStock(200);
      let runs = 0;
      await change('take', 3, async (transaction, access) => {
        runs += 1;
        if (runs === 2 && isChanged) await reference().update({ stock: 190 });
        await withdrawStock(transaction, access);
        if (runs === 1) throw Object.assign(new Error('lost against another'), { code: ABORTED });
      });
      assert.deepEqual([runs, await isDivided(), await total()], [2, isChanged, isChanged ? 187 : 197]);
    });
  }

  it('is not divided where it is small, however many want it', async () => {
    await setStock(MIN_DIVIDED_STOCK);
    await withdraw(1, { isCrowded: true });
    assert.equal(await isDivided(), false);
    await putBack(1, { isCrowded: true });
    assert.equal(await isDivided(), true);
  });

  it('gives an order the pieces of one shard and touches no other document', async () => {
    await setStock(100);
    await withdraw(4, { isCrowded: true });
    const before = (await reference().get()).updateTime;
    await withdraw(4);
    await putBack(1);
    assert.deepEqual((await shards()).toSorted(), [3, ...Array(15).fill(6)]);
    assert.ok(before !== undefined && (await reference().get()).updateTime?.isEqual(before));
    assert.equal(await total(), 93);
  });

  it('takes what is missing in one shard from others, and the product’s document, before it refuses', async () => {
    await setStock(200);
    await withdraw(4, { isCrowded: true });
    assert.deepEqual(await withdraw(30), [], 'more than a shard has: the product’s document has 98');
    assert.deepEqual([await pool(), await total()], [0, 166]);
    assert.deepEqual(await withdraw(90), [], 'several shards’ worth');
    assert.equal(await total(), 76);
    assert.deepEqual(await withdraw(77), [{ productId: 'cup', wanted: 77, available: 76 }]);
    assert.deepEqual(await withdraw(76), []);
    assert.equal(await total(), 0);
  });

  it('sells out to the last piece from its shards, and is gathered by an order that comes too late', async () => {
    await setStock(66);
    await withdraw(2, { isCrowded: true });
    const other = newProcess(0.5);
    const quantities = [...Array<number>(12).fill(4), ...Array<number>(16).fill(1)];
    for (const [index, quantity] of quantities.entries()) {
      assert.deepEqual(await withdraw(quantity, { process: index % 2 === 0 ? queue : other }), []);
    }
    assert.equal(await isDivided(), true);
    assert.equal(await total(), 0);
    const late = newProcess(0.5);
    assert.deepEqual(await withdraw(1, { process: late }), [{ productId: 'cup', wanted: 1, available: 0 }]);
    assert.deepEqual([await isDivided(), await shards()], [false, []]);
    await putBack(1);
    assert.deepEqual(await withdraw(1), []);
    assert.equal(await total(), 0);
  });

  it('is gathered by the first order after a quiet minute', async () => {
    await setStock(202);
    await withdraw(2, { isCrowded: true });
    bed.advance(QUIET_MS - 5_000);
    await withdraw(1);
    assert.equal(await isDivided(), true);
    bed.advance(QUIET_MS);
    await withdraw(1);
    assert.deepEqual([await isDivided(), await shards(), await pool()], [false, [], 198]);
  });

  it('counts what an operator adds to the product’s document beside the shards', async () => {
    await setStock(100);
    await withdraw(20, { isCrowded: true });
    await reference().update({ stock: 40 });
    assert.equal(await total(), 120);
    assert.deepEqual(await withdraw(110), []);
    assert.equal(await total(), 10);
  });

  it('is divided where orders of a process wait for it, and where another process has just taken some', async () => {
    await setStock(200);
    await withdraw(1);
    await withdraw(1);
    assert.equal(await isDivided(), false);
    await Promise.all([withdraw(1), withdraw(1), withdraw(1)]);
    assert.equal(await isDivided(), true);
    assert.equal(await total(), 195);

    await gatherStock(bed.firestore, cup.productId);
    await allowStockDivision(bed.firestore, cup.productId);
    const [one, other] = [newProcess(0), newProcess(0)];
    await withdraw(1, { process: one });
    await withdraw(1, { process: other });
    assert.equal(await isDivided(), false);
    await withdraw(1, { process: one });
    assert.equal(await isDivided(), true);
    assert.equal(await total(), 192);
  });

  it('is gathered for an older worker, and not divided again until that is allowed', async () => {
    await setStock(200);
    await withdraw(10, { isCrowded: true });
    assert.deepEqual(await gatherStock(bed.firestore, cup.productId), {
      stock: 190,
      shardCount: STOCK_SHARDS,
    });
    assert.deepEqual([await pool(), await isDivided(), await shards()], [190, false, []]);
    assert.deepEqual(await gatherStock(bed.firestore, cup.productId), { stock: 190, shardCount: 0 });
    await withdraw(10, { isCrowded: true });
    assert.deepEqual([await pool(), await isDivided()], [180, false]);
    await allowStockDivision(bed.firestore, cup.productId);
    await withdraw(10, { isCrowded: true });
    assert.deepEqual(await readStockDivisions(bed.firestore), [
      { productId: 'cup', shardCount: STOCK_SHARDS, isAllowed: true },
    ]);
    assert.equal(await gatherStock(bed.firestore, 'no-such-product'), undefined);
  });

  it('is neither lost nor sold twice while three processes take it and put it back, and it is restocked and gathered', async () => {
    const PIECES = 80;
    const ADDED = 20;
    await setStock(PIECES);
    const processes = [0, 0.3, 0.6].map(newProcess);
    let sold = 0;
    let refused = 0;
    const orders = Array.from({ length: 60 }, async (_, index) => {
      const process = processes[index % processes.length];
      assert.ok(process);
      const quantity = 1 + (index % 4);
      if ((await withdraw(quantity, { process })).length > 0) refused += 1;
      else if (index % 5 === 4) await putBack(quantity, { process });
      else sold += quantity;
    });
    const restocked = bed.firestore.runTransaction(async (transaction) => {
      const product = await transaction.get(reference());
      transaction.update(reference(), { stock: product.get('stock') + ADDED });
    });
    await Promise.all([...orders, restocked, gatherStock(bed.firestore, cup.productId)]);
    assert.equal(await total(), PIECES + ADDED - sold);
    assert.ok(refused > 0);
    // What came back too late for the crowd is still for sale.
    for (let left = PIECES + ADDED - sold; left > 0; left -= 1) assert.deepEqual(await withdraw(1), []);
    assert.equal(await total(), 0);
    assert.equal((await withdraw(1)).length, 1);
  });
});
