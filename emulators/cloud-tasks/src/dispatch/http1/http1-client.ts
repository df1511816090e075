import type { TargetRequest } from '../target-request.ts';
import { encodeRequest } from './encode-request.ts';
import { Http1Exchange } from './http1-exchange.ts';
import type { Http1Response } from './http1-response.ts';
import { type ConnectionSurroundings, OriginConnections } from './origin-connections.ts';

/** How often idle connections are looked through. */
const SWEEP_MS = 1_000;

/** Sends requests over kept-alive connections to plain `http:` origins. */
export class Http1Client {
  readonly #surroundings: ConnectionSurroundings;
  readonly #origins = new Map<string, { connections: OriginConnections; host: string }>();
  #sweep: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(surroundings: ConnectionSurroundings) {
    this.#surroundings = surroundings;
  }

  /**
   * Sends a request.
   * @param onEnd called once, unless the exchange is cancelled before or the client is closed
   * @throws {UnsendableError} where HTTP cannot carry it
   */
  send(
    request: TargetRequest,
    onEnd: (error: Error | undefined, response: Http1Response | undefined) => void,
  ): Http1Exchange {
    const { connections, host } = this.#originOf(request.origin);
    const bytes = encodeRequest(request, host);
    const exchange = new Http1Exchange({ bytes, isHead: request.method === 'HEAD' }, onEnd);
    if (!this.#isClosed) connections.send(exchange);
    return exchange;
  }

  /** Closes all connections; no exchange hears of it. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    for (const { connections } of this.#origins.values()) connections.close();
    this.#origins.clear();
  }

  #originOf(origin: string): { connections: OriginConnections; host: string } {
    const known = this.#origins.get(origin);
    if (known !== undefined) return known;
    const url = new URL(origin);
    const made = { connections: new OriginConnections(url, this.#surroundings), host: url.host };
    if (this.#isClosed) return made;
    this.#origins.set(origin, made);
    // It ends with the last connection, so that an idle emulator does nothing.
    this.#sweep ??= setInterval(() => this.#closeIdle(), SWEEP_MS).unref();
    return made;
  }

  #closeIdle(): void {
    const nowMs = this.#surroundings.monotonicMs();
    for (const [origin, { connections }] of this.#origins) {
      connections.closeIdle(nowMs);
      if (connections.isEmpty) this.#origins.delete(origin);
    }
    if (this.#origins.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
