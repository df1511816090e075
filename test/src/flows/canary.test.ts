import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { LocalStack } from '@waybill/local-stack';
import { newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { Shop, whenIdle } from '../support/shop.ts';

const HOUR_MS = 3_600_000;
/** That half of the traffic gives so many orders to one version alone happens once in a million runs. */
const ORDERS = 21;
const IMMEDIATE = [
  'charge-payment',
  'reserve-inventory',
  'send-confirmation-email',
  'notify-warehouse',
  'generate-receipt',
];

describe('a canary: a second version of front and worker', () => {
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;

  before(async () => {
    dataDir = newDataDir();
    const environment = { TASK_ROUTING_VERSION: 'v2' };
    stack = await startFlowStack(dataDir, {
      // The queue of the mails would hold 21 confirmations and follow-ups back for seconds.
      queuesFile: join(import.meta.dirname, '../support/crowded-queues.yaml'),
      services: [
        { service: 'worker', version: 'v2', environment },
        { service: 'frontend', version: 'v2', environment },
      ],
    });
    shop = new Shop(stack);
  });

  after(async () => {
    await stack.close();
    removeDataDir(dataDir);
  });

  /** Which version's process told of an event of an order's task: `worker`, or `worker@v2`. */
  function sourceOf(orderId: string, task: string, event: string): string | undefined {
    return stack.events.find(
      ({ event: happened, fields }) =>
        happened === event && fields['task'] === task && fields['subject'] === `orders/${orderId}`,
    )?.source;
  }

  it('does its orders by itself, and leaves those of a day later to the version that serves then', async () => {
    stack.appEngine.setTraffic('default', { v1: 0.5, v2: 0.5 });
    const orderIds: string[] = [];
    for (let count = 0; count < ORDERS; count += 1) {
      orderIds.push(await shop.order({ productId: 'espresso-beans', email: `canary-${count}@example.com` }));
    }
    for (const orderId of orderIds) await shop.waitForConfirmation(orderId);
    await whenIdle(stack);

    const takers = new Set<string>();
    for (const orderId of orderIds) {
      const taker = sourceOf(orderId, 'charge-payment', 'task.sent') ?? '';
      takers.add(taker);
      const worker = taker.replace('frontend', 'worker');
      for (const task of IMMEDIATE)
        assert.equal(sourceOf(orderId, task, 'task.claimed'), worker, `${task} of ${taker}`);
      assert.equal(sourceOf(orderId, 'send-followup-email', 'task.claimed'), undefined);
    }
    assert.deepEqual([...takers].sort(), ['frontend', 'frontend@v2']);

    // Taken back: what it left for later is done all the same.
    stack.appEngine.setTraffic('default', { v1: 1 });
    await stack.appEngine.removeVersion('default', 'v2');
    await stack.appEngine.removeVersion('worker', 'v2');
    await stack.advance(24 * HOUR_MS);
    for (const orderId of orderIds) {
      await shop.waitForTask(orderId, 'send-followup-email');
      assert.equal(sourceOf(orderId, 'send-followup-email', 'task.claimed'), 'worker');
    }
    assert.equal((await stack.charges()).length, ORDERS);
  });
});
