/** Lets orders pass up to a number that grows. */
export class OrderGate {
  #limit = 0;
  #opened = Promise.withResolvers<void>();

  /** From now on the first `limit` orders may pass. */
  open(limit: number): void {
    this.#limit = limit;
    this.#opened.resolve();
    this.#opened = Promise.withResolvers();
  }

  /** Resolves when order `number`, counted from 0, may pass. */
  async pass(number: number): Promise<void> {
    while (number >= this.#limit) await this.#opened.promise;
  }
}
