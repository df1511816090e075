import { FieldValue, type Firestore, type Transaction } from '@google-cloud/firestore';
import { productCollection, productConverter, productReference } from './product-converter.ts';
import type { SeenStock } from './seen-stock.ts';
import { isDivisionAllowed, piecesIn, shardCountOf, stockShardReferences } from './stock-shards.ts';

/** Where a product's stock is. */
export interface StockDivision {
  readonly productId: string;
  /** Documents of its stock beside its own; 0: none. */
  readonly shardCount: number;
  /** Whether workers may divide it. */
  readonly isAllowed: boolean;
}

/** A product whose stock was gathered in its own document. */
export interface GatheredStock {
  readonly stock: number;
  /** Documents of its stock that there were beside its own; 0: none. */
  readonly shardCount: number;
}

/** Maximum runs of the transaction: orders take pieces from the shards meanwhile. */
const MAX_ATTEMPTS = 20;

/** Reads where the stock of each product is. */
export async function readStockDivisions(firestore: Firestore): Promise<StockDivision[]> {
  const { docs } = await productCollection(firestore).get();
  return docs.map((product) => ({
    productId: product.id,
    shardCount: shardCountOf(product),
    isAllowed: isDivisionAllowed(product),
  }));
}

/**
 * Gathers a product's stock in its own document, and has workers leave it there until {@link allowStockDivision}. Workers
 * may take pieces meanwhile, and put some back.
 * @returns undefined if there is no such product
 */
export function gatherStock(firestore: Firestore, productId: string): Promise<GatheredStock | undefined> {
  return firestore.runTransaction(
    async (transaction) => {
      const found = await readAllStock(transaction, firestore, productId);
      if (found === undefined) return undefined;
      gather(transaction, firestore, { productId, ...found });
      transaction.update(productReference(firestore, productId), { stockDivision: 'off' });
      return found;
    },
    { maxAttempts: MAX_ATTEMPTS },
  );
}

/** Lets workers divide a product's stock where a crowd wants it. */
export async function allowStockDivision(firestore: Firestore, productId: string): Promise<void> {
  await productReference(firestore, productId).update({ stockDivision: FieldValue.delete() });
}

/**
 * Gathers a divided stock that has no piece left. Tries once: another process that it meets gathers the stock.
 * @returns the stock, if it is whole now
 */
export function gatherSoldOutStock(firestore: Firestore, productId: string): Promise<SeenStock | undefined> {
  return firestore.runTransaction(
    async (transaction) => {
      const found = await readAllStock(transaction, firestore, productId);
      if (found === undefined) return undefined;
      const { stock, shardCount } = found;
      if (shardCount > 0 && stock > 0) return undefined;
      if (shardCount > 0) gather(transaction, firestore, { productId, ...found });
      return { pool: stock, shards: [] };
    },
    { maxAttempts: 1 },
  );
}

function gather(
  transaction: Transaction,
  firestore: Firestore,
  { productId, stock, shardCount }: GatheredStock & { productId: string },
): void {
  const product = productReference(firestore, productId);
  transaction.update(product, { stock, stockShards: FieldValue.delete() });
  for (const shard of stockShardReferences(firestore, productId, shardCount)) transaction.delete(shard);
}

/** Reads all documents of a product's stock under locks. */
async function readAllStock(
  transaction: Transaction,
  firestore: Firestore,
  productId: string,
): Promise<GatheredStock | undefined> {
  const snapshot = await transaction.get(productReference(firestore, productId));
  const product = productConverter.fromFirestore(snapshot);
  if (product === undefined) return undefined;
  const shardCount = shardCountOf(snapshot);
  if (shardCount === 0) return { stock: product.stock, shardCount };
  const shards = await transaction.getAll(...stockShardReferences(firestore, productId, shardCount));
  return { stock: shards.reduce((sum, shard) => sum + piecesIn(shard), product.stock), shardCount };
}
