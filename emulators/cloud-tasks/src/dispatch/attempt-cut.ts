/** Lets the deadline, or the end of the emulator, cut an attempt, whichever of its requests is open. */
export class AttemptCut {
  #error: Error | undefined;
  #onCut: ((error: Error) => void) | undefined;

  /** The reason of the cut, if there was one. */
  get error(): Error | undefined {
    return this.#error;
  }

  cut(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#onCut?.(error);
  }

  /**
   * Waits for a request, unless the attempt is cut.
   * @param start starts it, and returns how it is cancelled
   */
  run<T>(start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void): Promise<T> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      const cancel = start(resolve, reject);
      this.#onCut = (error) => {
        cancel();
        reject(error);
      };
    });
  }
}
