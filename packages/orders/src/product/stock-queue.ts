import { KeyedQueue } from './keyed-queue.ts';
import { ShardChoice } from './shard-choice.ts';
import type { StockItem } from './stock.ts';

/** Orders of this process at one product that call for dividing its stock. */
const MIN_CROWD = 3;

/** What an order's transaction has to do with those of other orders. */
export interface StockTraffic {
  /** Counts a run of the transaction: the client reruns what lost against another. */
  beginRun(): void;
  /** Whether many orders want the product's document now: this process's wait for it, or this order lost against another. */
  isCrowded(productId: string): boolean;
  /** The shard of a divided stock that the order takes from first, or puts back to. */
  shardOf(productId: string, count: number): number;
  /** Remembers how many shards a product's stock has; 0: none. */
  noteShards(productId: string, count: number): void;
}

/**
 * Lets the orders of a process that need the same stock document go to it one after another: beside each other, one
 * of two transactions would be ABORTED and wait a second for its next run. Of a divided stock each takes a shard that no
 * other of its process uses now. A shard where an order lost is used last from then on, for another process is there: so
 * the processes part. What a process remembers decides only where its orders go; Firestore settles the rest.
 */
export class StockQueue {
  readonly #queue = new KeyedQueue();
  readonly #shards = new Map<string, ShardChoice>();
  readonly #random: () => number;

  /** @param random from 0 to below 1, as `Math.random`: processes must not all begin with the same shards */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Runs a transaction that takes items out of stock, or puts them back, in its turn. */
  async run<T>(items: readonly StockItem[], transaction: (traffic: StockTraffic) => Promise<T>): Promise<T> {
    const productIds = [...new Set(items.map(({ productId }) => productId))];
    for (;;) {
      const counts = this.#countsOf(productIds);
      const chosen = new Map(
        productIds.map((productId) => [
          productId,
          this.#shards.get(productId)?.next((shard) => this.#lengthOf(productId, shard)),
        ]),
      );
      const keys = productIds.map((productId) => keyOf(productId, chosen.get(productId)));
      const ended = await this.#queue.run(keys, async () => {
        // The stock was divided or gathered meanwhile: another document is what to wait for.
        if (this.#countsOf(productIds) !== counts) return undefined;
        return { result: await transaction(this.#traffic(chosen)) };
      });
      if (ended !== undefined) return ended.result;
    }
  }

  #lengthOf(productId: string, shard?: number): number {
    return this.#queue.lengthOf(keyOf(productId, shard));
  }

  #countsOf(productIds: readonly string[]): string {
    return productIds.map((productId) => this.#shards.get(productId)?.count ?? 0).join();
  }

  #traffic(chosen: ReadonlyMap<string, number | undefined>): StockTraffic {
    let runs = 0;
    return {
      beginRun: () => {
        runs += 1;
        if (runs === 1) return;
        for (const [productId, shard] of chosen) {
          if (shard !== undefined) this.#shards.get(productId)?.avoid(shard);
        }
      },
      isCrowded: (productId) => runs > 1 || this.#lengthOf(productId) >= MIN_CROWD,
      shardOf: (productId, count) => (chosen.get(productId) ?? Math.floor(this.#random() * count)) % count,
      noteShards: (productId, count) => {
        if (this.#shards.get(productId)?.count === count) return;
        if (count === 0) this.#shards.delete(productId);
        else this.#shards.set(productId, new ShardChoice(count, this.#random));
      },
    };
  }
}

function keyOf(productId: string, shard: number | undefined): string {
  return shard === undefined ? productId : `${productId}/${shard}`;
}
