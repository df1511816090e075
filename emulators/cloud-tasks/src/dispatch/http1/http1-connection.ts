import type { Socket } from 'node:net';
import type { Http1Exchange } from './http1-exchange.ts';
import type { Http1Response } from './http1-response.ts';
import { ResponseReader } from './response-reader.ts';

/** Told how a connection fares. */
export interface ConnectionOwner {
  /** The connection can take the next request. */
  onFree(connection: Http1Connection): void;
  onClosed(connection: Http1Connection): void;
}

/** Idle connections are closed after this time, before most handlers close them. */
const MAX_IDLE_MS = 4_000;
/** A handler that names its own timeout may close so much earlier by its clock. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

/** A connection to a handler, with one request at a time. */
export class Http1Connection {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #monotonicMs: () => number;
  readonly #cancelled = (): void => this.close();
  #exchange: Http1Exchange | undefined;
  #reader: ResponseReader | undefined;
  #sentAtMs = 0;
  #idleUntilMs = 0;
  #isClosed = false;

  /** @param socket a connected socket */
  constructor(socket: Socket, owner: ConnectionOwner, monotonicMs: () => number) {
    this.#socket = socket;
    this.#owner = owner;
    this.#monotonicMs = monotonicMs;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('other side closed')));
  }

  /** When the idle connection is closed, in monotonic time. */
  get idleUntilMs(): number {
    return this.#idleUntilMs;
  }

  /** Whether its request was sent before that time, and has no response yet. */
  isBusySince(monotonicMs: number): boolean {
    return this.#exchange !== undefined && this.#sentAtMs < monotonicMs;
  }

  send(exchange: Http1Exchange): void {
    exchange.onCancel = this.#cancelled;
    this.#exchange = exchange;
    this.#reader = new ResponseReader(exchange.isHead);
    this.#sentAtMs = this.#monotonicMs();
    this.#socket.write(exchange.bytes);
  }

  /** Closes the connection; a request on it hears nothing. */
  close(): void {
    this.#exchange = undefined;
    this.#reader = undefined;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    this.#owner.onClosed(this);
  }

  #onData(chunk: Buffer): void {
    const reader = this.#reader;
    // An idle connection has nothing to say: no response of a next request may begin with it.
    if (reader === undefined) {
      this.close();
      return;
    }
    try {
      const response = reader.push(chunk);
      if (response !== undefined) this.#settle(response, reader);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #onEnd(): void {
    const reader = this.#reader;
    const response = reader?.end();
    if (reader !== undefined && response !== undefined) this.#settle(response, reader);
    else this.#fail(new Error('other side closed'));
  }

  #settle(response: Http1Response, { canReuse, keepAliveMs }: ResponseReader): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#reader = undefined;
    const idleMs =
      keepAliveMs === undefined ? MAX_IDLE_MS : Math.min(MAX_IDLE_MS, keepAliveMs - KEEP_ALIVE_MARGIN_MS);
    // A handler that responded before it read all may never read the rest.
    if (canReuse && idleMs > 0 && this.#socket.writableLength === 0) {
      this.#idleUntilMs = this.#monotonicMs() + idleMs;
      this.#owner.onFree(this);
    } else {
      this.close();
    }
    exchange?.end(undefined, response);
  }

  #fail(error: Error): void {
    const exchange = this.#exchange;
    this.close();
    exchange?.end(error);
  }
}
