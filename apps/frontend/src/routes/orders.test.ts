import assert from 'node:assert/strict';
import { orderConverter, orderReference } from '@waybill/orders';
import { TaskReader } from '@waybill/task-runtime';
import {
  type FrontendTestBed,
  LOCATION,
  PROJECT,
  startFrontendTestBed,
} from '../../test/frontend-test-bed.ts';
import { firstResponseReference, unscopedResponseReference } from '../orders/idempotency-key.ts';

const request = { email: 'ada@example.com', items: [{ productId: 'espresso-beans', quantity: 2 }] };

describe('POST /api/orders', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  const orderCount = async () => (await bed.firestore.collection('orders').count().get()).data().count;
  const taskCount = async () => (await bed.firestore.collection('tasks').count().get()).data().count;
  const tasksIn = async (queue: string, orderId: string) => {
    const parent = bed.cloudTasks.queuePath(PROJECT, LOCATION, queue);
    const [tasks] = await bed.cloudTasks.listTasks({ parent, responseView: 'FULL' });
    return tasks.filter(({ appEngineHttpRequest }) =>
      Buffer.from(appEngineHttpRequest?.body ?? '')
        .toString()
        .includes(orderId),
    );
  };

  it('accepts an order and tells where it is', async () => {
    const { status, headers, body } = await bed.post('/api/orders', request);
    assert.equal(status, 202);
    assert.match(body.orderId, /^[0-9a-f]{32}$/);
    assert.equal(headers.get('Location'), `/api/orders/${body.orderId}`);
    assert.deepEqual(body, {
      orderId: body.orderId,
      status: 'processing',
      links: bed.links.ofOrder(body.orderId),
    });
  });

  it('keeps the order with the catalogue’s names and prices', async () => {
    const { body } = await bed.post('/api/orders', { ...request, paymentMethod: 'pm_card_mastercard' });
    const order = orderConverter.fromFirestore(await orderReference(bed.firestore, body.orderId).get());
    assert.ok(order);
    const { createdAt, ...rest } = order;
    assert.ok(Math.abs(createdAt.getTime() - bed.now().getTime()) < 60_000);
    assert.deepEqual(rest, {
      orderId: body.orderId,
      email: 'ada@example.com',
      items: [{ productId: 'espresso-beans', name: 'Espresso beans, 1 kg', quantity: 2, unitPrice: 2490 }],
      amount: 4980,
      currency: 'EUR',
      paymentMethod: 'pm_card_mastercard',
      status: 'processing',
      payment: { state: 'pending' },
      inventory: { state: 'pending' },
    });
  });

  it('hands charge and reservation to Cloud Tasks, side by side', async () => {
    const { body } = await bed.post('/api/orders', request);
    const { orderId } = body;
    for (const [queue, contract, payload] of [
      [
        'payments',
        'charge-payment',
        { orderId, amount: 4980, currency: 'EUR', paymentMethod: 'pm_card_visa' },
      ],
      ['order-processing', 'reserve-inventory', { orderId, items: request.items }],
    ] as const) {
      const [task, ...others] = await tasksIn(queue, orderId);
      assert.deepEqual(others, []);
      assert.equal(task?.appEngineHttpRequest?.relativeUri, `/tasks/${contract}/v1`);
      assert.equal(task?.appEngineHttpRequest?.appEngineRouting?.service, 'worker');
      const text = Buffer.from(task?.appEngineHttpRequest?.body ?? '').toString();
      assert.deepEqual(JSON.parse(text), payload);
    }
  });

  it('says in one log line that an order was placed, without the address', async () => {
    const { body } = await bed.post('/api/orders', request);
    const lines = bed.logs.filter((line) => line['event'] === 'order.placed');
    const [line] = lines.filter(({ orderId }) => orderId === body.orderId);
    assert.equal(line?.['status'], 'processing');
    assert.ok(!JSON.stringify(bed.logs).includes('ada@example.com'));
  });

  it('schedules an order for later, with its tasks', async () => {
    const processAt = new Date(bed.now().getTime() + 3 * 86_400_000);
    processAt.setMilliseconds(0);
    const { body } = await bed.post('/api/orders', { ...request, processAt: processAt.toISOString() });
    assert.equal(body.status, 'scheduled');
    for (const queue of ['payments', 'order-processing']) {
      const [task] = await tasksIn(queue, body.orderId);
      assert.equal(Number(task?.scheduleTime?.seconds) * 1_000, processAt.getTime());
    }
    const { body: shown } = await bed.get(body.links.details);
    assert.equal(shown.processAt, processAt.toISOString());
    assert.deepEqual(
      shown.tasks.map(({ notBefore }: { notBefore: string }) => notBefore),
      [processAt.toISOString(), processAt.toISOString()],
    );
  });

  it('takes an order for a time beyond what Cloud Tasks can hold', async () => {
    const processAt = new Date(bed.now().getTime() + 100 * 86_400_000).toISOString();
    const { body } = await bed.post('/api/orders', { ...request, processAt });
    assert.equal(body.status, 'scheduled');
    assert.deepEqual(await tasksIn('payments', body.orderId), []);
    const [task] = await new TaskReader(bed.firestore).ofSubject(`orders/${body.orderId}`);
    assert.equal(task?.notBefore?.toISOString(), processAt);
  });

  it('begins at once where the time is past', async () => {
    const { body } = await bed.post('/api/orders', { ...request, processAt: '2020-02-29T12:00:00+01:00' });
    assert.equal(body.status, 'processing');
  });

  describe('refuses', () => {
    const item = { productId: 'espresso-beans', quantity: 1 };
    const cases: [what: string, body: unknown, status: number, code: string, errors?: object[]][] = [
      ['no JSON', '{"email":', 400, 'BODY_NOT_JSON'],
      ['no body', '', 400, 'BODY_EMPTY'],
      ['no object', [], 400, 'ORDER_INVALID', [{ pointer: '', message: 'must be object, got array' }]],
      [
        'a time more than a year ahead',
        { ...request, processAt: '9999-12-31T23:59:59Z' },
        422,
        'TOO_FAR_AHEAD',
      ],
      [
        'missing members',
        {},
        400,
        'ORDER_INVALID',
        [
          { pointer: '/email', message: 'is required' },
          { pointer: '/items', message: 'is required' },
        ],
      ],
      [
        'no items',
        { ...request, items: [] },
        400,
        'ORDER_INVALID',
        [{ pointer: '/items', message: 'must NOT have fewer than 1 items' }],
      ],
      [
        'an unknown member',
        { ...request, total: 1 },
        400,
        'ORDER_INVALID',
        [{ pointer: '/total', message: 'is not a known member' }],
      ],
      [
        'a price of the client’s own',
        { ...request, items: [{ ...item, unitPrice: 1 }] },
        400,
        'ORDER_INVALID',
        [{ pointer: '/items/0/unitPrice', message: 'is not a known member' }],
      ],
      [
        'every wrong field at once',
        { email: 'ada', items: [{ productId: 'Espresso', quantity: '2' }, item], processAt: 'tomorrow' },
        400,
        'ORDER_INVALID',
        [
          { pointer: '/email', message: 'must match format "email"' },
          {
            pointer: '/items/0/productId',
            message: 'must match pattern "^[a-z0-9][a-z0-9-]{0,63}$"',
          },
          { pointer: '/items/0/quantity', message: 'must be integer, got string' },
          { pointer: '/processAt', message: 'must match format "date-time"' },
        ],
      ],
      [
        'quantities of none and of too many',
        {
          ...request,
          items: [
            { ...item, quantity: 0 },
            { productId: 'filter-beans', quantity: 1001 },
          ],
        },
        400,
        'ORDER_INVALID',
        [
          { pointer: '/items/0/quantity', message: 'must be >= 1' },
          { pointer: '/items/1/quantity', message: 'must be <= 1000' },
        ],
      ],
      [
        'a product that is there twice',
        { ...request, items: [item, item] },
        400,
        'ORDER_INVALID',
        [{ pointer: '/items/1/productId', message: 'is there already: add up its quantities in one item' }],
      ],
      [
        'a leap second',
        { ...request, processAt: '2030-12-31T23:59:60Z' },
        400,
        'ORDER_INVALID',
        [{ pointer: '/processAt', message: 'must be a time that a clock without leap seconds has' }],
      ],
      [
        'an unknown product, naming it',
        { ...request, items: [item, { productId: 'moka-pot', quantity: 1 }] },
        422,
        'PRODUCT_UNKNOWN',
        [{ pointer: '/items/1/productId', message: 'is not a known product' }],
      ],
      [
        'a sum that nobody can pay',
        { ...request, items: [{ productId: 'lever-machine', quantity: 1000 }] },
        422,
        'AMOUNT_TOO_LARGE',
      ],
      ['more than 100 kB', { ...request, email: 'a'.repeat(100_001) }, 413, 'BODY_TOO_LARGE'],
    ];
    for (const [what, body, status, code, errors] of cases) {
      it(`${what}: ${status} ${code}`, async () => {
        const [orders, tasks] = [await orderCount(), await taskCount()];
        const response = await bed.post('/api/orders', body);
        assert.equal(response.status, status);
        assert.equal(response.body.code, code);
        assert.deepEqual(response.body.errors, errors);
        assert.deepEqual([await orderCount(), await taskCount()], [orders, tasks]);
      });
    }

    it('what is no object, and says that it is the whole body', async () => {
      const { body } = await bed.post('/api/orders', []);
      assert.equal(body.detail, 'The order is not valid: see errors, which name the body as a whole');
    });

    for (const mediaType of ['text/plain', 'application/cloudevents+json']) {
      it(`${mediaType}: 415`, async () => {
        const response = await bed.post('/api/orders', request, { 'Content-Type': mediaType });
        assert.equal(response.status, 415);
        assert.equal(response.body.code, 'UNSUPPORTED_MEDIA_TYPE');
      });
    }

    for (const [what, key] of [
      ['empty', ''],
      ['with a space', 'a b'],
      ['beyond ASCII', 'schl\u00fcssel'],
      ['of 256 characters', 'k'.repeat(256)],
    ] as const) {
      it(`an Idempotency-Key that is ${what}: 400`, async () => {
        const response = await bed.post('/api/orders', request, { 'Idempotency-Key': key });
        assert.equal(response.status, 400);
        assert.equal(response.body.code, 'IDEMPOTENCY_KEY_INVALID');
      });
    }

    it('a member that is there twice: 400, with its path', async () => {
      const text =
        '{"email":"a@b.example","items":[{"productId":"espresso-beans","quantity":1,"quantity":1000}]}';
      const response = await bed.post('/api/orders', text);
      assert.deepEqual([response.status, response.body.code], [400, 'DUPLICATE_MEMBER']);
      assert.equal(response.body.errors[0].pointer, '/items/0/quantity');
    });

    it('an order without payment method where there is no default: 400', async () => {
      const strict = await startFrontendTestBed({ defaultPaymentMethod: undefined });
      try {
        const response = await strict.post('/api/orders', request);
        assert.deepEqual(response.body.errors, [{ pointer: '/paymentMethod', message: 'is required' }]);
        const named = await strict.post('/api/orders', { ...request, paymentMethod: 'pm_card_visa' });
        assert.equal(named.status, 202);
      } finally {
        await strict.close();
      }
    });
  });

  describe('with an Idempotency-Key', () => {
    it('gives the first response again for the same body, whatever its white space', async () => {
      const headers = { 'Idempotency-Key': 'again' };
      const first = await bed.post('/api/orders', request, headers);
      const [orders, tasks] = [await orderCount(), await taskCount()];
      const second = await bed.post('/api/orders', JSON.stringify(request, null, 2), headers);
      assert.equal(second.status, 202);
      assert.deepEqual(second.body, first.body);
      assert.equal(second.headers.get('Location'), first.headers.get('Location'));
      assert.deepEqual([await orderCount(), await taskCount()], [orders, tasks]);
      const lines = bed.logs.filter(({ event, orderId }) => {
        return event === 'order.placed' && orderId === first.body.orderId;
      });
      assert.equal(lines.length, 1);
    });

    it('takes one order of ten that come at once', async () => {
      const orders = await orderCount();
      const headers = { 'Idempotency-Key': 'k'.repeat(255) };
      const responses = await Promise.all(
        Array.from({ length: 10 }, () => bed.post('/api/orders', request, headers)),
      );
      assert.deepEqual([...new Set(responses.map(({ status }) => status))], [202]);
      assert.equal(new Set(responses.map(({ body }) => body.orderId)).size, 1);
      assert.equal(await orderCount(), orders + 1);
    });

    it('refuses another body: 409', async () => {
      const headers = { 'Idempotency-Key': 'other-body' };
      await bed.post('/api/orders', request, headers);
      const orders = await orderCount();
      const response = await bed.post(
        '/api/orders',
        { ...request, items: [{ productId: 'espresso-beans', quantity: 3 }] },
        headers,
      );
      assert.equal(response.status, 409);
      assert.equal(response.body.code, 'IDEMPOTENCY_KEY_REUSED');
      assert.equal(await orderCount(), orders);
    });

    it('is a key of the order’s address: another one neither sees nor blocks the order', async () => {
      const headers = { 'Idempotency-Key': 'order-1' };
      const mallory = await bed.post('/api/orders', { ...request, email: 'mallory@example.com' }, headers);
      const ada = await bed.post('/api/orders', request, headers);
      assert.deepEqual([mallory.status, ada.status], [202, 202]);
      assert.notEqual(ada.body.orderId, mallory.body.orderId);
      const moved = { ...headers, 'X-Appengine-User-IP': '203.0.113.99' };
      assert.deepEqual((await bed.post('/api/orders', request, moved)).body, ada.body);
    });

    it('still gives the response that an earlier version kept, to the same body alone', async () => {
      const headers = { 'Idempotency-Key': 'rollout' };
      const { body } = await bed.post('/api/orders', request, headers);
      const kept = firstResponseReference(bed.firestore, { key: 'rollout', owner: request.email });
      await unscopedResponseReference(bed.firestore, 'rollout').set((await kept.get()).data() ?? {});
      await kept.delete();
      assert.equal((await bed.post('/api/orders', request, headers)).body.orderId, body.orderId);
      const other = await bed.post('/api/orders', { ...request, email: 'bob@example.com' }, headers);
      assert.equal(other.status, 202);
      assert.notEqual(other.body.orderId, body.orderId);
    });

    it('does not remember a refusal', async () => {
      const headers = { 'Idempotency-Key': 'mended' };
      const refused = await bed.post('/api/orders', { ...request, items: [] }, headers);
      assert.equal(refused.status, 400);
      assert.equal((await bed.post('/api/orders', request, headers)).status, 202);
    });

    it('forgets it after 24 hours', async () => {
      const headers = { 'Idempotency-Key': 'a-day' };
      const first = await bed.post('/api/orders', request, headers);
      bed.advance(24 * 3600 - 60);
      const again = await bed.post('/api/orders', request, headers);
      assert.equal(again.body.orderId, first.body.orderId);
      bed.advance(60);
      const later = await bed.post('/api/orders', request, headers);
      assert.notEqual(later.body.orderId, first.body.orderId);
      const fresh = await bed.post('/api/orders', request, headers);
      assert.equal(fresh.body.orderId, later.body.orderId);
    });
  });

  for (const headers of [{}, { 'Idempotency-Key': 'rerun' }]) {
    const kind = Object.keys(headers).length === 0 ? 'without' : 'with';
    it(`places one order, though Firestore’s client runs a commit again that has landed (${kind} a key)`, async () => {
      const { firestore } = bed;
      const run = firestore.runTransaction.bind(firestore);
      // The client does so when a commit's response is lost on its way.
      firestore.runTransaction = async (work, options) => {
        await run(work, options);
        return run(work, options);
      };
      try {
        const [orders, tasks] = [await orderCount(), await taskCount()];
        const { status, body } = await bed.post('/api/orders', request, headers);
        assert.equal(status, 202);
        assert.equal(await orderCount(), orders + 1);
        assert.equal(await taskCount(), tasks + 2);
        assert.equal((await bed.get(`/api/orders/${body.orderId}`)).status, 200);
        assert.ok(
          bed.logs.some((line) => line['event'] === 'order.placed' && line['orderId'] === body.orderId),
        );
      } finally {
        firestore.runTransaction = run;
      }
    });
  }
});

describe('GET /api/orders/{orderId}', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  it('shows the order and its tasks, and of the address only enough to know it', async () => {
    const { body: placed } = await bed.post('/api/orders', request);
    const { status, headers, body } = await bed.get(placed.links.details);
    assert.equal(status, 200);
    assert.equal(headers.get('Cache-Control'), 'no-store');
    const { tasks, createdAt, ...rest } = body;
    assert.ok(Date.parse(createdAt) > 0);
    assert.deepEqual(rest, {
      orderId: placed.orderId,
      status: 'processing',
      email: 'a…@example.com',
      amount: 4980,
      currency: 'EUR',
      items: [{ productId: 'espresso-beans', name: 'Espresso beans, 1 kg', quantity: 2, unitPrice: 2490 }],
      links: placed.links,
    });
    assert.deepEqual(
      tasks.map(({ taskId, changedAt, ...task }: { taskId: string; changedAt: string }) => task),
      ['charge-payment', 'reserve-inventory'].map((task) => ({ task, state: 'pending', attempts: 0 })),
    );
    assert.ok(!JSON.stringify(body).includes('ada@'));
  });

  for (const orderId of ['0'.repeat(32), 'nothing', '..%2Fproducts', '%00']) {
    it(`responds with 404 for ${orderId}`, async () => {
      const { status, body } = await bed.get(`/api/orders/${orderId}`);
      assert.equal(status, 404);
      assert.equal(body.code, 'ORDER_NOT_FOUND');
    });
  }
});
