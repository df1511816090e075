import type { Http1Response } from './http1-response.ts';

/** A request and its response. */
export class Http1Exchange {
  /** The encoded request. */
  readonly bytes: Buffer;
  /** Whether the request is a HEAD, whose response has no body. */
  readonly isHead: boolean;
  readonly #onEnd: (error: Error | undefined, response: Http1Response | undefined) => void;
  #hasEnded = false;
  /** Frees what the exchange uses. */
  onCancel: (() => void) | undefined;

  /** @param onEnd called once, unless the exchange is cancelled before */
  constructor(
    request: { bytes: Buffer; isHead: boolean },
    onEnd: (error: Error | undefined, response: Http1Response | undefined) => void,
  ) {
    this.bytes = request.bytes;
    this.isHead = request.isHead;
    this.#onEnd = onEnd;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  end(error: Error | undefined, response?: Http1Response): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.onCancel = undefined;
    this.#onEnd(error, response);
  }

  cancel(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.onCancel?.();
    this.onCancel = undefined;
  }
}
