/**
 * A bound for frames that cost work and bring no call on. Each takes from a budget, which fills with time and with what
 * calls do.
 */
export class FloodGuard {
  readonly #capacity: number;
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #left: number;
  #filledMs: number;

  constructor(options: { capacity: number; perSecond: number; nowMs: () => number }) {
    this.#capacity = options.capacity;
    this.#perSecond = options.perSecond;
    this.#nowMs = options.nowMs;
    this.#left = options.capacity;
    this.#filledMs = options.nowMs();
  }

  /** Takes from the budget. @returns false once it is used up */
  spend(cost: number): boolean {
    if (this.#left < cost) this.#fill();
    if (this.#left < cost) return false;
    this.#left -= cost;
    return true;
  }

  /** Gives back for what a well-behaved peer does. */
  earn(amount: number): void {
    if (this.#left < this.#capacity) this.#left = Math.min(this.#capacity, this.#left + amount);
  }

  #fill(): void {
    const nowMs = this.#nowMs();
    const seconds = (nowMs - this.#filledMs) / 1_000;
    this.#filledMs = nowMs;
    this.#left = Math.min(this.#capacity, this.#left + seconds * this.#perSecond);
  }
}
