import assert from 'node:assert/strict';
import type { TaskTransaction } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '@waybill/task-testing';
import { gatherStock } from '../src/product/gather-stock.ts';
import { productConverter, productReference } from '../src/product/product-converter.ts';
import { readProducts } from '../src/product/read-products.ts';
import { returnToStock, type StockItem, takeFromStock } from '../src/product/stock.ts';
import { StockQueue } from '../src/product/stock-queue.ts';
import { putBackStock, withdrawStock } from '../src/product/withdraw-stock.ts';

const cup = { productId: 'cup', name: 'Cup', price: 1650, currency: 'EUR' };

/** One version of a worker, as far as it changes stock. */
interface StockWorker {
  /** @returns whether there was enough */
  reserve(quantity: number): Promise<boolean>;
  release(quantity: number): Promise<void>;
}

describe('workers from before and after stock could be divided', function () {
  this.timeout(30_000);
  let bed: TaskTestBed;
  before(async () => {
    bed = await startTaskTestBed({ handlers: [] });
  });
  beforeEach(() => bed.firestore.recursiveDelete(reference()));
  after(() => bed.close());

  const reference = () => productReference(bed.firestore, cup.productId);
  const setStock = (stock: number) => reference().set(productConverter.toFirestore({ ...cup, stock }));
  const total = async () => (await readProducts(bed.firestore))[0]?.stock;
  const itemsOf = (quantity: number): StockItem[] => [{ productId: cup.productId, quantity }];
  const isDivided = async () => (await reference().get()).get('stockShards') !== undefined;

  /** The handlers of the version before stock could be divided: all of it is in the product's document. */
  function olderWorker(): StockWorker {
    const read = async (transaction: TaskTransaction) => {
      const snapshots = await transaction.getAll(reference());
      return snapshots.flatMap((snapshot) => productConverter.fromFirestore(snapshot) ?? []);
    };
    const run = <T>(work: (transaction: TaskTransaction) => Promise<T>) =>
      bed.client.transaction(work, { timeoutMs: 25_000 });
    return {
      reserve: (quantity) =>
        run(async (transaction) => {
          const { taken } = takeFromStock(await read(transaction), itemsOf(quantity));
          for (const { stock } of taken ?? []) transaction.update(reference(), { stock });
          return taken !== undefined;
        }),
      release: (quantity) =>
        run(async (transaction) => {
          for (const { stock } of returnToStock(await read(transaction), itemsOf(quantity))) {
            transaction.update(reference(), { stock });
          }
        }),
    };
  }

  function newerWorker({ isCrowded = false } = {}): StockWorker {
    const queue = new StockQueue({ firestore: bed.firestore, random: Math.random });
    const { firestore } = bed;
    return {
      reserve: async (quantity) => {
        const items = itemsOf(quantity);
        const shortages = await queue.run({ items, direction: 'take' }, (traffic) =>
          bed.client.transaction(
            (transaction) => {
              if (isCrowded) traffic.beginRun();
              return withdrawStock(transaction, { firestore, items, traffic });
            },
            { timeoutMs: 25_000 },
          ),
        );
        return shortages.length === 0;
      },
      release: async (quantity) => {
        const items = itemsOf(quantity);
        await queue.run({ items, direction: 'put-back' }, (traffic) =>
          bed.client.transaction((transaction) => putBackStock(transaction, { firestore, items, traffic }), {
            timeoutMs: 25_000,
          }),
        );
      },
    };
  }

  it('sell half of a divided stock before the older one takes it for sold out', async () => {
    await setStock(201);
    assert.equal(await newerWorker({ isCrowded: true }).reserve(1), true);
    const older = olderWorker();
    assert.equal(await older.reserve(100), true);
    assert.equal(await older.reserve(1), false);
    assert.equal(await total(), 100);
  });

  it('sell all of it once it is gathered, though a newer one is still at work', async () => {
    await setStock(201);
    const newer = newerWorker({ isCrowded: true });
    await newer.reserve(1);
    await gatherStock(bed.firestore, cup.productId);
    const older = olderWorker();
    assert.equal(await older.reserve(150), true);
    assert.equal(await newer.reserve(40), true);
    assert.equal(await isDivided(), false);
    assert.equal(await older.reserve(10), true);
    assert.deepEqual([await older.reserve(1), await newer.reserve(1), await total()], [false, false, 0]);
  });

  it('agree on what the older one sells and returns while the stock is divided', async () => {
    await setStock(101);
    const newer = newerWorker({ isCrowded: true });
    await newer.reserve(1);
    const older = olderWorker();
    await older.release(7);
    assert.equal(await total(), 107);
    assert.equal(await older.reserve(3), true);
    assert.equal(await newer.reserve(104), true);
    assert.deepEqual([await older.reserve(1), await newer.reserve(1), await total()], [false, false, 0]);
  });

  for (const rolling of ['forward', 'back'] as const) {
    it(`neither sell a piece twice nor lose one while traffic rolls ${rolling}`, async () => {
      const PIECES = 70;
      await setStock(PIECES);
      const versions = [olderWorker(), newerWorker({ isCrowded: true })];
      if (rolling === 'back') versions.reverse();
      const [from, to] = versions;
      assert.ok(from && to);
      let sold = 0;
      // The share of the version that traffic goes to grows from none to all.
      await Promise.all(
        Array.from({ length: 24 }, async (_, index) => {
          const worker = (index * 7) % 24 < index ? to : from;
          const quantity = 1 + (index % 5);
          if (!(await worker.reserve(quantity))) return;
          if (index % 4 === 3) await (index % 8 === 3 ? from : to).release(quantity);
          else sold += quantity;
        }),
      );
      assert.equal(await total(), PIECES - sold);
      const gathered = await gatherStock(bed.firestore, cup.productId);
      assert.equal(gathered?.stock, PIECES - sold);
      const older = olderWorker();
      assert.equal(await older.reserve(PIECES - sold), true);
      assert.deepEqual([await older.reserve(1), await newerWorker().reserve(1)], [false, false]);
    });
  }
});
