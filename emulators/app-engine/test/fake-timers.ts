import type { Timers } from '../src/index.ts';

/** Timers that run only when a test moves them on. */
export class FakeTimers implements Timers {
  #nowMs = 0;
  readonly #pending = new Set<{ atMs: number; delayMs: number; run: () => void }>();
  readonly #watchers = new Set<() => void>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, delayMs, run };
    this.#pending.add(timer);
    for (const watcher of this.#watchers) watcher();
    return () => this.#pending.delete(timer);
  }

  /** Moves the time on and runs what is due. */
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#pending].filter(({ atMs }) => atMs <= this.#nowMs)) {
      this.#pending.delete(timer);
      timer.run();
    }
  }

  /** Resolves once a timer with this delay is pending. */
  async waitFor(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if ([...this.#pending].some((timer) => timer.delayMs === delayMs)) resolve();
    };
    this.#watchers.add(look);
    look();
    await promise;
    this.#watchers.delete(look);
  }
}
