/** The order in which a process uses the shards of a product's stock. */
export class ShardChoice {
  readonly count: number;
  readonly #preferred: number[];

  /** @param random from 0 to below 1: where the order begins */
  constructor(count: number, random: () => number) {
    this.count = count;
    const first = Math.floor(random() * count);
    this.#preferred = Array.from({ length: count }, (_, index) => (first + index) % count);
  }

  /** The first shard that nobody of the process uses now, or else the one that the fewest wait for. */
  next(lengthOf: (shard: number) => number): number {
    const [first = 0, ...others] = this.#preferred;
    return others.reduce((best, shard) => (lengthOf(shard) < lengthOf(best) ? shard : best), first);
  }

  /** Uses a shard after all others from now on. */
  avoid(shard: number): void {
    this.#preferred.splice(this.#preferred.indexOf(shard), 1);
    this.#preferred.push(shard);
  }
}
