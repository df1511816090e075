import type { DocumentSnapshot } from '@google-cloud/firestore';
import type { TaskTransaction } from '@waybill/task-runtime';
import { dividedStock } from './divided-stock.ts';
import { productConverter, productReference } from './product-converter.ts';
import type { ProductInTransaction, StockAccess, StockSource } from './stock-access.ts';
import {
  isDivisionAllowed,
  MIN_DIVIDED_STOCK,
  pooledPieces,
  STOCK_SHARDS,
  shardCountOf,
  spread,
  stockShardReference,
} from './stock-shards.ts';

/**
 * Reads the stock of an order's products: of a divided one, no more shards than the order needs. To be called last in a
 * transaction: the sooner it commits after this, the fewer others meet it.
 * @param quantities the pieces of each product that the order takes; 0 where it puts some back
 */
export async function readStockSources(
  transaction: TaskTransaction,
  { firestore, traffic }: StockAccess,
  quantities: ReadonlyMap<string, number>,
): Promise<StockSource[]> {
  traffic.beginRun();
  const snapshots = await transaction.getAll(
    ...[...quantities.keys()].map((productId) => productReference(firestore, productId)),
  );
  const sources: StockSource[] = [];
  for (const snapshot of snapshots) {
    const product = productConverter.fromFirestore(snapshot);
    if (product === undefined) continue;
    const wanted = quantities.get(product.productId) ?? 0;
    const shardCount = shardCountOf(snapshot);
    const read = { transaction, firestore, traffic, product, snapshot, shardCount, wanted };
    sources.push(shardCount === 0 ? wholeStock(read) : await dividedStock(read));
  }
  return sources;
}

/** All of the stock is in the product's document. Where many orders wait for that, this divides it. */
function wholeStock(read: ProductInTransaction): StockSource {
  const { transaction, firestore, traffic, product, snapshot } = read;
  const { productId } = product;
  const isCrowded = traffic.isCrowded(productId, {
    pool: product.stock,
    ageMs: ageMsOf(snapshot),
    changedAt: snapshot.updateTime?.valueOf() ?? '',
  });
  traffic.see(productId, { pool: product.stock, shards: [] });
  return {
    product,
    put(pieces) {
      const isDivided = isCrowded && pieces >= MIN_DIVIDED_STOCK && isDivisionAllowed(snapshot);
      if (!isDivided) {
        transaction.update(productReference(firestore, productId), { stock: pieces });
        traffic.leave(productId, { pool: pieces, shards: [] });
        return;
      }
      const pool = pooledPieces(pieces);
      const shards = spread(pieces - pool, STOCK_SHARDS);
      transaction.update(productReference(firestore, productId), { stock: pool, stockShards: STOCK_SHARDS });
      for (const [shard, count] of shards.entries()) {
        transaction.set(stockShardReference(firestore, productId, shard), { pieces: count });
      }
      traffic.leave(productId, { pool, shards });
    },
  };
}

/** Time from a document's last change to its read. */
function ageMsOf({ readTime, updateTime }: DocumentSnapshot): number {
  return updateTime === undefined ? 0 : readTime.toMillis() - updateTime.toMillis();
}
