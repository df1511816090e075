import type { Firestore } from '@google-cloud/firestore';
import { productConverter, productReference } from './product-converter.ts';
import { type SeenStock, seenStock } from './seen-stock.ts';
import { shardCountOf, stockShardReferences } from './stock-shards.ts';

/**
 * Reads a product's stock outside of transactions: nobody waits for it. Its documents may change meanwhile, so this
 * decides nothing.
 * @returns undefined if there is no such product
 */
export async function readSeenStock(firestore: Firestore, productId: string): Promise<SeenStock | undefined> {
  const snapshot = await productReference(firestore, productId).get();
  const product = productConverter.fromFirestore(snapshot);
  if (product === undefined) return undefined;
  const shardCount = shardCountOf(snapshot);
  if (shardCount === 0) return { pool: product.stock, shards: [] };
  const shards = await firestore.getAll(...stockShardReferences(firestore, productId, shardCount));
  // The stock was gathered meanwhile.
  if (shards.some(({ exists }) => !exists)) return undefined;
  return seenStock({ pool: product.stock, product: snapshot }, shards);
}
