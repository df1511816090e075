import type { Clock } from '@waybill/emulator-kit';
import type { Micros } from '../values/timestamp.ts';

/**
 * Hands out the times of commits and reads: each later than all before, and as near to the emulator's clock as
 * that allows. So a read's time tells exactly which commits it saw.
 */
export class CommitClock {
  readonly #clock: Clock;
  #lastMicros: Micros;

  /** @param lastMicros the last time that was handed out before a restart */
  constructor(clock: Clock, lastMicros: Micros) {
    this.#clock = clock;
    this.#lastMicros = lastMicros;
  }

  /** The last time that was handed out. */
  get lastMicros(): Micros {
    return this.#lastMicros;
  }

  /** A new time. */
  next(): Micros {
    this.#lastMicros = Math.max(this.#clock.nowMs() * 1_000, this.#lastMicros + 1);
    return this.#lastMicros;
  }
}
