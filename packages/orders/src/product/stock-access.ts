import type { DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import type { TaskTransaction } from '@waybill/task-runtime';
import type { Product } from './product.ts';
import type { StockItem } from './stock.ts';
import type { StockTraffic } from './stock-queue.ts';

/** Settings of {@link withdrawStock} and {@link putBackStock}. */
export interface StockAccess {
  readonly firestore: Firestore;
  readonly items: readonly StockItem[];
  readonly traffic: StockTraffic;
}

/** The documents that an order takes pieces of a product from, or puts them back to. */
export interface StockSource {
  /** Its stock is that of these documents together. */
  readonly product: Product;
  /** Writes what is left in them, or what is in them now. */
  put(pieces: number): void;
}

/** A product as an order's transaction has read it. */
export interface ProductInTransaction extends Pick<StockAccess, 'firestore' | 'traffic'> {
  readonly transaction: TaskTransaction;
  readonly product: Product;
  readonly snapshot: DocumentSnapshot;
  /** The documents of its stock beside its own; 0: none. */
  readonly shardCount: number;
  /** The pieces that the order wants; 0 where it puts some back. */
  readonly wanted: number;
}
