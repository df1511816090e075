import type { Firestore } from '@google-cloud/firestore';
import { gatherSoldOutStock } from './gather-stock.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { KnownStock, type StockPlan } from './known-stock.ts';
import { readSeenStock } from './read-seen-stock.ts';
import { type SeenStock, type StockChange, totalOf } from './seen-stock.ts';
import { quantitiesOf, type StockItem } from './stock.ts';

/** Orders of this process at one product that call for dividing its stock. */
const MIN_CROWD = 3;

/** Maximum age of another process's change that shows a crowd: 4 orders a second. */
const MAX_CROWD_AGE_MS = 250;

/** The product's document, as an order reads it where that holds all of the stock. */
export interface WholeStock {
  readonly pool: number;
  /** Time since the last change of the document. */
  readonly ageMs: number;
  /** The time of that change, as a text that tells it from every other one. */
  readonly changedAt: string;
}

/** What an order's transaction has to do with those of other orders. */
export interface StockTraffic {
  /** Counts a run of the transaction: the client reruns what lost against another. */
  beginRun(): void;
  /**
   * Whether many orders want the product's document now: this process's wait for it, this order lost it to another, or
   * another process changed the document just before. A rerun that found the document as before was caused by another one.
   */
  isCrowded(productId: string, read: WholeStock): boolean;
  /** The shards that were planned before the transaction, as far as there are that many. */
  plannedShards(productId: string): readonly number[];
  /** Plans anew where the plan no longer holds; undefined where not even all shards together have `wanted` pieces. */
  planAnew(productId: string, wanted: number): StockPlan | undefined;
  /** The shard that the order puts pieces back into. */
  shardToFill(productId: string, shardCount: number): number;
  /** Remembers pieces that the transaction adds to a shard without reading it. */
  add(productId: string, shard: number, pieces: number): void;
  /** Tells of the pieces that were read in a planned shard: others than the process knows of are another process's work. */
  meet(productId: string, shard: number, pieces: number): void;
  /** Remembers the stock as it is. */
  see(productId: string, seen: SeenStock): void;
  /** Remembers the stock as it will be once the transaction is committed. */
  leave(productId: string, change: SeenStock | StockChange): void;
}

/** Whether the order takes pieces or puts them back. */
export type StockDirection = 'take' | 'put-back';

/** One order's part in the stock of one product. */
interface Part {
  readonly productId: string;
  readonly wanted: number;
  readonly known: KnownStock | undefined;
  /** Undefined where the process does not know any document that has the pieces. */
  readonly plan: StockPlan | undefined;
  /** The plan's shards that the process used before this order. */
  readonly ownShards: ReadonlySet<number>;
}

/** The traffic of one order, as the queue sees it. */
interface OrderTraffic extends StockTraffic {
  /** Remembers what the transaction left. */
  committed(): void;
  /** Forgets what the transaction may have left. */
  failed(): void;
  /** Gives back what the order planned to take. */
  end(): void;
}

/**
 * Lets the orders of a process that need the same stock document go to it one after another: beside each other, one
 * of two transactions would be ABORTED and wait a second for its next run. Of a divided stock each takes a shard that no
 * other of its process uses now, and that has the pieces. A shard where an order lost is used last from then on, for
 * another process is there: so the processes part. What a process remembers decides only where its orders go; Firestore
 * settles the rest.
 */
export class StockQueue {
  readonly #queue = new KeyedQueue();
  readonly #stocks = new Map<string, KnownStock>();
  readonly #gathering = new Set<string>();
  readonly #firestore: Firestore;
  readonly #random: () => number;

  /** @param options.random from 0 to below 1, as `Math.random`: processes must not all begin with the same shards */
  constructor(options: { firestore: Firestore; random: () => number }) {
    this.#firestore = options.firestore;
    this.#random = options.random;
  }

  /** Runs a transaction that takes items out of stock, or puts them back, in its turn. */
  async run<T>(
    { items, direction }: { items: readonly StockItem[]; direction: StockDirection },
    transaction: (traffic: StockTraffic) => Promise<T>,
  ): Promise<T> {
    const wanted = [...quantitiesOf(items)].map(
      ([productId, quantity]) => [productId, direction === 'take' ? quantity : 0] as const,
    );
    for (;;) {
      // One order at a time goes to shards that the process does not use yet: the fewer meet other processes.
      const abroad = wanted
        .filter(
          ([productId, pieces]) =>
            pieces > 0 && this.#stocks.get(productId)?.isAbroad(this.#plan(productId, pieces)),
        )
        .map(([productId]) => productId);
      const ended = await this.#queue.run(abroad.map(abroadKeyOf), async () => {
        const parts = await Promise.all(wanted.map(([productId, pieces]) => this.#part(productId, pieces)));
        const isOutOfTurn = parts.some(
          ({ productId, known, plan }) => known?.isAbroad(plan) === true && !abroad.includes(productId),
        );
        return isOutOfTurn ? undefined : this.#inTurn(parts, transaction);
      });
      if (ended !== undefined) return ended.result;
    }
  }

  /** Runs the transaction in its turn. @returns undefined if the plan does not hold any more at that time */
  async #inTurn<T>(
    parts: readonly Part[],
    transaction: (traffic: StockTraffic) => Promise<T>,
  ): Promise<{ result: T } | undefined> {
    const release = reserveAll(parts);
    try {
      return await this.#queue.run(parts.flatMap(keysOf), async () => {
        if (!parts.every((part) => this.#holds(part))) return undefined;
        const traffic = this.#traffic(parts);
        try {
          const result = await transaction(traffic);
          traffic.committed();
          return { result };
        } catch (error) {
          traffic.failed();
          throw error;
        } finally {
          traffic.end();
        }
      });
    } finally {
      release();
      for (const { productId } of parts) await this.#gatherSoldOut(productId);
    }
  }

  async #part(productId: string, wanted: number): Promise<Part> {
    const isDivided = (this.#stocks.get(productId)?.seen.shards.length ?? 0) > 0;
    // Who puts pieces back into a shard needs no turn, for that meets no other order.
    if (wanted === 0 && isDivided)
      return { productId, wanted, known: this.#stocks.get(productId), plan: undefined, ownShards: new Set() };
    if (!this.#stocks.has(productId))
      return { productId, wanted, known: undefined, plan: 'pool', ownShards: new Set() };
    let plan = this.#plan(productId, wanted);
    let known = this.#stocks.get(productId);
    // Before it goes to a shard of another process, or to nobody's, it looks where others are.
    if (plan === undefined || known?.isAbroad(plan) === true) {
      const seen = await readSeenStock(this.#firestore, productId);
      if (seen !== undefined) this.#see(productId, seen);
      plan = this.#plan(productId, wanted);
      known = this.#stocks.get(productId);
    }
    const shards = plan === undefined || plan === 'pool' ? [] : plan;
    return {
      productId,
      wanted,
      known,
      plan,
      ownShards: new Set(shards.filter((shard) => known?.isOwn(shard))),
    };
  }

  #plan(productId: string, wanted: number): StockPlan | undefined {
    return this.#stocks
      .get(productId)
      ?.plan(wanted, (shard) => this.#queue.lengthOf(keyOf(productId, shard)));
  }

  /** Whether a plan still leads to the pieces, after the orders that came before it. */
  #holds({ productId, wanted, known, plan }: Part): boolean {
    if (plan === undefined) return true;
    const current = this.#stocks.get(productId);
    if (current === undefined) return true;
    return current === known && current.isEnough(plan, wanted);
  }

  #see(productId: string, seen: SeenStock): void {
    const known = this.#stocks.get(productId);
    if (known?.seen.shards.length === seen.shards.length) known.see(seen);
    else this.#stocks.set(productId, new KnownStock(seen, this.#random));
  }

  #update(productId: string, change: SeenStock | StockChange): void {
    if ('changedShards' in change) this.#stocks.get(productId)?.update(change);
    else this.#see(productId, change);
  }

  #traffic(parts: readonly Part[]): OrderTraffic {
    let runs = 0;
    /** The last change of each product's document, as the run before read it. */
    const readIn = new Map<string, string>();
    const changes = new Map<string, SeenStock | StockChange>();
    const added = new Map<string, { shard: number; pieces: number }>();
    const releases: (() => void)[] = [];
    const planOf = (productId: string): StockPlan | undefined =>
      parts.find((part) => part.productId === productId)?.plan;
    return {
      beginRun: () => {
        runs += 1;
        if (runs === 1) return;
        changes.clear();
        added.clear();
        for (const { known, plan } of parts) {
          if (plan !== undefined && plan !== 'pool') for (const shard of plan) known?.yield(shard);
        }
      },
      isCrowded: (productId, { pool, ageMs, changedAt }) => {
        const before = readIn.get(productId);
        readIn.set(productId, changedAt);
        // Where no run before has read it, the wait for it may be what ended that run.
        const isLost = runs > 1 && before !== changedAt;
        if (isLost || this.#queue.lengthOf(keyOf(productId, 'pool')) >= MIN_CROWD) return true;
        const known = this.#stocks.get(productId);
        return known !== undefined && known.seen.pool !== pool && ageMs <= MAX_CROWD_AGE_MS;
      },
      plannedShards: (productId) => {
        const plan = planOf(productId);
        return plan === undefined || plan === 'pool' ? [] : plan;
      },
      planAnew: (productId, wanted) => {
        const plan = this.#plan(productId, wanted);
        // Nobody waits inside a transaction, for it holds locks. The others of the process keep away.
        if (plan !== undefined) {
          const release = this.#stocks.get(productId)?.reserve(plan, wanted);
          if (release !== undefined) releases.push(release);
        }
        return plan;
      },
      shardToFill: (productId, shardCount) =>
        (this.#stocks.get(productId)?.shardToFill() ?? Math.floor(this.#random() * shardCount)) % shardCount,
      add: (productId, shard, pieces) => void added.set(productId, { shard, pieces }),
      meet: (productId, shard, pieces) => {
        const part = parts.find((part) => part.productId === productId);
        part?.known?.meet(shard, pieces, part.ownShards.has(shard));
      },
      see: (productId, seen) => this.#see(productId, seen),
      leave: (productId, change) => void changes.set(productId, change),
      committed: () => {
        for (const [productId, change] of changes) this.#update(productId, change);
        for (const [productId, { shard, pieces }] of added) this.#stocks.get(productId)?.add(shard, pieces);
      },
      failed: () => {
        // It may have been committed all the same.
        for (const productId of changes.keys()) this.#stocks.delete(productId);
      },
      end: () => {
        for (const release of releases) release();
      },
    };
  }

  /** Gathers a divided stock that has no piece left: a product that is sold out costs one read. */
  async #gatherSoldOut(productId: string): Promise<void> {
    const seen = this.#stocks.get(productId)?.seen;
    if (seen === undefined || seen.shards.length === 0 || totalOf(seen) > 0) return;
    if (this.#gathering.has(productId)) return;
    this.#gathering.add(productId);
    try {
      const gathered = await gatherSoldOutStock(this.#firestore, productId);
      if (gathered !== undefined) this.#see(productId, gathered);
    } catch {
      // Another process gathers it, or the next order of this one.
    } finally {
      this.#gathering.delete(productId);
    }
  }
}

function reserveAll(parts: readonly Part[]): () => void {
  const releases = parts.flatMap(({ known, plan, wanted }) =>
    known === undefined || plan === undefined ? [] : [known.reserve(plan, wanted)],
  );
  return () => {
    for (const release of releases) release();
  };
}

/** Nobody needs a turn to find that there is too little. */
function keysOf({ productId, plan }: Part): string[] {
  if (plan === undefined) return [];
  return plan === 'pool' ? [keyOf(productId, 'pool')] : plan.map((shard) => keyOf(productId, shard));
}

function abroadKeyOf(productId: string): string {
  return `${productId}/abroad`;
}

function keyOf(productId: string, document: number | 'pool'): string {
  return document === 'pool' ? productId : `${productId}/${document}`;
}
