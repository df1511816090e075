const SECONDS = 60;

/** Counts what happened in the last minute, by the second. */
export class RecentCount {
  readonly #counts = new Uint32Array(SECONDS);
  readonly #seconds = new Float64Array(SECONDS);

  add(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    const slot = second % SECONDS;
    if (this.#seconds[slot] !== second) this.#counts[slot] = 0;
    this.#seconds[slot] = second;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  total(nowMs: number): number {
    const oldest = Math.floor(nowMs / 1_000) - SECONDS;
    return this.#counts.reduce(
      (sum, count, slot) => ((this.#seconds[slot] ?? 0) > oldest ? sum + count : sum),
      0,
    );
  }
}
