import { type DocumentReference, type DocumentSnapshot, FieldValue } from '@google-cloud/firestore';
import { productReference } from './product-converter.ts';
import { seenStock, totalOf } from './seen-stock.ts';
import type { ProductInTransaction, StockSource } from './stock-access.ts';
import { piecesIn, pooledPieces, spread, stockShardReference, stockShardReferences } from './stock-shards.ts';

/** Plans of one transaction, each for shards that other processes emptied, before it locks all shards. */
const MAX_PLANS = 3;

/** Time without a change after which an order gathers a divided stock: the crowd is gone. */
const QUIET_MS = 60_000;

/**
 * Reads as much of a divided stock as an order needs. It reads few shards under locks. Where they have too few pieces it
 * looks at all of them without locks, and plans anew. Such a look may refuse the order: the transaction has locked the
 * product's document, so no piece moves between that and the shards, and at the time of the look the pieces were not there.
 */
export async function dividedStock(read: ProductInTransaction): Promise<StockSource> {
  const { firestore, traffic, product, snapshot, shardCount, wanted } = read;
  if (wanted === 0) return returnedStock(read);
  const { productId } = product;
  const locked = new LockedShards(read);
  await locked.lock(traffic.plannedShards(productId).filter((shard) => shard < shardCount));
  for (const [shard, pieces] of locked.pieces()) traffic.meet(productId, shard, pieces);
  if (locked.has(wanted) && !locked.isQuiet()) return shardsAlone(read, locked);

  const references = stockShardReferences(firestore, productId, shardCount);
  for (let plans = 0; plans < MAX_PLANS; plans += 1) {
    const shards = await firestore.getAll(...references);
    const seen = seenStock({ pool: product.stock, product: snapshot }, shards);
    traffic.see(productId, seen);
    const total = totalOf(seen);
    if (total < wanted) return shortStock(read, total);
    if (isQuiet(shards)) {
      await locked.lock([...references.keys()]);
      return gatheredStock(read, locked);
    }
    const plan = traffic.planAnew(productId, wanted);
    if (plan === 'pool') return shardsAndPool(read, locked, seen.shards);
    if (plan === undefined) break;
    await locked.lock(plan);
    if (locked.has(wanted)) return shardsAlone(read, locked);
  }
  await locked.lock([...references.keys()]);
  return locked.has(wanted) ? shardsAlone(read, locked) : shardsAndPool(read, locked, []);
}

/** The shards that a transaction has read, and so locked. */
class LockedShards {
  readonly #read: ProductInTransaction;
  readonly #snapshots = new Map<number, DocumentSnapshot>();

  constructor(read: ProductInTransaction) {
    this.#read = read;
  }

  /** Reads shards that are not read yet. */
  async lock(shards: readonly number[]): Promise<void> {
    const { transaction } = this.#read;
    const missing = shards.filter((shard) => !this.#snapshots.has(shard));
    if (missing.length === 0) return;
    const snapshots = await transaction.getAll(...missing.map((shard) => this.reference(shard)));
    for (const [index, snapshot] of snapshots.entries()) {
      const shard = missing[index];
      if (shard !== undefined) this.#snapshots.set(shard, snapshot);
    }
  }

  reference(shard: number): DocumentReference {
    const { firestore, product } = this.#read;
    return stockShardReference(firestore, product.productId, shard);
  }

  has(wanted: number): boolean {
    return this.total() >= wanted;
  }

  isQuiet(): boolean {
    return isQuiet([...this.#snapshots.values()]);
  }

  total(): number {
    return [...this.pieces().values()].reduce((sum, pieces) => sum + pieces, 0);
  }

  pieces(): ReadonlyMap<number, number> {
    return new Map([...this.#snapshots].map(([shard, snapshot]) => [shard, piecesIn(snapshot)]));
  }

  /** The pieces in each of them once `pieces` are left in all. */
  shared(pieces: number): ReadonlyMap<number, number> {
    const after = new Map(this.pieces());
    let change = pieces - this.total();
    for (const [shard, before] of after) {
      const changed = Math.max(0, before + change);
      after.set(shard, changed);
      change -= changed - before;
    }
    if (change !== 0) throw new RangeError(`${pieces} pieces do not fit into ${after.size} shards of stock`);
    return after;
  }
}

/**
 * The order puts pieces back, into a shard that its process uses. It reads no shard, so it meets no other order. The
 * same commit must change what the order's transaction has read, or an increment that comes twice counts twice.
 */
function returnedStock({
  transaction,
  firestore,
  traffic,
  product,
  shardCount,
}: ProductInTransaction): StockSource {
  const { productId, stock } = product;
  return {
    product,
    put(pieces) {
      const shard = traffic.shardToFill(productId, shardCount);
      const added = FieldValue.increment(pieces - stock);
      transaction.update(stockShardReference(firestore, productId, shard), { pieces: added });
      traffic.add(productId, shard, pieces - stock);
    },
  };
}

/** The order takes from the locked shards alone. */
function shardsAlone(
  { transaction, traffic, product }: ProductInTransaction,
  locked: LockedShards,
): StockSource {
  return {
    product: { ...product, stock: locked.total() },
    put(pieces) {
      const before = locked.pieces();
      const shards = new Map(
        [...locked.shared(pieces)].filter(([shard, left]) => left !== before.get(shard)),
      );
      for (const [shard, left] of shards) transaction.update(locked.reference(shard), { pieces: left });
      traffic.leave(product.productId, { changedShards: shards });
    },
  };
}

/**
 * The order needs pieces of the product's document too: an operator or an older worker added them. It spreads the rest
 * of them over all shards. Shards that it has not read get theirs by an increment, which waits for others but meets
 * none. The same commit takes them out of the product's document, so an increment that comes twice moves other pieces.
 */
function shardsAndPool(
  { transaction, firestore, traffic, product, shardCount }: ProductInTransaction,
  locked: LockedShards,
  seen: readonly number[],
): StockSource {
  const { productId } = product;
  return {
    product: { ...product, stock: locked.total() + product.stock },
    put(pieces) {
      const kept = locked.shared(Math.max(0, pieces - product.stock));
      const left = Math.min(pieces, product.stock);
      const pool = pooledPieces(left);
      const added = spread(left - pool, shardCount);
      transaction.update(productReference(firestore, productId), { stock: pool });
      for (const [shard, count] of added.entries()) {
        const before = kept.get(shard);
        if (before === undefined && count === 0) continue;
        const change = before === undefined ? FieldValue.increment(count) : before + count;
        transaction.update(locked.reference(shard), { pieces: change });
      }
      const shards = added.map((count, shard) => count + (kept.get(shard) ?? seen[shard] ?? 0));
      traffic.leave(productId, { pool, shards });
    },
  };
}

/** All of the stock, which the order gathers in the product's document. */
function gatheredStock(
  { transaction, firestore, traffic, product, shardCount }: ProductInTransaction,
  locked: LockedShards,
): StockSource {
  const { productId } = product;
  return {
    product: { ...product, stock: locked.total() + product.stock },
    put(pieces) {
      transaction.update(productReference(firestore, productId), {
        stock: pieces,
        stockShards: FieldValue.delete(),
      });
      for (const shard of stockShardReferences(firestore, productId, shardCount)) transaction.delete(shard);
      traffic.leave(productId, { pool: pieces, shards: [] });
    },
  };
}

/** Too little: the order takes nothing. */
function shortStock({ product }: ProductInTransaction, total: number): StockSource {
  return {
    product: { ...product, stock: total },
    put() {
      throw new Error(`${product.productId}: an order that finds too few pieces takes none`);
    },
  };
}

function isQuiet(shards: readonly DocumentSnapshot[]): boolean {
  return shards.every(
    ({ readTime, updateTime }) =>
      updateTime !== undefined && readTime.toMillis() - updateTime.toMillis() >= QUIET_MS,
  );
}
