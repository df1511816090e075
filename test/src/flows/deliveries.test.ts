import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { callHttp } from '../support/call-http.ts';
import { newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { QueueControl } from '../support/queue-control.ts';
import { Shop, whenIdle } from '../support/shop.ts';

describe('deliveries', function () {
  this.timeout(60_000);
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;
  let queues: QueueControl;

  before(async () => {
    dataDir = newDataDir();
    stack = await startFlowStack(dataDir, {
      services: [
        { service: 'worker', version: 'v2' },
        { service: 'frontend', version: 'canary', environment: { TASK_ROUTING_VERSION: 'v2' } },
      ],
    });
    shop = new Shop(stack);
    queues = new QueueControl(stack);
  });

  after(async () => {
    await queues.close();
    await stack.close();
    removeDataDir(dataDir);
  });

  it('have one effect, however often the same task comes at once', async () => {
    const email = 'twenty@example.com';
    await queues.pause('payments');
    const stockBefore = await shop.stock('pour-over-set');
    const orderId = await shop.order({ email, productId: 'pour-over-set' });
    const task = (await queues.tasks('payments')).find(({ appEngineHttpRequest }) =>
      Buffer.from(appEngineHttpRequest?.body ?? '').includes(orderId),
    );
    assert.ok(task?.appEngineHttpRequest?.body);
    const body = Buffer.from(task.appEngineHttpRequest.body).toString();
    const taskName = task.name?.split('/').at(-1) ?? '';

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        callHttp({
          port: stack.ports.frontDoor,
          method: 'POST',
          path: '/tasks/charge-payment/v1',
          headers: {
            ...stack.trustedHeaders,
            host: 'worker.localhost',
            'content-type': 'application/json',
            'x-appengine-queuename': 'payments',
            'x-appengine-taskname': taskName,
            'x-appengine-taskretrycount': String(index),
            'x-appengine-taskexecutioncount': '0',
            'x-appengine-tasketa': String(Math.floor(Date.now() / 1_000)),
          },
          body,
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    // Done by this delivery or an earlier one: 200. While another one is at it: 409, come again.
    assert.ok(
      statuses.every((status) => status === 200 || status === 409),
      statuses.join(' '),
    );
    assert.ok(statuses.includes(200));
    // Cloud Tasks' own delivery is the twenty-first.
    await queues.resume('payments');
    await shop.waitForConfirmation(orderId);
    await whenIdle(stack);

    const charges = await stack.charges();
    assert.deepEqual(
      charges.map(({ amount }) => amount),
      [4_250],
    );
    assert.equal(await shop.stock('pour-over-set'), stockBefore - 1);
    assert.equal((await shop.mailsTo(email)).length, 1);
    const succeeded = stack.events.filter(
      ({ event, fields }) =>
        event === 'task.succeeded' &&
        fields['task'] === 'charge-payment' &&
        fields['subject'] === `orders/${orderId}`,
    );
    assert.equal(succeeded.length, 1);
  });

  it('reach the version that a task is routed to', async () => {
    await queues.pause('payments');
    const orderId = await shop.order({ host: 'canary.localhost' });
    const [task] = await queues.tasks('payments');
    const [full] = await queues.client.getTask({ name: task?.name ?? '', responseView: 'FULL' });
    const { appEngineRouting, relativeUri, body } = full.appEngineHttpRequest ?? {};
    assert.equal(appEngineRouting?.service, 'worker');
    assert.equal(appEngineRouting?.version, 'v2');
    assert.equal(relativeUri, '/tasks/charge-payment/v1');
    assert.equal(JSON.parse(Buffer.from(body ?? '').toString()).orderId, orderId);
    await queues.resume('payments');
    assert.equal((await shop.waitForTask(orderId, 'charge-payment')).source, 'worker@v2');
    assert.equal((await shop.waitForTask(orderId, 'reserve-inventory')).source, 'worker@v2');
  });

  it('reach the serving version where a task names none', async () => {
    const orderId = await shop.order();
    assert.equal((await shop.waitForTask(orderId, 'charge-payment')).source, 'worker');
  });
});
