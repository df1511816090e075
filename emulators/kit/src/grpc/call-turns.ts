/** The longest time that calls may take before sockets are looked after. */
const MAX_TURN_MS = 5;

/** A call that has arrived. */
export interface ArrivedCall {
  /** Whether its client has gone: then nobody waits for a response. */
  readonly cancelled: boolean;
}

/**
 * Runs calls in the order of arrival, and lets the event loop go round after a few milliseconds of them: else a flood of
 * calls keeps everything else waiting, and nobody hears that their clients have gone.
 */
export class CallTurns {
  readonly #waiting: { readonly call: ArrivedCall; readonly run: () => void }[] = [];
  #turnBeganMs: number | undefined;

  /** Runs the call now or, after others, in a later turn. One that is cancelled until then is dropped. */
  run(call: ArrivedCall, run: () => void): void {
    this.#waiting.push({ call, run });
    if (this.#turnBeganMs !== undefined && this.#waiting.length > 1) return;
    this.#runSome();
  }

  #runSome(): void {
    // A new turn runs one call in any case: the system may hold the process up for longer than a turn right after its start.
    let mayRun = this.#turnBeganMs === undefined;
    if (this.#turnBeganMs === undefined) {
      this.#turnBeganMs = performance.now();
      setImmediate(() => this.#nextTurn());
    }
    while (this.#waiting.length > 0 && (mayRun || performance.now() - this.#turnBeganMs < MAX_TURN_MS)) {
      const next = this.#waiting.shift();
      if (next === undefined || next.call.cancelled) continue;
      mayRun = false;
      next.run();
    }
  }

  #nextTurn(): void {
    this.#turnBeganMs = undefined;
    if (this.#waiting.length > 0) this.#runSome();
  }
}
