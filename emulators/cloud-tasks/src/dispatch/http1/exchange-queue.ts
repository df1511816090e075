import type { Http1Exchange } from './http1-exchange.ts';

/** Taken places are given back in one go. */
const MIN_COMPACTED = 1_024;

/** Exchanges that wait for a connection, in order of arrival. Cancelled ones are passed over. */
export class ExchangeQueue {
  #exchanges: (Http1Exchange | undefined)[] = [];
  #next = 0;
  #size = 0;

  /** Exchanges that wait, without the cancelled ones. */
  get size(): number {
    return this.#size;
  }

  add(exchange: Http1Exchange): void {
    this.#exchanges.push(exchange);
    this.#size += 1;
    exchange.onCancel = () => {
      this.#size -= 1;
    };
  }

  take(): Http1Exchange | undefined {
    while (this.#next < this.#exchanges.length) {
      const exchange = this.#exchanges[this.#next];
      this.#exchanges[this.#next] = undefined;
      this.#next += 1;
      if (exchange === undefined || exchange.hasEnded) continue;
      exchange.onCancel = undefined;
      this.#size -= 1;
      this.#compact();
      return exchange;
    }
    this.#compact();
    return undefined;
  }

  #compact(): void {
    if (this.#next < this.#exchanges.length && this.#next < MIN_COMPACTED) return;
    if (this.#next * 2 < this.#exchanges.length) return;
    this.#exchanges = this.#exchanges.slice(this.#next);
    this.#next = 0;
  }
}
