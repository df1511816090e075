/** Timers in the machine's time: an emulator's clock may jump a day, and waits must not end by that. */
export interface Timers {
  /** Runs `run` once after the delay. Returns a function that cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** The timers of this process. */
export const realTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
