import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { callHttp } from '../support/call-http.ts';
import { newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { QueueControl } from '../support/queue-control.ts';
import { Shop, whenIdle } from '../support/shop.ts';

const HOUR_MS = 3_600_000;

describe('an order whose tasks come over HTTP with ID tokens, as on Cloud Run', () => {
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;
  let queues: QueueControl;

  before(async () => {
    dataDir = newDataDir();
    stack = await startFlowStack(dataDir, { taskTarget: 'http' });
    shop = new Shop(stack);
    queues = new QueueControl(stack);
  });

  after(async () => {
    await queues.close();
    await stack.close();
    removeDataDir(dataDir);
  });

  it('is confirmed, and followed up a day later, once', async () => {
    const email = 'ada@example.com';
    await queues.pause('payments');
    const orderId = await shop.order({ email, productId: 'hand-grinder', quantity: 2 });
    const [charge] = await queues.tasks('payments');
    assert.equal(
      charge?.httpRequest?.url,
      `http://worker.localhost:${stack.ports.frontDoor}/tasks/charge-payment/v1`,
    );
    assert.ok(!JSON.stringify(charge).includes('Bearer'));
    await queues.resume('payments');
    await shop.waitForConfirmation(orderId);
    await whenIdle(stack);
    assert.equal((await shop.show(orderId)).status, 'confirmed');
    assert.equal((await stack.charges()).length, 1);

    await stack.advance(24 * HOUR_MS);
    await shop.waitForTask(orderId, 'send-followup-email');
    await whenIdle(stack);
    assert.equal((await shop.mailsTo(email)).length, 2);
    const states = new Set(Object.values(await shop.taskStates(orderId)));
    assert.deepEqual([...states], ['succeeded']);
  });

  it('is swept: a task that Cloud Tasks lost is sent again', async () => {
    await queues.pause('payments');
    const orderId = await shop.order({ productId: 'espresso-beans' });
    const [lost] = await queues.tasks('payments');
    await queues.client.deleteTask({ name: lost?.name ?? '' });
    await queues.resume('payments');
    await stack.advance(120_000);
    await shop.waitForConfirmation(orderId);
  });

  it('takes no task and no sweep from anybody else, App Engine’s headers or not', async () => {
    const forged = {
      host: 'worker.localhost',
      'x-appengine-taskname': 'forged',
      'x-appengine-queuename': 'payments',
      'x-cloudtasks-taskname': 'forged',
      'x-cloudtasks-queuename': 'payments',
      'x-appengine-cron': 'true',
    };
    const { frontDoor: port } = stack.ports;
    const task = await callHttp({ port, method: 'POST', path: '/tasks/charge-payment/v1', headers: forged });
    assert.equal(task.status, 403, task.text);
    const sweep = await callHttp({ port, path: '/cron/sweep', headers: forged });
    assert.equal(sweep.status, 403, sweep.text);
  });
});
