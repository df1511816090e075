import assert from 'node:assert/strict';
import { createSchemaValidator } from '@waybill/contract-kit';
import { type FrontendTestBed, startFrontendTestBed } from '../test/frontend-test-bed.ts';
import { openApiDocument } from './openapi/openapi-document.ts';

const order = { email: 'ada@example.com', items: [{ productId: 'espresso-beans', quantity: 2 }] };

describe('front service', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  for (const path of ['/healthz', '/readyz', '/_ah/warmup']) {
    it(`answers ${path}`, async () => {
      assert.equal((await fetch(`${bed.url}${path}`)).status, 200);
    });
  }

  it('serves its OpenAPI document, whose schemas hold together', async () => {
    const { body } = await bed.get('/openapi.json');
    assert.deepEqual(body, JSON.parse(JSON.stringify(openApiDocument)));
    assert.equal(body.openapi, '3.1.0');
    for (const schema of Object.values(openApiDocument.components.schemas)) createSchemaValidator(schema);
    const references = JSON.stringify(body).match(/#\/components\/schemas\/\w+/g) ?? [];
    for (const reference of references) {
      assert.ok((reference.split('/').at(-1) ?? '') in openApiDocument.components.schemas, reference);
    }
    const { example, schema } = body.paths['/api/orders'].post.requestBody.content['application/json'];
    assert.equal(schema.$ref, '#/components/schemas/OrderRequest');
    assert.deepEqual(createSchemaValidator(openApiDocument.components.schemas.OrderRequest)(example), []);
  });

  it('has a route for every operation of the document, and refuses other methods', async () => {
    for (const [template, operations] of Object.entries(openApiDocument.paths)) {
      const path = template.replace('{orderId}', '0'.repeat(32));
      const { status, headers } = await bed.call('DELETE', path);
      assert.equal(status, 405, path);
      const allowed = (headers.get('Allow') ?? '').toLowerCase().split(', ');
      assert.deepEqual(
        allowed.filter((method) => method !== 'head').sort(),
        Object.keys(operations).sort(),
        path,
      );
    }
  });

  it('answers unknown paths with a problem, and the security headers', async () => {
    for (const path of ['/nothing', '/api/nothing', `/api/orders/${'0'.repeat(32)}/nothing`]) {
      assert.equal((await bed.get(path)).status, 404);
    }
  });
});

describe('front service, Firestore away', function () {
  // Firestore's client alone would go on trying for 40 s.
  this.timeout(30_000);
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed({ away: 'firestore' });
  });
  after(() => bed.close());

  const calls: [string, () => ReturnType<FrontendTestBed['get']>][] = [
    ['POST /api/orders', () => bed.post('/api/orders', order)],
    ['POST /api/orders with a key', () => bed.post('/api/orders', order, { 'Idempotency-Key': 'k' })],
    ['GET /api/orders/{orderId}', () => bed.get(`/api/orders/${'0'.repeat(32)}`)],
    ['GET /api/products', () => bed.get('/api/products')],
  ];
  for (const [name, call] of calls) {
    it(`answers ${name} with 503 soon, and says when to try again`, async () => {
      const { status, headers, body } = await call();
      assert.equal(status, 503);
      assert.equal(body.code, 'STORE_UNAVAILABLE');
      assert.equal(body.retryable, true);
      assert.match(headers.get('Retry-After') ?? '', /^\d+$/);
    });
  }

  it('is alive but not ready', async () => {
    assert.equal((await fetch(`${bed.url}/healthz`)).status, 200);
    assert.equal((await fetch(`${bed.url}/readyz`)).status, 503);
  });
});

describe('front service, Cloud Tasks away', () => {
  it('accepts the order all the same, and keeps its tasks to be sent later', async () => {
    const bed = await startFrontendTestBed({ away: 'tasks' });
    try {
      const { status, body } = await bed.post('/api/orders', order);
      assert.equal(status, 202);
      const shown = await bed.get(`/api/orders/${body.orderId}`);
      assert.deepEqual(
        shown.body.tasks.map(({ task, state }: { task: string; state: string }) => [task, state]),
        [
          ['charge-payment', 'pending'],
          ['reserve-inventory', 'pending'],
        ],
      );
    } finally {
      await bed.close();
    }
  });
});
