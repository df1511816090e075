import { connect, type LookupFunction, type Socket } from 'node:net';
import { ExchangeQueue } from './exchange-queue.ts';
import { type ConnectionOwner, Http1Connection } from './http1-connection.ts';
import type { Http1Exchange } from './http1-exchange.ts';

/** The machine around connections. */
export interface ConnectionSurroundings {
  readonly lookup: LookupFunction;
  readonly monotonicMs: () => number;
}

/** Connections to a handler that responds at once: more would cost more than they bring. */
const MIN_CONNECTIONS = 64;
/** While requests wait, slow ones are counted so often. */
const COUNT_MS = 5;
const CONNECT_TIMEOUT_MS = 10_000;
/** Far above the concurrency of a queue. */
const MAX_CONNECTIONS = 10_000;

/**
 * The connections to one origin: never more than requests that were open at one time. Beyond a few, connections are
 * opened for requests that wait behind slow ones; behind quick ones they get their turn sooner than a new connection.
 */
export class OriginConnections implements ConnectionOwner {
  readonly #host: string;
  readonly #port: number;
  readonly #surroundings: ConnectionSurroundings;
  /** The last used last: the others grow old and are closed. */
  readonly #idle: Http1Connection[] = [];
  readonly #connections = new Set<Http1Connection>();
  /** With the time of their start. */
  readonly #connecting = new Map<Socket, number>();
  readonly #waiting = new ExchangeQueue();
  #maxConnections = MIN_CONNECTIONS;
  #count: NodeJS.Timeout | undefined;
  /** The last two counts: a request from before both is slow, however slow this process is. */
  #countsAtMs: [number, number] = [0, 0];
  #isClosed = false;

  constructor(origin: URL, surroundings: ConnectionSurroundings) {
    this.#host = origin.hostname.replace(/^\[(.*)\]$/, '$1');
    this.#port = origin.port === '' ? 80 : Number(origin.port);
    this.#surroundings = surroundings;
  }

  /** Whether no connection and no request is left. */
  get isEmpty(): boolean {
    return this.#connections.size === 0 && this.#connecting.size === 0 && this.#waiting.size === 0;
  }

  send(exchange: Http1Exchange): void {
    const connection = this.#idle.pop();
    if (connection !== undefined) {
      connection.send(exchange);
      return;
    }
    this.#waiting.add(exchange);
    this.#connectMore();
  }

  /** Closes connections that were idle for long. */
  closeIdle(nowMs: number): void {
    for (const connection of this.#idle.filter(({ idleUntilMs }) => idleUntilMs <= nowMs)) connection.close();
  }

  /** Closes all connections; no exchange hears of it. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#count);
    for (const socket of this.#connecting.keys()) socket.destroy();
    for (const connection of this.#connections) connection.close();
  }

  onFree(connection: Http1Connection): void {
    const next = this.#waiting.take();
    if (next === undefined) this.#idle.push(connection);
    else connection.send(next);
  }

  onClosed(connection: Http1Connection): void {
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#connectMore();
  }

  #connectMore(): void {
    while (
      !this.#isClosed &&
      this.#connecting.size < this.#waiting.size &&
      this.#connections.size + this.#connecting.size < this.#maxConnections
    ) {
      this.#connect();
    }
    if (this.#isClosed || this.#waiting.size === 0 || this.#count !== undefined) return;
    const nowMs = this.#surroundings.monotonicMs();
    this.#countsAtMs = [nowMs - COUNT_MS, nowMs];
    this.#count = setTimeout(() => this.#countSlow(), COUNT_MS);
  }

  /** Allows as many connections again as there are slow ones. */
  #countSlow(): void {
    const [beforeLast, last] = this.#countsAtMs;
    let slow = 0;
    for (const connection of this.#connections) if (connection.isBusySince(beforeLast)) slow += 1;
    for (const startedAtMs of this.#connecting.values()) if (startedAtMs < beforeLast) slow += 1;
    this.#maxConnections = Math.min(MAX_CONNECTIONS, slow + Math.max(MIN_CONNECTIONS, slow));
    this.#countsAtMs = [last, this.#surroundings.monotonicMs()];
    this.#count = undefined;
    if (this.#waiting.size === 0) return;
    this.#count = setTimeout(() => this.#countSlow(), COUNT_MS);
    this.#connectMore();
  }

  /** Opens a connection for the first request that waits then. */
  #connect(): void {
    const { lookup, monotonicMs } = this.#surroundings;
    const socket = connect({ host: this.#host, port: this.#port, lookup });
    this.#connecting.set(socket, monotonicMs());
    const timeout = setTimeout(() => {
      const attempted = `attempted address: ${this.#host}:${this.#port}, timeout: ${CONNECT_TIMEOUT_MS}ms`;
      socket.destroy(new Error(`Connect Timeout Error (${attempted})`));
    }, CONNECT_TIMEOUT_MS);
    const settle = (): void => {
      clearTimeout(timeout);
      this.#connecting.delete(socket);
    };
    let failure = new Error('other side closed');
    const onError = (error: Error): void => {
      failure = error;
    };
    const onClose = (): void => {
      settle();
      if (this.#isClosed) return;
      this.#waiting.take()?.end(failure);
      this.#connectMore();
    };
    socket.on('error', onError).on('close', onClose);
    socket.on('connect', () => {
      settle();
      socket.off('error', onError).off('close', onClose);
      const connection = new Http1Connection(socket, this, monotonicMs);
      this.#connections.add(connection);
      this.onFree(connection);
      this.#connectMore();
    });
  }
}
