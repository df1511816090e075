import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, createService } from '@waybill/service-kit';
import { nextEvent, readEvents, type StreamedEvent } from '../../test/event-stream.ts';
import { checkEvent, type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';
import { orderView } from '../orders/order-view.ts';
import { OrderEvents, type OrderEventsOptions } from './order-events.ts';
import { OrderFeed } from './order-feed.ts';

const order = { email: 'ada@example.com', items: [{ productId: 'espresso-beans', quantity: 2 }] };

/** Resolves once something holds, which an event elsewhere brings about. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`It never came about: ${holds}`);
    await sleep(5);
  }
}

describe('OrderEvents', () => {
  let bed: FrontendTestBed;
  let orderId: string;
  let server: Server | undefined;
  let url: string;
  let feed: OrderFeed;
  let events: OrderEvents;
  let stop: AbortController;
  let clients: AbortController;

  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  beforeEach(async () => {
    orderId = (await bed.post('/api/orders', order)).body.orderId;
    clients = new AbortController();
  });
  afterEach(async () => {
    clients.abort();
    feed.close();
    server?.closeAllConnections();
    server?.close();
    if (server !== undefined) await once(server, 'close');
    server = undefined;
  });

  /** Serves streams of these bounds. */
  async function serve(options: Partial<OrderEventsOptions> & { lingerMs?: number } = {}): Promise<void> {
    stop = new AbortController();
    feed = new OrderFeed({
      firestore: bed.firestore,
      taskClient: { scheduledAt: async () => undefined },
      lingerMs: options.lingerMs ?? 0,
    });
    events = new OrderEvents({
      feed,
      storeTimeoutMs: 5_000,
      stopping: stop.signal,
      clientOf: (ctx) => ctx.get('X-Client') || undefined,
      ...options,
    });
    const logger = createLogger({ service: 's', version: 'v', destination: { write() {} } });
    const app = createService({ logger });
    app.use((ctx) =>
      events.respond(ctx, ctx.path.split('/')[3] ?? '', (state) =>
        JSON.stringify(orderView(state, bed.links)),
      ),
    );
    server = createServer(app.callback());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function ask(init: RequestInit & { id?: string; after?: string } = {}): Promise<Response> {
    const { id = orderId, after, ...rest } = init;
    const query = after === undefined ? '' : `?after=${after}`;
    return fetch(`${url}${eventsPath(id)}${query}`, { signal: clients.signal, ...rest });
  }

  async function open(init: Parameters<typeof ask>[0] = {}): Promise<AsyncGenerator<StreamedEvent>> {
    const response = await ask(init);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('Content-Type'), 'text/event-stream; charset=utf-8');
    return checked(readEvents(response));
  }

  const eventsPath = (id: string): string => `/api/orders/${id}/events`;

  /** The events, each of which must be as the API's description has it. */
  async function* checked(stream: AsyncGenerator<StreamedEvent>): AsyncGenerator<StreamedEvent> {
    for await (const event of stream) {
      checkEvent(eventsPath(orderId), event);
      yield event;
    }
  }

  const cancel = () => bed.post(bed.links.ofOrder(orderId).cancel, {});
  const statusOf = ({ data }: { data: string }): string => JSON.parse(data).status;

  /** Reads on until the order's status is that. */
  async function untilStatus(stream: AsyncGenerator<StreamedEvent>, status: string): Promise<StreamedEvent> {
    for (;;) {
      const event = await nextEvent(stream);
      if (statusOf(event) === status) return event;
    }
  }

  it('tells the order at once, and again after each change', async () => {
    await serve();
    const stream = await open();
    const first = await nextEvent(stream);
    assert.equal(first.event, 'order');
    assert.equal(statusOf(first), 'processing');
    assert.equal(JSON.parse(first.data).tasks.length, 2);
    await cancel();
    const later = await untilStatus(stream, 'cancelled');
    assert.notEqual(later.id, first.id);
  });

  for (const how of ['header', 'query'] as const) {
    it(`tells only what is newer than the last event that the ${how} names`, async () => {
      await serve();
      const { id = '' } = await nextEvent(await open());
      const stream = await open(how === 'header' ? { headers: { 'Last-Event-ID': id } } : { after: id });
      await cancel();
      const next = await nextEvent(stream);
      assert.notEqual(next.id, id);
    });
  }

  it('listens to Firestore once for all who follow an order, and no longer than they do', async () => {
    await serve();
    const first = new AbortController();
    await nextEvent(await open({ signal: first.signal }));
    await nextEvent(await open());
    assert.deepEqual([events.size, feed.size], [2, 1]);
    first.abort();
    await until(() => events.size === 1);
    assert.equal(feed.size, 1);
    clients.abort();
    await until(() => events.size === 0 && feed.size === 0);
  });

  it('keeps listening for a while for whoever comes back', async () => {
    await serve({ lingerMs: 60_000, oneEventEach: true });
    const { id = '' } = await nextEvent(await open());
    await until(() => events.size === 0);
    assert.equal(feed.size, 1);
    await cancel();
    await untilStatus(await open({ after: id }), 'cancelled');
  });

  it('answers 404 for an order that is not there, and forgets it', async () => {
    await serve();
    for (const id of ['0'.repeat(32), 'nothing']) {
      const response = await ask({ id });
      assert.equal(response.status, 404);
      assert.equal(((await response.json()) as { code: string }).code, 'ORDER_NOT_FOUND');
      assert.equal((await bed.get(bed.links.ofOrder(id).events)).status, 404);
    }
    await until(() => events.size === 0 && feed.size === 0);
  });

  it('answers 500 for a document that is no order, and forgets it', async () => {
    await serve();
    const id = 'a'.repeat(32);
    await bed.firestore.doc(`orders/${id}`).set({ nonsense: true });
    assert.equal((await ask({ id })).status, 500);
    await until(() => events.size === 0 && feed.size === 0);
  });

  for (const [name, bounds] of [
    ['in all', { maxStreams: 1 }],
    ['for one order', { maxStreamsPerOrder: 1 }],
    ['of one client', { maxStreamsPerClient: 1 }],
  ] as const) {
    it(`refuses more streams than may be open ${name}, until one ends`, async () => {
      await serve(bounds);
      const first = new AbortController();
      await nextEvent(await open({ signal: first.signal }));
      const refused = await ask();
      assert.equal(refused.status, 503);
      assert.match(refused.headers.get('Retry-After') ?? '', /^\d+$/);
      assert.equal(((await refused.json()) as { code: string }).code, 'TOO_MANY_STREAMS');
      first.abort();
      await until(() => events.size === 0);
      await nextEvent(await open());
    });
  }

  it('lets another client have streams beside one that has all it may', async () => {
    await serve({ maxStreamsPerClient: 2 });
    const greedy = { headers: { 'X-Client': '203.0.113.1' } };
    await nextEvent(await open(greedy));
    await nextEvent(await open(greedy));
    const other = (await bed.post('/api/orders', order)).body.orderId;
    assert.equal((await ask({ ...greedy, id: other })).status, 503);
    await nextEvent(await open({ headers: { 'X-Client': '203.0.113.2' } }));
    assert.equal(events.size, 3);
  });

  it('says that it is there while nothing happens', async () => {
    await serve({ heartbeatMs: 10 });
    const stream = await open();
    for await (const { comment } of stream) if (comment === 'still here') break;
  });

  it('ends after its time', async () => {
    await serve({ maxDurationMs: 200 });
    for await (const _ of await open());
    await until(() => events.size === 0 && feed.size === 0);
  });

  it('ends after each event where answers are held back until they are whole', async () => {
    await serve({ oneEventEach: true });
    const all: StreamedEvent[] = [];
    for await (const event of await open()) all.push(event);
    assert.deepEqual(
      all.map(({ event }) => event),
      [undefined, 'order'],
    );
    assert.equal(events.size, 0);
  });

  it('ends all streams when the service is about to end, and opens none any more', async () => {
    await serve();
    const stream = await open();
    await nextEvent(stream);
    stop.abort(new Error('SIGTERM'));
    for await (const _ of stream);
    assert.deepEqual([events.size, feed.size], [0, 0]);
    const refused = await ask();
    assert.equal(refused.status, 503);
    assert.equal(((await refused.json()) as { code: string }).code, 'STOPPING');
  });

  it('leaves nothing open after HEAD', async () => {
    assert.equal((await bed.call('HEAD', bed.links.ofOrder(orderId).events)).status, 200);
    await serve();
    assert.equal((await ask({ method: 'HEAD' })).status, 200);
    await until(() => events.size === 0 && feed.size === 0);
  });

  it('leaves nothing open for a client that went away before the first event', async () => {
    await serve();
    const client = new AbortController();
    const asking = ask({ signal: client.signal });
    await until(() => events.size === 1);
    client.abort();
    await assert.rejects(asking);
    await until(() => events.size === 0 && feed.size === 0);
  });
});

describe('OrderEvents, Firestore away', function () {
  this.timeout(30_000);

  it('answers 503 soon', async () => {
    const bed = await startFrontendTestBed({ away: 'firestore' });
    try {
      const { status, body } = await bed.get(bed.links.ofOrder('0'.repeat(32)).events);
      assert.equal(status, 503);
      assert.equal(body.code, 'STORE_UNAVAILABLE');
    } finally {
      await bed.close();
    }
  });
});
