import assert from 'node:assert/strict';
import { type Charge, createFirestoreClient, type LocalStack } from '@waybill/local-stack';
import { TaskReader } from '@waybill/task-runtime';
import { callHttp, type HttpResponse } from '../support/call-http.ts';
import { EVENT_TIMEOUT_MS, newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { QueueControl } from '../support/queue-control.ts';
import { Shop, whenAllReady, whenIdle } from '../support/shop.ts';

const item = { productId: 'espresso-beans', quantity: 1 };
const good = { email: 'ada@example.com', items: [item] };
/** More than the time until the sweep looks after a task that was not sent. */
const SWEEP_MS = 130_000;
const NOT_FOUND = 5;

describe('bad input and parts that are away', function () {
  this.timeout(60_000);
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;
  let queues: QueueControl;

  before(async () => {
    dataDir = newDataDir();
    stack = await startFlowStack(dataDir, {
      services: [{ service: 'worker', version: 'elsewhere', environment: { GAE_ENV: '' } }],
    });
    shop = new Shop(stack);
    queues = new QueueControl(stack);
  });

  after(async () => {
    await queues.close();
    await stack.close();
    removeDataDir(dataDir);
  });

  async function chargesOf(orderId: string): Promise<Charge[]> {
    return (await stack.charges()).filter(({ metadata }) => metadata['order_id'] === orderId);
  }

  function problemOf(answer: HttpResponse): { status: number; pointers: string[] } {
    assert.equal(answer.headers['content-type']?.split(';')[0], 'application/problem+json', answer.text);
    const { status, errors = [] } = JSON.parse(answer.text) as {
      status: number;
      errors?: { pointer: string }[];
    };
    assert.equal(status, answer.status);
    return { status, pointers: errors.map(({ pointer }) => pointer) };
  }

  describe('at the front door', () => {
    for (const [what, body, expected] of [
      [
        'no e-mail and a quantity of none',
        { items: [{ ...item, quantity: 0 }] },
        ['/email', '/items/0/quantity'],
      ],
      ['no items', { ...good, items: [] }, ['/items']],
      ['a total of its own', { ...good, total: 1 }, ['/total']],
    ] as const) {
      it(`answers 400 to ${what}, naming the fields`, async () => {
        const { status, pointers } = problemOf(await shop.post(body));
        assert.equal(status, 400);
        assert.deepEqual(pointers.toSorted(), expected);
      });
    }

    it('answers 400 to what is not JSON', async () => {
      assert.equal(problemOf(await shop.post('{"email":')).status, 400);
    });

    it('answers 415 to another media type', async () => {
      assert.equal(problemOf(await shop.post(good, { 'content-type': 'text/plain' })).status, 415);
    });

    it('answers 413 to more than 100 kB', async () => {
      assert.equal(problemOf(await shop.post({ ...good, note: 'x'.repeat(101_000) })).status, 413);
    });

    it('answers 422 to a product that is not there', async () => {
      const answer = await shop.post({ ...good, items: [{ ...item, productId: 'perpetuum-mobile' }] });
      assert.equal(problemOf(answer).status, 422);
    });

    it('gives the first answer again for the same key and body, and 409 for another body', async () => {
      const key = { 'idempotency-key': 'flow-1' };
      const first = await shop.post(good, key);
      assert.equal(first.status, 202);
      const again = await shop.post(good, key);
      assert.deepEqual([again.status, again.text], [first.status, first.text]);
      const other = await shop.post({ ...good, items: [{ ...item, quantity: 2 }] }, key);
      assert.equal(problemOf(other).status, 409);
    });

    it('keeps the keys of addresses apart', async () => {
      const key = { 'idempotency-key': 'flow-shared' };
      const first = await shop.post(good, key);
      const other = await shop.post({ ...good, email: 'grace@example.com' }, key);
      assert.deepEqual([first.status, other.status], [202, 202]);
      assert.notEqual(JSON.parse(first.text).orderId, JSON.parse(other.text).orderId);
    });
  });

  describe('at the worker', () => {
    const taskHeaders = {
      'content-type': 'application/json',
      'x-appengine-queuename': 'payments',
      'x-appengine-taskname': 'forged',
      'x-appengine-taskretrycount': '0',
      'x-appengine-taskexecutioncount': '0',
      'x-appengine-tasketa': '1',
    };

    function post(
      port: number,
      headers: Readonly<Record<string, string>>,
      path = '/tasks/charge-payment/v1',
    ): Promise<HttpResponse> {
      return callHttp({ port, method: 'POST', path, headers, body: '{}' });
    }

    /** As App Engine itself, to a version of the worker. */
    function postTrusted(version: string, headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
      const host = `${version}-dot-worker.localhost`;
      return post(stack.ports.frontDoor, { ...headers, ...stack.trustedHeaders, host });
    }

    for (const [what, headers] of [
      ['without task headers', { 'content-type': 'application/json' }],
      ['with forged task headers', taskHeaders],
      ['with a guessed token', { ...taskHeaders, 'x-app-engine-emulator-token': 'guess' }],
      ['with look-alikes', { 'x-cloudtasks-taskname': 'forged', 'x-cloudtasks-queuename': 'payments' }],
    ] as const) {
      it(`refuses requests from outside ${what}`, async () => {
        const answer = await post(stack.ports.frontDoor, { ...headers, host: 'worker.localhost' });
        assert.equal(problemOf(answer).status, 403);
      });
    }

    it('refuses a cron request from outside', async () => {
      const answer = await callHttp({
        port: stack.ports.frontDoor,
        path: '/cron/sweep',
        headers: { host: 'worker.localhost', 'x-appengine-cron': 'true' },
      });
      assert.equal(problemOf(answer).status, 403);
    });

    it('refuses a queue that it does not know', async () => {
      const answer = await postTrusted('v1', { ...taskHeaders, 'x-appengine-queuename': 'nobodys' });
      assert.equal(problemOf(answer).status, 403);
      assert.doesNotMatch(answer.text, /PAST_FRONT_DOOR/);
    });

    it('refuses every task where it is not on App Engine', async () => {
      const answer = await postTrusted('elsewhere', taskHeaders);
      assert.equal(problemOf(answer).status, 403);
      assert.doesNotMatch(answer.text, /PAST_FRONT_DOOR/);
    });

    it('refuses a task that comes past the front door', async () => {
      const worker = stack.appEngine
        .services()
        .find(({ service, version }) => service === 'worker' && version === 'v1');
      const port = worker?.instances[0]?.port;
      assert.ok(port !== undefined);
      const answer = await post(port, taskHeaders);
      assert.equal(problemOf(answer).status, 403);
      assert.match(answer.text, /PAST_FRONT_DOOR/);
    });

    it('makes a task dead whose body breaks its contract, and keeps it from coming again', async () => {
      const name = queues.client.taskPath(stack.project, 'us-central1', 'payments', 'made-by-hand');
      await queues.client.createTask({
        parent: queues.pathOf('payments'),
        task: {
          name,
          appEngineHttpRequest: {
            relativeUri: '/tasks/charge-payment/v1',
            appEngineRouting: { service: 'worker' },
            headers: { 'Content-Type': 'application/json' },
            body: Buffer.from(JSON.stringify({ orderId: 7 })),
          },
        },
      });
      await stack.waitForEvent(
        ({ event, fields }) => event === 'task.dead' && fields['taskId'] === 'payments.made-by-hand',
        EVENT_TIMEOUT_MS,
      );
      await whenIdle(stack);
      await assert.rejects(queues.client.getTask({ name }), { code: NOT_FOUND });
      const firestore = createFirestoreClient(stack.ports.firestore);
      const task = await new TaskReader(firestore).find('payments.made-by-hand');
      await firestore.terminate();
      assert.equal(task?.state, 'dead');
      assert.match(task?.error?.message ?? '', /orderId/);
    });
  });

  it('a declined card cancels the order, and the customer is told', async () => {
    const email = 'declined@example.com';
    const orderId = await shop.order({ email, paymentMethod: 'pm_card_chargeDeclined' });
    await shop.waitForTask(orderId, 'charge-payment');
    await whenIdle(stack);
    const order = await shop.show(orderId);
    assert.equal(order.status, 'cancelled');
    const charge = order.tasks.find(({ task }) => task === 'charge-payment');
    assert.deepEqual([charge?.state, charge?.outcome], ['succeeded', 'declined']);
    assert.deepEqual(
      (await shop.mailsTo(email)).map(({ subject }) => subject),
      [`Your order ${orderId.slice(0, 8)} is cancelled`],
    );
    assert.deepEqual(
      (await chargesOf(orderId)).map(({ paid }) => paid),
      [false],
    );
  });

  it('a payment that failed is tried again, by Cloud Tasks itself, and charged once', async () => {
    const orderId = await shop.order({ paymentMethod: 'pm_sandbox_serverErrorOnce' });
    await shop.waitForTask(orderId, 'charge-payment', 'task.retry');
    const { fields } = await shop.waitForTask(orderId, 'charge-payment');
    assert.equal(fields['attempt'], 2);
    await shop.waitForConfirmation(orderId);
    assert.deepEqual(
      (await chargesOf(orderId)).map(({ paid }) => paid),
      [true],
    );
    const bySweep = stack.events.filter(
      ({ event, fields: { subject } }) => event === 'task.sent-again' && subject === `orders/${orderId}`,
    );
    assert.deepEqual(bySweep, []);
  });

  /** What happens while an emulator is away. It is there again afterwards, whatever happened. */
  async function whileAway<T>(
    name: 'firestore-emulator' | 'cloud-tasks-emulator',
    run: () => Promise<T>,
  ): Promise<T> {
    const bringBack = await stack.takeDown(name);
    try {
      return await run();
    } finally {
      bringBack();
      await whenAllReady(stack);
    }
  }

  it('Cloud Tasks away: the order is kept, and its tasks are sent by the sweep', async () => {
    const orderId = await whileAway('cloud-tasks-emulator', async () => {
      const kept = await shop.order();
      await shop.waitForTask(kept, 'charge-payment', 'task.unsent');
      return kept;
    });
    await stack.advance(SWEEP_MS);
    await shop.waitForTask(orderId, 'charge-payment', 'task.sent-again');
    await shop.waitForConfirmation(orderId);
    assert.equal((await shop.show(orderId)).status, 'confirmed');
  });

  /** Places an order whose charge is in Cloud Tasks: the producer's connection may still back off after an outage. */
  async function orderInQueue(): Promise<string> {
    const orderId = await shop.order();
    const { event } = await Promise.race([
      shop.waitForTask(orderId, 'charge-payment', 'task.sent'),
      shop.waitForTask(orderId, 'charge-payment', 'task.unsent'),
    ]);
    if (event === 'task.unsent') {
      await stack.advance(SWEEP_MS);
      await shop.waitForTask(orderId, 'charge-payment', 'task.sent-again');
    }
    return orderId;
  }

  // One outage for both: each waits for the clients' own timeouts.
  describe('while Firestore is away', () => {
    const key = { 'idempotency-key': 'flow-2' };
    let refused: HttpResponse;
    let delivered: string;

    before(async () => {
      await queues.pause('payments');
      delivered = await orderInQueue();
      const before = stack.events.at(-1)?.sequence ?? 0;
      [refused] = await whileAway('firestore-emulator', async () => {
        await queues.resume('payments');
        return Promise.all([
          shop.post(good, key),
          stack.waitForEvent(
            ({ source, fields, sequence }) =>
              source === 'worker' && fields['code'] === 'STORE_UNAVAILABLE' && sequence > before,
            EVENT_TIMEOUT_MS,
          ),
        ]);
      });
    });

    it('the order is refused with 503, and the same request taken later', async () => {
      assert.equal(problemOf(refused).status, 503);
      assert.ok(refused.headers['retry-after']);
      const taken = await shop.post(good, key);
      assert.equal(taken.status, 202, taken.text);
      const { orderId } = JSON.parse(taken.text) as { orderId: string };
      await shop.waitForConfirmation(orderId);
    });

    it('a task that is delivered comes again', async () => {
      await stack.advance(SWEEP_MS);
      await shop.waitForConfirmation(delivered);
    });
  });
});
