import { FieldValue, type Firestore } from '@google-cloud/firestore';
import type { TaskTransaction } from '@waybill/task-runtime';
import type { Product } from './product.ts';
import { productConverter, productReference } from './product-converter.ts';
import type { StockItem } from './stock.ts';
import type { StockTraffic } from './stock-queue.ts';
import {
  MIN_DIVIDED_STOCK,
  MIN_KEPT_DIVIDED,
  piecesIn,
  STOCK_SHARDS,
  shardCountOf,
  spread,
  stockShardReference,
  stockShardReferences,
} from './stock-shards.ts';

/** The documents that an order takes pieces of a product from, or puts them back to. */
export interface StockSource {
  /** Its stock is that of these documents together. */
  readonly product: Product;
  /** Writes what is left in them, or what is in them now. */
  put(pieces: number): void;
}

/** Settings of {@link readStockSources}. */
export interface StockAccess {
  readonly firestore: Firestore;
  readonly items: readonly StockItem[];
  readonly traffic: StockTraffic;
}

/**
 * Reads the stock of an order's products: of a divided one, one shard, or all shards where that has less than
 * `minimum`. To be called last in a transaction: the sooner it commits after this, the fewer others meet it.
 * @param minimum the pieces of a product that one shard must have to do alone
 */
export async function readStockSources(
  transaction: TaskTransaction,
  access: StockAccess,
  minimum: (productId: string) => number,
): Promise<StockSource[]> {
  access.traffic.beginRun();
  const productIds = [...new Set(access.items.map(({ productId }) => productId))];
  const snapshots = await transaction.getAll(
    ...productIds.map((productId) => productReference(access.firestore, productId)),
  );
  const sources: StockSource[] = [];
  for (const snapshot of snapshots) {
    const product = productConverter.fromFirestore(snapshot);
    if (product === undefined) continue;
    const shardCount = shardCountOf(snapshot);
    access.traffic.noteShards(product.productId, shardCount);
    sources.push(
      shardCount === 0
        ? wholeStock(transaction, access, product)
        : await dividedStock(transaction, access, {
            product,
            shardCount,
            minimum: minimum(product.productId),
          }),
    );
  }
  return sources;
}

/** All of the stock is in the product's document. Where many orders wait for that, this divides it. */
function wholeStock(
  transaction: TaskTransaction,
  { firestore, traffic }: StockAccess,
  product: Product,
): StockSource {
  const { productId } = product;
  return {
    product,
    put(pieces) {
      if (pieces < MIN_DIVIDED_STOCK || !traffic.isCrowded(productId)) {
        transaction.update(productReference(firestore, productId), { stock: pieces });
        return;
      }
      transaction.update(productReference(firestore, productId), { stock: 0, stockShards: STOCK_SHARDS });
      putShards(transaction, firestore, productId, spread(pieces, STOCK_SHARDS));
    },
  };
}

async function dividedStock(
  transaction: TaskTransaction,
  { firestore, traffic }: StockAccess,
  { product, shardCount, minimum }: { product: Product; shardCount: number; minimum: number },
): Promise<StockSource> {
  const { productId } = product;
  const own = stockShardReference(firestore, productId, traffic.shardOf(productId, shardCount));
  const pieces = piecesIn(await transaction.get(own));
  if (pieces >= minimum) {
    return {
      product: { ...product, stock: pieces },
      put: (left) => transaction.update(own, { pieces: left }),
    };
  }
  const references = stockShardReferences(firestore, productId, shardCount);
  const shards = await transaction.getAll(...references);
  const total = shards.reduce((sum, shard) => sum + piecesIn(shard), product.stock);
  return {
    product: { ...product, stock: total },
    put(left) {
      const isKeptDivided = left >= MIN_KEPT_DIVIDED;
      transaction.update(
        productReference(firestore, productId),
        isKeptDivided ? { stock: 0 } : { stock: left, stockShards: FieldValue.delete() },
      );
      if (isKeptDivided) putShards(transaction, firestore, productId, spread(left, shardCount));
      else for (const reference of references) transaction.delete(reference);
    },
  };
}

function putShards(
  transaction: TaskTransaction,
  firestore: Firestore,
  productId: string,
  shards: readonly number[],
): void {
  for (const [index, pieces] of shards.entries()) {
    transaction.set(stockShardReference(firestore, productId, index), { pieces });
  }
}
