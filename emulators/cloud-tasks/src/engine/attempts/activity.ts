/** Keeps every queue from sending until it is released. */
export interface Hold {
  /** Resolves once all dispatches that were open have ended. */
  readonly held: Promise<void>;
  /** Lets the queues send again, once all holds are released. */
  release(): void;
}

/** Knows how much is going on: answers who waits for quiet, and holds dispatches back. */
export class Activity {
  readonly #setHeld: (held: boolean) => void;
  readonly #hasDue: () => boolean;
  readonly #holds = new Set<symbol>();
  #waiters: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];
  #openCount = 0;

  /**
   * @param options.setHeld tells all schedulers
   * @param options.hasDue whether any queue has a task that it is about to send
   */
  constructor(options: { setHeld: (held: boolean) => void; hasDue: () => boolean }) {
    this.#setHeld = options.setHeld;
    this.#hasDue = options.hasDue;
  }

  get isHeld(): boolean {
    return this.#holds.size > 0;
  }

  opened(): void {
    this.#openCount += 1;
  }

  ended(): void {
    this.#openCount -= 1;
  }

  /** To be called after anything that may have brought quiet. */
  check(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (waiter.isMet()) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }

  /** Resolves when no dispatch is open and none is due. */
  whenIdle(): Promise<void> {
    return this.#when(() => this.#openCount === 0 && !this.#hasDue());
  }

  /** Resolves when no dispatch is open. */
  whenNoneOpen(): Promise<void> {
    return this.#when(() => this.#openCount === 0);
  }

  hold(): Hold {
    const id = Symbol('hold');
    this.#holds.add(id);
    this.#setHeld(true);
    return {
      held: this.whenNoneOpen(),
      release: () => {
        if (this.#holds.delete(id) && this.#holds.size === 0) this.#setHeld(false);
      },
    };
  }

  #when(isMet: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ isMet, resolve });
    this.check();
    return promise;
  }
}
