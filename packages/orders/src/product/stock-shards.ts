import type { DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import { productReference } from './product-converter.ts';

/** The number of documents that a divided stock is spread over. */
export const STOCK_SHARDS = 16;

/** Minimum stock that is divided: 4 pieces in each shard. */
export const MIN_DIVIDED_STOCK = STOCK_SHARDS * 4;

/**
 * The pieces of a stock that is divided that stay in its product's document: half of them, as long as shards get enough.
 * An older worker knows no shards. It sells these pieces, and takes the product for sold out only after them.
 */
export function pooledPieces(stock: number): number {
  return stock >= 2 * MIN_DIVIDED_STOCK ? Math.floor(stock / 2) : 0;
}

/** The document of a shard: products/{productId}/stock/{index}, with its `pieces`. */
export function stockShardReference(
  firestore: Firestore,
  productId: string,
  index: number,
): DocumentReference {
  return productReference(firestore, productId).collection('stock').doc(String(index));
}

/** The documents of all shards of a product. */
export function stockShardReferences(
  firestore: Firestore,
  productId: string,
  count: number,
): DocumentReference[] {
  return Array.from({ length: count }, (_, index) => stockShardReference(firestore, productId, index));
}

/**
 * The number of shards of a product's stock, as its document says; 0 where all of it is in that document.
 * @throws {Error} if the document says something else
 */
export function shardCountOf(product: DocumentSnapshot): number {
  const count: unknown = product.get('stockShards') ?? 0;
  if (!isCount(count)) throw new Error(`${product.ref.path}: stockShards must be a whole number from 0`);
  return count;
}

/** Whether an order may divide a product's stock: {@link holdStock} forbids it. */
export function isDivisionAllowed(product: DocumentSnapshot): boolean {
  return product.get('stockDivision') !== 'off';
}

/**
 * The pieces in a shard.
 * @throws {Error} if the document does not exist, or says something else
 */
export function piecesIn(shard: DocumentSnapshot): number {
  const pieces: unknown = shard.get('pieces');
  if (!isCount(pieces)) throw new Error(`${shard.ref.path}: pieces must be a whole number from 0`);
  return pieces;
}

/** Spreads pieces over shards as evenly as can be. */
export function spread(pieces: number, count: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => Math.floor(pieces / count) + (index < pieces % count ? 1 : 0),
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
