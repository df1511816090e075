import { GrpcStatus } from '@waybill/emulator-kit';
import { FirestoreError } from '../firestore-error.ts';
import type { PausableRead, Steps } from '../store/steps.ts';

/** The longest time that reads take before sockets are looked after. */
const MAX_TURN_MS = 4;

/** A read that has begun and is not done. */
interface Waiting {
  readonly signal: AbortSignal;
  /** Goes on for as long as the turn lasts. Returns whether it is done. */
  goOn(): boolean;
  cancel(): void;
}

/**
 * Runs reads that may pause. All of them together take a few milliseconds of each turn of the event loop, in the order
 * of arrival and then by turns, so that a long one keeps neither calls nor other reads waiting.
 */
export class ReadTurns {
  readonly #nowMs: () => number;
  readonly #waiting: Waiting[] = [];
  #usedMs = 0;
  #immediate: NodeJS.Immediate | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Reads that wait for a turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Runs a read: at once if there is time for all of it, in parts otherwise.
   * @throws {FirestoreError} CANCELLED if its client has gone before it is done
   */
  run<T>({ steps }: PausableRead<T>, signal: AbortSignal): T | Promise<T> {
    if (this.#waiting.length === 0 && this.#usedMs < MAX_TURN_MS) {
      const outcome = this.#goOn(steps);
      if (outcome !== undefined) return outcome.result;
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        signal,
        goOn: () => {
          try {
            const outcome = this.#goOn(steps);
            if (outcome !== undefined) resolve(outcome.result);
            return outcome !== undefined;
          } catch (error) {
            reject(error);
            return true;
          }
        },
        cancel: () => reject(new FirestoreError(GrpcStatus.CANCELLED, 'The client cancelled the call.')),
      });
    });
  }

  /** One step at least, then more until the turn ends; undefined if there is more to do. */
  #goOn<T>(steps: Steps<T>): { result: T } | undefined {
    this.#immediate ??= setImmediate(() => this.#nextTurn());
    const startMs = this.#nowMs();
    try {
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) return { result: value };
        if (this.#usedMs + this.#nowMs() - startMs >= MAX_TURN_MS) return undefined;
      }
    } finally {
      this.#usedMs += this.#nowMs() - startMs;
    }
  }

  #nextTurn(): void {
    this.#immediate = undefined;
    this.#usedMs = 0;
    while (this.#usedMs < MAX_TURN_MS) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (next.signal.aborted) next.cancel();
      else if (!next.goOn()) this.#waiting.push(next);
    }
  }
}
