/**
 * A promise that knows whether anybody awaits it. Its rejection never ends the process: the attempt reports at its finish
 * what nobody has awaited.
 */
export class ObservedPromise<T> extends Promise<T> {
  #isObserved = false;

  /** Promises that are derived from it are plain ones. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Observes the outcome of a plain promise. */
  static of<T>(promise: Promise<T>): ObservedPromise<T> {
    const observed = new ObservedPromise<T>((resolve, reject) => {
      promise.then(resolve, reject);
    });
    // Not by its own `then`: this is nobody who awaits it.
    Promise.prototype.then.call(observed, undefined, () => {});
    return observed;
  }

  /** Whether its `then` was called, which `await` and Promise.all do too. */
  get isObserved(): boolean {
    return this.#isObserved;
  }

  // biome-ignore lint/suspicious/noThenProperty: `await` calls it, and that is what is observed
  override then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    this.#isObserved = true;
    return super.then(onFulfilled, onRejected);
  }
}
