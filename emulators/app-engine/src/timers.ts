/** Real time, apart from the movable clock: how long processes take is not changed by moving the clock ahead. */
export interface Timers {
  /** Milliseconds that never go back; only differences mean anything. */
  monotonicMs(): number;
  /** Runs `run` once after the delay. Returns a function that cancels. */
  after(delayMs: number, run: () => void): () => void;
}

/** The timers of this process. */
export const realTimers: Timers = {
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
