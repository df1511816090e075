/** How the service lowers rates by itself. It has not published its rules: these are the emulator's own. */
export interface ThrottlingSettings {
  /** Halves a queue's rate on 429 and 503 (App Engine: 503), and while more than half of its attempts fail. */
  readonly onErrors?: boolean;
  /** Sends a task again no earlier than the `Retry-After` header of a 429 or 503 says. */
  readonly retryAfter?: boolean;
  /**
   * The rate of a queue that is new, resumed or was idle for 5 minutes; it grows by half every 5 minutes. The service's
   * guide names 500/50/5: 500 per second.
   */
  readonly slowStartPerSecond?: number;
}

/** How an attempt ended, as far as throttling goes. */
export type ThrottleSignal = 'succeeded' | 'failed' | 'overloaded';

const STEP_MS = 300_000;
const STEP_GROWTH = 1.5;
/** The rate changes at most once in this time. */
const MIN_CHANGE_MS = 1_000;
const RECOVERY = 1.1;
const MIN_FACTOR = 0.001;
/** Attempts that count for the share of failures. */
const WINDOW = 20;

/** The rate of one queue below the one that its settings allow. It runs on the machine's time, as the rate does. */
export class QueueThrottle {
  readonly #settings: ThrottlingSettings;
  readonly #nowMs: () => number;
  readonly #recentFailures: boolean[] = [];
  #factor = 1;
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #warmSinceMs: number;
  #lastStartMs: number;

  /** @param nowMs monotonic milliseconds */
  constructor(settings: ThrottlingSettings, nowMs: () => number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#warmSinceMs = nowMs();
    this.#lastStartMs = this.#warmSinceMs;
  }

  /** Starts slowly again. */
  restart(): void {
    this.#warmSinceMs = this.#nowMs();
    this.#lastStartMs = this.#warmSinceMs;
  }

  /** To be called when a dispatch starts. */
  started(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lastStartMs > STEP_MS) this.#warmSinceMs = nowMs;
    this.#lastStartMs = nowMs;
  }

  /** To be called when a dispatch has ended. */
  ended(signal: ThrottleSignal): void {
    if (!this.#settings.onErrors) return;
    this.#recentFailures.push(signal !== 'succeeded');
    if (this.#recentFailures.length > WINDOW) this.#recentFailures.shift();
    const failures = this.#recentFailures.filter(Boolean).length;
    const failsOften = this.#recentFailures.length === WINDOW && failures > WINDOW / 2;
    const nowMs = this.#nowMs();
    if (nowMs - this.#changedAtMs < MIN_CHANGE_MS) return;
    if (signal === 'overloaded' || (signal === 'failed' && failsOften)) {
      this.#factor = Math.max(MIN_FACTOR, this.#factor / 2);
    } else if (signal === 'succeeded' && this.#factor < 1) {
      this.#factor = Math.min(1, this.#factor * RECOVERY);
    } else {
      return;
    }
    this.#changedAtMs = nowMs;
  }

  /** The rate now, in dispatches per second. @param perSecond the one that the settings allow */
  rate(perSecond: number): number {
    const { slowStartPerSecond } = this.#settings;
    const allowed = perSecond * this.#factor;
    if (slowStartPerSecond === undefined) return allowed;
    const steps = Math.floor((this.#nowMs() - this.#warmSinceMs) / STEP_MS);
    return Math.min(allowed, slowStartPerSecond * STEP_GROWTH ** steps);
  }
}
