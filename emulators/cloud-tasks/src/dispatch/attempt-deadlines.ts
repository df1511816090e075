/** The deadline of one attempt. */
interface AttemptDeadline {
  cancel(): void;
}

/** An entry of a list in order of time. */
class Entry implements AttemptDeadline {
  readonly atMs: number;
  readonly onExpired: () => void;
  before: Entry = this;
  after: Entry = this;

  constructor(atMs: number, onExpired: () => void) {
    this.atMs = atMs;
    this.onExpired = onExpired;
  }

  insertBefore(next: Entry): void {
    this.before = next.before;
    this.after = next;
    next.before.after = this;
    next.before = this;
  }

  cancel(): void {
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this;
    this.after = this;
  }
}

/** Deadlines of one duration: they pass in the order in which they were set. */
class DeadlinesOfDuration {
  /** The ring's start, which is no deadline. */
  readonly #ring = new Entry(0, () => {});
  readonly #monotonicMs: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  add(durationMs: number, onExpired: () => void): AttemptDeadline {
    const nowMs = this.#monotonicMs();
    const entry = new Entry(nowMs + durationMs, onExpired);
    entry.insertBefore(this.#ring);
    if (this.#timer === undefined) this.#arm(entry, nowMs);
    return entry;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(entry: Entry, nowMs: number): void {
    this.#timer = setTimeout(() => this.#expire(entry.atMs), Math.max(0, entry.atMs - nowMs));
    // The timer stays when its deadline is cancelled: it must not keep a closed emulator's process.
    this.#timer.unref();
  }

  /** @param timerMs the time for which the timer was set, which it may miss by a little */
  #expire(timerMs: number): void {
    this.#timer = undefined;
    const nowMs = Math.max(timerMs, this.#monotonicMs());
    for (let first = this.#ring.after; first !== this.#ring; first = this.#ring.after) {
      if (first.atMs > nowMs) {
        if (this.#timer === undefined) this.#arm(first, nowMs);
        return;
      }
      first.cancel();
      first.onExpired();
    }
  }
}

/** Durations beyond these are forgotten first: a client can send any number of them. */
const MAX_DURATIONS = 1_000;

/**
 * Deadlines in real time, with one timer for each duration: most tasks have the same, and nearly all end long before it.
 */
export class AttemptDeadlines {
  readonly #monotonicMs: () => number;
  readonly #byDuration = new Map<number, DeadlinesOfDuration>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Calls `onExpired` after the duration, unless the deadline is cancelled before. */
  set(durationMs: number, onExpired: () => void): AttemptDeadline {
    let deadlines = this.#byDuration.get(durationMs);
    if (deadlines === undefined) {
      deadlines = new DeadlinesOfDuration(this.#monotonicMs);
      // A forgotten one still ends its own deadlines.
      if (this.#byDuration.size >= MAX_DURATIONS) this.#byDuration.clear();
      this.#byDuration.set(durationMs, deadlines);
    }
    return deadlines.add(durationMs, onExpired);
  }

  clear(): void {
    for (const deadlines of this.#byDuration.values()) deadlines.clear();
    this.#byDuration.clear();
  }
}
