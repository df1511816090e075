import assert from 'node:assert/strict';
import { type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';
import { PageClient } from '../../test/page-client.ts';

const request = { email: 'ada@example.com', items: [{ productId: 'espresso-beans', quantity: 2 }] };

describe('an order', () => {
  let bed: FrontendTestBed;
  let orderId: string;
  let links: Record<'self' | 'details' | 'page' | 'events' | 'cancel', string>;
  before(async () => {
    bed = await startFrontendTestBed({ events: { oneEventEach: true } });
    ({ orderId, links } = (await bed.post('/api/orders', request, { 'Idempotency-Key': 'k' })).body);
  });
  after(() => bed.close());

  it('shows by its id alone its status and its tasks’ states', async () => {
    const { status, body } = await bed.get(links.self);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ['orderId', 'status', 'tasks', 'links']);
    assert.deepEqual(body.links, { self: links.self });
    assert.equal(body.tasks.length, 2);
  });

  it('shows all of it to someone who has its token', async () => {
    assert.equal((await bed.get(links.details)).body.email, 'a…@example.com');
    assert.equal((await bed.get(links.events)).status, 200);
    assert.equal((await new PageClient(bed.url).get(links.page)).status, 200);
  });

  it('has the same links in a repeated response', async () => {
    const again = await bed.post('/api/orders', request, { 'Idempotency-Key': 'k' });
    assert.deepEqual(again.body.links, links);
  });

  const foreign = 'f'.repeat(32);
  for (const [name, changed] of [
    ['without its token', (path: string) => path.slice(0, path.indexOf('?'))],
    ['with an empty token', (path: string) => path.replace(/=.*/, '=')],
    ['with a wrong token', (path: string) => `${path.slice(0, -4)}AAAA`],
    [
      'with the token of another order',
      (path: string) => path.replace(/=.*/, `=${bed.tokens.tokenOf(foreign)}`),
    ],
    ['with its token twice', (path: string) => `${path}&${path.slice(path.indexOf('?') + 1)}`],
  ] as const) {
    it(`responds ${name} as if there were no order`, async () => {
      const paths = {
        GET: [links.events, bed.links.receipt(orderId), links.page, bed.links.pageEvents(orderId)],
        POST: [links.cancel, bed.links.pageCancel(orderId)],
      };
      if (name !== 'without its token') paths.GET.push(links.details);
      for (const [method, path] of Object.entries(paths).flatMap(([verb, all]) =>
        all.map((each) => [verb, each]),
      )) {
        const responseTo = async (asked: string): Promise<Record<string, unknown>> => {
          const response = await fetch(`${bed.url}${changed(asked)}`, { method: method ?? '' });
          const { instance, ...rest } = (await response.json()) as Record<string, unknown>;
          assert.equal(instance, asked.slice(0, asked.indexOf('?')));
          return { ...rest, status: response.status, headers: [...response.headers.keys()] };
        };
        const response = await responseTo(path ?? '');
        assert.deepEqual(
          [response['status'], response['code']],
          [404, 'ORDER_NOT_FOUND'],
          `${method} ${path}`,
        );
        const unknown = (path ?? '').replace(orderId, '0'.repeat(32));
        assert.deepEqual(response, await responseTo(unknown));
      }
    });
  }

  it('leaves no token in the log, and none in a Referer', async () => {
    const page = await new PageClient(bed.url).get(links.page);
    assert.equal(page.headers.get('Referrer-Policy'), 'no-referrer');
    await bed.post(links.cancel, {});
    const [, token = ''] = links.page.split('=');
    const log = JSON.stringify(bed.logs);
    assert.ok(log.includes(orderId));
    assert.ok(!log.includes(token) && !log.includes('token='), 'a token is in the log');
  });
});
