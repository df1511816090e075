import type { SeenStock, StockChange } from './seen-stock.ts';

/** The documents that an order takes its pieces from. */
export type StockPlan =
  /** The product's own document. */
  | 'pool'
  /** These shards together. */
  | readonly number[];

/**
 * What a process knows of one product's stock: the pieces that it saw last, less those that its own orders are taking,
 * and the shards that it uses, or another process. Processes that use different shards do not meet. Other processes take
 * pieces too, so an order's transaction reads its documents again.
 */
export class KnownStock {
  readonly #random: () => number;
  readonly #taking = new Map<number | 'pool', number>();
  /** The shards that this process uses, in the order in which it does. */
  readonly #own = new Set<number>();
  /** The shards that another process uses. */
  #foreign: Set<number>;
  #seen: SeenStock;

  /** @param random from 0 to below 1: the shards that the process begins to use */
  constructor(seen: SeenStock, random: () => number) {
    this.#random = random;
    this.#seen = seen;
    this.#foreign = new Set(seen.inUse);
  }

  get seen(): SeenStock {
    return this.#seen;
  }

  /** Replaces what was seen before, of as many shards. */
  see(seen: SeenStock): void {
    this.#seen = seen;
    if (seen.inUse !== undefined)
      this.#foreign = new Set([...seen.inUse].filter((shard) => !this.#own.has(shard)));
  }

  /** Replaces what was seen in some shards. */
  update({ changedShards }: StockChange): void {
    const { pool, shards } = this.#seen;
    this.#seen = { pool, shards: shards.map((pieces, shard) => changedShards.get(shard) ?? pieces) };
  }

  /** Adds pieces that an order put back into a shard without reading it. */
  add(shard: number, pieces: number): void {
    this.update({ changedShards: new Map([[shard, (this.#seen.shards[shard] ?? 0) + pieces]]) });
  }

  /** The shard that an order puts pieces back into: one that the process uses, so that its own orders take them. */
  shardToFill(): number {
    return this.#own.values().next().value ?? Math.floor(this.#random() * this.#seen.shards.length);
  }

  /** Leaves a shard to another process: an order lost against that. */
  yield(shard: number): void {
    this.#own.delete(shard);
    this.#foreign.add(shard);
  }

  /**
   * Compares the pieces that an order reads in a shard. Where another process changed them, the one that used the shard
   * before keeps it. Of two that both did, chance decides.
   */
  meet(shard: number, pieces: number, wasOwn: boolean): void {
    if (this.#seen.shards[shard] === pieces) return;
    if (!wasOwn || this.#random() < 0.5) this.yield(shard);
  }

  isOwn(shard: number): boolean {
    return this.#own.has(shard);
  }

  /** Whether a plan leads to a shard that the process does not use yet. */
  isAbroad(plan: StockPlan | undefined): boolean {
    return plan !== undefined && plan !== 'pool' && plan.some((shard) => !this.#own.has(shard));
  }

  /** Leaves pieces of a plan to one order, and makes its shards the process's own. @returns gives the pieces back */
  reserve(plan: StockPlan, wanted: number): () => void {
    const taken = new Map<number | 'pool', number>();
    let missing = wanted;
    for (const document of plan === 'pool' ? (['pool'] as const) : plan) {
      const pieces = plan === 'pool' ? missing : Math.min(missing, this.#free(document));
      taken.set(document, pieces);
      missing -= pieces;
      if (document !== 'pool' && !this.#foreign.has(document)) this.#own.add(document);
    }
    for (const [document, pieces] of taken) this.#add(document, pieces);
    return () => {
      for (const [document, pieces] of taken) this.#add(document, -pieces);
    };
  }

  /** Whether a plan's documents have the pieces, as far as the process knows. */
  isEnough(plan: StockPlan, wanted: number): boolean {
    const { pool, shards } = this.#seen;
    if (plan === 'pool') return pool >= wanted;
    return plan.reduce((sum, shard) => sum + (shards[shard] ?? 0), 0) >= wanted;
  }

  /**
   * Plans where an order takes pieces, or puts them back: in one shard that nobody uses now if there is one, in as few
   * shards as will do, or in the product's document.
   * @param lengthOf the orders of the process that use or wait for a shard
   * @returns undefined where the process knows of too few pieces
   */
  plan(wanted: number, lengthOf: (shard: number) => number): StockPlan | undefined {
    const { pool, shards } = this.#seen;
    if (shards.length === 0) return pool >= wanted ? 'pool' : undefined;
    const single =
      this.#ownShard(wanted, lengthOf) ?? (pool >= wanted ? undefined : this.#foreignShard(wanted, lengthOf));
    if (single !== undefined) return [single];
    if (pool >= wanted) return 'pool';
    const several = severalShards(
      shards.map((_, shard) => this.#free(shard)),
      wanted,
    );
    if (several !== undefined) return several;
    // Orders of the process are taking the last pieces. One of them may fail, so this order waits for its turn.
    const enough = [...shards.keys()].filter((shard) => (shards[shard] ?? 0) >= wanted);
    const waiting = leastUsed(enough, lengthOf);
    return waiting === undefined ? severalShards(shards, wanted) : [waiting];
  }

  /** One that the process uses, or nobody. */
  #ownShard(wanted: number, lengthOf: (shard: number) => number): number | undefined {
    const own = [...this.#own].filter((shard) => this.#free(shard) >= wanted);
    const idle = own.find((shard) => lengthOf(shard) === 0);
    if (idle !== undefined) return idle;
    const unused = this.#shardsWith(wanted).filter(
      (shard) => !this.#own.has(shard) && !this.#foreign.has(shard),
    );
    return this.#any(unused) ?? leastUsed(own, lengthOf);
  }

  /** One that another process uses. */
  #foreignShard(wanted: number, lengthOf: (shard: number) => number): number | undefined {
    return this.#any(
      this.#shardsWith(wanted).filter((shard) => this.#foreign.has(shard) && lengthOf(shard) === 0),
    );
  }

  #shardsWith(wanted: number): number[] {
    return [...this.#seen.shards.keys()].filter((shard) => this.#free(shard) >= wanted);
  }

  #any(shards: readonly number[]): number | undefined {
    return shards[Math.floor(this.#random() * shards.length)];
  }

  /** Pieces that no order of the process is taking. */
  #free(document: number | 'pool'): number {
    const pieces = document === 'pool' ? this.#seen.pool : (this.#seen.shards[document] ?? 0);
    return Math.max(0, pieces - (this.#taking.get(document) ?? 0));
  }

  #add(document: number | 'pool', pieces: number): void {
    const taking = (this.#taking.get(document) ?? 0) + pieces;
    if (taking === 0) this.#taking.delete(document);
    else this.#taking.set(document, taking);
  }
}

function leastUsed(shards: readonly number[], lengthOf: (shard: number) => number): number | undefined {
  return shards.toSorted((a, b) => lengthOf(a) - lengthOf(b))[0];
}

/** As few shards as have the pieces together, the fullest first. */
function severalShards(pieces: readonly number[], wanted: number): number[] | undefined {
  const bySize = [...pieces.entries()].toSorted(([, a], [, b]) => b - a);
  const plan: number[] = [];
  let missing = wanted;
  for (const [shard, count] of bySize) {
    if (count === 0) return undefined;
    plan.push(shard);
    missing -= count;
    if (missing <= 0) return plan;
  }
  return undefined;
}
