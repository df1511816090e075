/**
 * The rate limit of a queue: holds up to `size` tokens, gets `perSecond` new ones each second, and each dispatch
 * takes one. It runs on the machine's monotonic time, so that moving the emulator's clock makes no tokens.
 */
export class TokenBucket {
  readonly #nowMs: () => number;
  #perSecond: number;
  #size: number;
  #tokens: number;
  #filledAtMs: number;

  /** Starts full. @param nowMs monotonic milliseconds, fractions included */
  constructor(options: { perSecond: number; size: number; nowMs: () => number }) {
    this.#nowMs = options.nowMs;
    this.#perSecond = options.perSecond;
    this.#size = options.size;
    this.#tokens = options.size;
    this.#filledAtMs = options.nowMs();
  }

  /** Takes a token if there is one. */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until the next token, 0 if there is one. */
  msUntilToken(): number {
    this.#fill();
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / this.#perSecond) * 1_000;
  }

  /** Changes rate and size; tokens that are there stay, as far as they fit. */
  resize(perSecond: number, size: number): void {
    this.#fill();
    this.#perSecond = perSecond;
    this.#size = size;
    this.#tokens = Math.min(this.#tokens, size);
  }

  #fill(): void {
    const now = this.#nowMs();
    const grown = this.#tokens + ((now - this.#filledAtMs) / 1_000) * this.#perSecond;
    this.#tokens = Math.min(this.#size, grown);
    this.#filledAtMs = now;
  }
}
