/** Runs work of the same key one after another, in the order of its arrival. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #lengths = new Map<string, number>();

  /** The work of a key that runs or waits. */
  lengthOf(key: string): number {
    return this.#lengths.get(key) ?? 0;
  }

  /** Runs `work` once all earlier work of each of the keys has ended, however it ended. */
  async run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const releases: (() => void)[] = [];
    try {
      // All take their keys in the same order: none holds one that another needs for the one it holds.
      for (const key of [...new Set(keys)].toSorted()) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const earlier = this.#tails.get(key);
        this.#tails.set(key, promise);
        this.#lengths.set(key, this.lengthOf(key) + 1);
        releases.push(() => this.#leave(key, promise, resolve));
        await earlier;
      }
      return await work();
    } finally {
      for (const release of releases) release();
    }
  }

  #leave(key: string, own: Promise<void>, resolve: () => void): void {
    resolve();
    const length = this.lengthOf(key) - 1;
    if (length > 0) this.#lengths.set(key, length);
    else this.#lengths.delete(key);
    if (this.#tails.get(key) === own) this.#tails.delete(key);
  }
}
