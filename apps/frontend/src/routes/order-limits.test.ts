import assert from 'node:assert/strict';
import type { LimitedEvent } from '@waybill/orders';
import { type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';
import { PageClient } from '../../test/page-client.ts';

const items = [{ productId: 'espresso-beans', quantity: 1 }];

describe('limits of declined payments and mails', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  const place = (email: string, client = '203.0.113.1', headers = {}) =>
    bed.post('/api/orders', { email, items }, { 'X-Appengine-User-IP': client, ...headers });

  /** Counts events as another instance does. */
  async function count(times: number, event: LimitedEvent, email: string, client?: string): Promise<void> {
    const clientKey = client === undefined ? {} : { clientKey: bed.limits.clientKeyOf(client) };
    for (let index = 0; index < times; index += 1) {
      await bed.runtime.client.transaction((transaction) =>
        bed.limits.count(transaction, event, { email, ...clientKey }),
      );
    }
  }

  for (const event of ['declines', 'mails'] as const) {
    it(`refuses an address with too many ${event}, for as long as it says`, async () => {
      const email = `${event}@example.com`;
      await count(2, event, email);
      const { headers } = await place(email, '198.51.100.1', { 'Idempotency-Key': event });
      assert.equal(headers.get('Retry-After'), null);
      await count(1, event, email);
      const refused = await place(email, '198.51.100.1');
      assert.deepEqual([refused.status, refused.body.code], [429, 'TOO_MANY_FAILED_ORDERS']);
      assert.equal(refused.body.retryable, true);
      const seconds = Number(refused.headers.get('Retry-After'));
      assert.ok(seconds > 500 && seconds <= 600, `${seconds} s`);
      assert.equal((await place(`${event}+x@Example.com`, '198.51.100.1')).status, 429);
      assert.equal((await place('other@example.com', '198.51.100.1')).status, 202);
      const repeated = await place(email, '198.51.100.1', { 'Idempotency-Key': event });
      assert.equal(repeated.status, 202, 'the response to an earlier order stays');
      bed.advance(seconds);
      assert.equal((await place(email, '198.51.100.1')).status, 202);
    });
  }

  it('refuses a client, whatever address it names and whatever header it sends', async () => {
    const client = '2001:db8:1:2::/64';
    for (let index = 0; index < 5; index += 1) await count(1, 'declines', `${index}@example.com`, client);
    const forged = { 'X-Forwarded-For': '9.9.9.9', 'X-Real-IP': '9.9.9.9' };
    assert.equal((await place('new@example.com', '2001:db8:1:2:aaaa::1', forged)).status, 429);
    assert.equal((await place('new@example.com', '2001:db8:1:3::1')).status, 202);
  });

  it('tells people on a page', async () => {
    await count(3, 'declines', 'page@example.com');
    const response = await fetch(`${bed.url}/orders`, {
      method: 'POST',
      headers: { Accept: 'text/html' },
      body: new URLSearchParams({ email: 'page@example.com', 'quantity.espresso-beans': '1' }),
    });
    assert.equal(response.status, 429);
    assert.ok(Number(response.headers.get('Retry-After')) > 0);
    assert.match(await response.text(), /<h1>Too many declined orders<\/h1>/);
    assert.equal((await new PageClient(bed.url).get('/')).status, 200);
  });

  it('limits no orders that are not declined, by default', async () => {
    for (let index = 0; index < 12; index += 1) {
      assert.equal((await place('often@example.com', '198.51.100.9')).status, 202);
    }
  });
});

describe('limits of orders', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed({ maxOrders: { ordersPerAddress: 3, ordersPerClient: 5 } });
  });
  after(() => bed.close());

  const place = (email: string, client: string, headers = {}) =>
    bed.post('/api/orders', { email, items }, { 'X-Appengine-User-IP': client, ...headers });
  const statuses = async (placed: readonly Promise<{ status: number }>[]) =>
    (await Promise.all(placed)).map(({ status }) => status).sort();

  it('holds for one address, to the order, where orders come at once', async () => {
    const first = await place('ada@example.com', '198.51.100.1', { 'Idempotency-Key': 'first' });
    assert.equal(first.status, 202);
    const placed = Array.from({ length: 4 }, () => place('Ada+x@example.com', '198.51.100.1'));
    assert.deepEqual(await statuses(placed), [202, 202, 429, 429]);
    const refused = await place('ada@example.com', '198.51.100.2');
    assert.deepEqual([refused.status, refused.body.code], [429, 'TOO_MANY_ORDERS']);
    const seconds = Number(refused.headers.get('Retry-After'));
    assert.ok(seconds > 500 && seconds <= 600, `${seconds} s`);
    const repeated = await place('ada@example.com', '198.51.100.1', { 'Idempotency-Key': 'first' });
    assert.deepEqual([repeated.status, repeated.body.orderId], [202, first.body.orderId]);
    bed.advance(seconds);
    assert.equal((await place('ada@example.com', '198.51.100.2')).status, 202);
  });

  it('holds for one client, and writes nothing for an order that is refused', async () => {
    const count = async () => (await bed.firestore.collection('orderLimits').get()).size;
    for (let index = 0; index < 5; index += 1) {
      assert.equal((await place(`${index}@example.com`, '198.51.100.7')).status, 202);
    }
    const before = await count();
    assert.equal((await place('new@example.com', '198.51.100.7')).status, 429);
    assert.equal(await count(), before);
    assert.equal((await place('new@example.com', '198.51.100.8')).status, 202);
  });

  it('tells people on a page', async () => {
    const send = () =>
      fetch(`${bed.url}/orders`, {
        method: 'POST',
        redirect: 'manual',
        headers: { Accept: 'text/html', 'X-Appengine-User-IP': '198.51.100.9' },
        body: new URLSearchParams({ email: 'page@example.com', 'quantity.espresso-beans': '1' }),
      });
    for (let index = 0; index < 3; index += 1) assert.equal((await send()).status, 303);
    const response = await send();
    assert.equal(response.status, 429);
    assert.match(await response.text(), /<h1>Too many orders<\/h1>/);
  });
});
