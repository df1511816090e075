import type { DocumentSnapshot } from '@google-cloud/firestore';
import { piecesIn } from './stock-shards.ts';

/** Maximum age of a shard's last change for which the shard counts as in use. */
const MAX_USE_AGE_MS = 5_000;

/** The pieces of a product as they were seen at some time, document by document. */
export interface SeenStock {
  /** Pieces in the product's own document. */
  readonly pool: number;
  /** Pieces in each shard; none where the stock is whole. */
  readonly shards: readonly number[];
  /** Shards that an order has changed in the last seconds. */
  readonly inUse?: readonly number[];
}

/** The pieces in those documents of a product that an order has changed. */
export interface StockChange {
  /** By the shard's number. */
  readonly changedShards: ReadonlyMap<number, number>;
}

/** The pieces of all documents together. */
export function totalOf({ pool, shards }: SeenStock): number {
  return shards.reduce((sum, pieces) => sum + pieces, pool);
}

/** The stock that a product's document and all of its shards show. */
export function seenStock(
  { pool, product }: { pool: number; product: DocumentSnapshot },
  shards: readonly DocumentSnapshot[],
): SeenStock {
  const inUse = shards.flatMap(({ updateTime, readTime }, shard) => {
    // One commit writes the product and all shards where the stock is divided: no order uses those yet.
    const isUsed =
      updateTime !== undefined && product.updateTime !== undefined && updateTime > product.updateTime;
    return isUsed && readTime.toMillis() - updateTime.toMillis() < MAX_USE_AGE_MS ? [shard] : [];
  });
  return { pool, shards: shards.map(piecesIn), inUse };
}
