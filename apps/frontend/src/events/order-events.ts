import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { isOrderId } from '@waybill/orders';
import { type ServiceContext, ServiceError } from '@waybill/service-kit';
import { StoreUnavailableError } from '@waybill/task-runtime';
import { hasReceipt } from '../orders/order-links.ts';
import { orderNotFound } from '../orders/order-not-found.ts';
import type { OrderState } from '../orders/order-service.ts';
import { orderDetails } from '../orders/order-view.ts';
import { MAX_STREAMS_PER_CLIENT } from './max-streams.ts';
import { OpenStreams } from './open-streams.ts';
import type { OrderFeed } from './order-feed.ts';

/** Bounds of the streams of events. */
export interface OrderEventsOptions {
  readonly feed: OrderFeed;
  /** How long the first state may take. */
  readonly storeTimeoutMs: number;
  /** Aborted once the service is about to end: all streams end then. */
  readonly stopping: AbortSignal;
  /**
   * For platforms that hold an answer back until it is whole (App Engine's standard environment): a stream ends after
   * each event, so that it gets out. Default false.
   */
  readonly oneEventEach?: boolean | undefined;
  /** Maximum of open streams. Default 40: each is one of the 60 concurrent requests of an instance. */
  readonly maxStreams?: number | undefined;
  /** Maximum of open streams for one order. Default 8. */
  readonly maxStreamsPerOrder?: number | undefined;
  /** Maximum of open streams of one client. Default {@link MAX_STREAMS_PER_CLIENT}. */
  readonly maxStreamsPerClient?: number | undefined;
  /** The network address of a request's client; undefined where it is not known: those share one maximum. */
  readonly clientOf: (ctx: ServiceContext) => string | undefined;
  /** Maximum duration of a stream. Default 5 min; 50 s where each has one event. */
  readonly maxDurationMs?: number | undefined;
  /** How often one without news says that it is there. Default 15 s. */
  readonly heartbeatMs?: number | undefined;
}

type AllOptions = { readonly [Name in keyof OrderEventsOptions]-?: NonNullable<OrderEventsOptions[Name]> };

const NO_CLIENT = '';
const RETRY_AFTER_SECONDS = 5;
/** When a browser comes back after a stream's end. */
const RECONNECT_MS = 500;

/** Streams of an order's states, as server-sent events (HTML standard, section 9.2). */
export class OrderEvents {
  readonly #options: AllOptions;
  readonly #ofOrders = new OpenStreams();
  readonly #ofClients = new OpenStreams();

  constructor(options: OrderEventsOptions) {
    const { oneEventEach = false } = options;
    this.#options = {
      ...options,
      oneEventEach,
      maxStreams: options.maxStreams ?? 40,
      maxStreamsPerOrder: options.maxStreamsPerOrder ?? 8,
      maxStreamsPerClient: options.maxStreamsPerClient ?? MAX_STREAMS_PER_CLIENT,
      maxDurationMs: options.maxDurationMs ?? (oneEventEach ? 50_000 : 5 * 60_000),
      heartbeatMs: options.heartbeatMs ?? 15_000,
    };
    options.stopping.addEventListener('abort', () => options.feed.close(), { once: true });
  }

  /** How many streams are open. */
  get size(): number {
    return this.#ofOrders.size;
  }

  /**
   * Responds with a stream: the order's state, unless the request names it as seen, then each further one.
   * @param dataOf what is told of a state, on one line
   * @throws {ServiceError} 404 ORDER_NOT_FOUND; 503 TOO_MANY_STREAMS, STOPPING or STORE_UNAVAILABLE
   */
  async respond(ctx: ServiceContext, orderId: string, dataOf: (state: OrderState) => string): Promise<void> {
    if (!isOrderId(orderId)) throw orderNotFound();
    const release = this.#reserve(orderId, this.#options.clientOf(ctx) ?? NO_CLIENT);
    const stream = new OrderStream(this.#options, { dataOf, seen: lastEventId(ctx), release });
    const stop = this.#options.feed.follow(orderId, stream);
    stream.onEnd(stop);
    // Also for a client that goes away before the first state is there.
    ctx.res.once('close', () => stream.end());
    await stream.ready;
    ctx.status = 200;
    ctx.set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      // For proxies that would otherwise collect it.
      'X-Accel-Buffering': 'no',
    });
    if (ctx.method === 'HEAD') stream.end();
    ctx.body = stream.body;
  }

  #reserve(orderId: string, client: string): () => void {
    const { stopping, maxStreams, maxStreamsPerOrder, maxStreamsPerClient } = this.#options;
    if (stopping.aborted) throw refused('STOPPING', 'The service is stopping');
    const open = [this.size, this.#ofOrders.of(orderId), this.#ofClients.of(client)] as const;
    if (open[0] >= maxStreams || open[1] >= maxStreamsPerOrder || open[2] >= maxStreamsPerClient) {
      throw refused(
        'TOO_MANY_STREAMS',
        `There are ${open[0]} streams open, ${open[1]} of them for this order and ${open[2]} of this client; ` +
          `${maxStreams}, ${maxStreamsPerOrder} and ${maxStreamsPerClient} may be`,
      );
    }
    this.#ofOrders.add(orderId);
    this.#ofClients.add(client);
    return () => {
      this.#ofOrders.remove(orderId);
      this.#ofClients.remove(client);
    };
  }
}

/** Tells one state of an order from another: the same in every process, whatever key its links are signed with. */
export function stateId(state: OrderState): string {
  return createHash('sha256')
    .update(JSON.stringify([orderDetails(state), hasReceipt(state)]))
    .digest('hex')
    .slice(0, 16);
}

type Bounds = Pick<
  AllOptions,
  'storeTimeoutMs' | 'stopping' | 'oneEventEach' | 'maxDurationMs' | 'heartbeatMs'
>;

class OrderStream {
  readonly body = new PassThrough();
  /** Resolves when the order is known to be there. */
  readonly ready: Promise<void>;
  readonly #dataOf: (state: OrderState) => string;
  readonly #oneEventEach: boolean;
  readonly #first = Promise.withResolvers<void>();
  readonly #ends: (() => void)[];
  readonly #timers: NodeJS.Timeout[];
  #seen: string | undefined;
  #isFirst = true;
  #isEnded = false;
  /** The newest state, while the client has not read an older one yet: those in between are left out. */
  #waiting: OrderState | undefined;

  constructor(
    bounds: Bounds,
    options: { dataOf: (state: OrderState) => string; seen: string | undefined; release: () => void },
  ) {
    const { stopping, storeTimeoutMs, maxDurationMs, heartbeatMs } = bounds;
    this.ready = this.#first.promise;
    this.ready.catch(() => {});
    this.#dataOf = options.dataOf;
    this.#oneEventEach = bounds.oneEventEach;
    this.#seen = options.seen;
    const stop = (): void => this.#fail(refused('STOPPING', 'The service is stopping'));
    stopping.addEventListener('abort', stop, { once: true });
    this.#ends = [options.release, () => stopping.removeEventListener('abort', stop)];
    this.#timers = [
      setTimeout(() => {
        if (this.#isFirst) {
          this.#fail(
            new StoreUnavailableError(`Firestore did not give the order within ${storeTimeoutMs} ms`),
          );
        }
      }, storeTimeoutMs),
      setTimeout(() => this.end(), maxDurationMs),
      setInterval(() => {
        if (!this.body.writableNeedDrain) this.#write(': still here\n\n');
      }, heartbeatMs),
    ];
    this.body.on('drain', () => {
      const state = this.#waiting;
      this.#waiting = undefined;
      if (state !== undefined) this.#send(state);
    });
  }

  /** Called once it has ended. */
  onEnd(end: () => void): void {
    if (this.#isEnded) end();
    else this.#ends.push(end);
  }

  changed(state: OrderState | undefined): void {
    if (this.#isEnded) return;
    if (state === undefined) {
      this.#fail(orderNotFound());
      return;
    }
    if (this.#isFirst) {
      this.#isFirst = false;
      // A line of its own, so that a client knows of the stream before there is any news.
      this.#write(`retry: ${RECONNECT_MS}\n\n`);
      this.#first.resolve();
    }
    if (this.body.writableNeedDrain) this.#waiting = state;
    else this.#send(state);
  }

  failed(error: unknown): void {
    this.#fail(error);
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const end of this.#ends) end();
    this.#first.resolve();
    // Nobody waits for a client that does not read.
    if (this.body.writableNeedDrain) this.body.destroy();
    else this.body.end();
  }

  #send(state: OrderState): void {
    const id = stateId(state);
    if (id === this.#seen) return;
    this.#seen = id;
    this.#write(`event: order\nid: ${id}\ndata: ${this.#dataOf(state)}\n\n`);
    if (this.#oneEventEach) this.end();
  }

  #write(text: string): void {
    if (!this.#isEnded) this.body.write(text);
  }

  #fail(error: unknown): void {
    this.#first.reject(error);
    this.end();
  }
}

function lastEventId(ctx: ServiceContext): string | undefined {
  const after = ctx.get('Last-Event-ID') || ctx.query['after'];
  return typeof after === 'string' && after !== '' ? after : undefined;
}

function refused(code: string, message: string): ServiceError {
  return new ServiceError({ code, status: 503, message, retryAfterSeconds: RETRY_AFTER_SECONDS });
}
