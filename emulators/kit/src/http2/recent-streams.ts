const CAPACITY = 256;

/** How a stream ended, for frames that come after its end. */
export type StreamEnd = 'reset-here' | 'ended';

/** The streams of a connection that closed last. */
export class RecentStreams {
  readonly #ids = new Int32Array(CAPACITY);
  readonly #wasReset = new Uint8Array(CAPACITY);
  #next = 0;

  add(id: number, end: StreamEnd): void {
    this.#ids[this.#next] = id;
    this.#wasReset[this.#next] = end === 'reset-here' ? 1 : 0;
    this.#next = (this.#next + 1) % CAPACITY;
  }

  /** @returns undefined where the stream was never open, or closed long ago */
  endOf(id: number): StreamEnd | undefined {
    const index = this.#ids.indexOf(id);
    if (index < 0) return undefined;
    return this.#wasReset[index] === 1 ? 'reset-here' : 'ended';
  }
}
