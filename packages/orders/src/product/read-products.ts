import type { DocumentSnapshot, Firestore, Transaction } from '@google-cloud/firestore';
import type { Product } from './product.ts';
import { productCollection, productConverter } from './product-converter.ts';
import { piecesIn, shardCountOf, stockShardReferences } from './stock-shards.ts';

/**
 * Reads products with all of their stock, in whichever documents it is.
 * @param limit the maximum of products, by their ids. Default: all
 */
export async function readProducts(firestore: Firestore, limit?: number): Promise<Product[]> {
  const query =
    limit === undefined ? productCollection(firestore) : productCollection(firestore).limit(limit);
  const { docs } = await query.get();
  const divided = docs.filter((snapshot) => shardCountOf(snapshot) > 0);
  if (divided.length === 0) return docs.flatMap((snapshot) => productConverter.fromFirestore(snapshot) ?? []);
  // A stock may be divided or gathered meanwhile: its documents are read as they are at one time.
  const whole = await firestore.runTransaction(
    (transaction) => Promise.all(divided.map(({ ref }) => readWhole(firestore, transaction, ref.id))),
    { readOnly: true },
  );
  const byId = new Map(
    whole.flatMap((product) => (product === undefined ? [] : [[product.productId, product]])),
  );
  return docs.flatMap((snapshot) => byId.get(snapshot.id) ?? productConverter.fromFirestore(snapshot) ?? []);
}

async function readWhole(
  firestore: Firestore,
  transaction: Transaction,
  productId: string,
): Promise<Product | undefined> {
  const snapshot: DocumentSnapshot = await transaction.get(productCollection(firestore).doc(productId));
  const product = productConverter.fromFirestore(snapshot);
  const shardCount = shardCountOf(snapshot);
  if (product === undefined || shardCount === 0) return product;
  const shards = await transaction.getAll(...stockShardReferences(firestore, productId, shardCount));
  return { ...product, stock: shards.reduce((sum, shard) => sum + piecesIn(shard), product.stock) };
}
