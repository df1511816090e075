import type { Timers } from '../../src/transactions/timers.ts';

/** Timers whose time passes only when a test says so. */
export class ManualTimers implements Timers {
  #nowMs = 0;
  readonly #pending = new Set<{
    readonly atMs: number;
    readonly sinceMs: number;
    readonly run: () => void;
  }>();
  #longestMs = 0;

  /** Number of timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#pending.size;
  }

  /** The longest time from a timer's start until it fired or was cancelled. */
  get longestMs(): number {
    return this.#longestMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, sinceMs: this.#nowMs, run };
    this.#pending.add(timer);
    return () => this.#end(timer);
  }

  /** Lets time pass, and runs what is due then. */
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#pending]) {
      if (timer.atMs > this.#nowMs || !this.#end(timer)) continue;
      timer.run();
    }
  }

  #end(timer: { readonly atMs: number; readonly sinceMs: number; readonly run: () => void }): boolean {
    if (!this.#pending.delete(timer)) return false;
    this.#longestMs = Math.max(this.#longestMs, this.#nowMs - timer.sinceMs);
    return true;
  }
}
