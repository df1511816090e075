import assert from 'node:assert/strict';
import type { Firestore } from '@google-cloud/firestore';
import { createFirestoreClient, type LocalStack } from '@waybill/local-stack';
import { newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { QueueControl } from '../support/queue-control.ts';
import { Shop, type ShownOrder } from '../support/shop.ts';

/** Longer than the minute after which a task that was to be delivered at once is looked after. */
const OVERDUE_MS = 61_000;
const HOUR_MS = 3_600_000;

describe('a task that Cloud Tasks does not deliver', function () {
  this.timeout(90_000);
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;
  let queues: QueueControl;
  let firestore: Firestore;

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
    firestore = createFirestoreClient(stack.ports.firestore);
  });

  after(async () => {
    await firestore.terminate();
    await queues.close();
    await stack.close();
    removeDataDir(dataDir);
  });

  async function charge(orderId: string): Promise<ShownOrder['tasks'][number]> {
    const { tasks } = await shop.show(orderId);
    const found = tasks.find(({ task }) => task === 'charge-payment');
    assert.ok(found);
    return found;
  }

  async function dueAtMs(taskId: string): Promise<number> {
    const snapshot = await firestore.doc(`tasks/${taskId}`).get();
    return snapshot.get('dueAt').toMillis();
  }

  /** Cron sweeps at each jump of the clock, too; this one comes after it for certain. */
  async function sweepAfter(ms: number): Promise<void> {
    await stack.advance(ms);
    await stack.appEngine.runCron('/cron/sweep');
  }

  async function paidFor(orderId: string): Promise<number> {
    const charges = await stack.charges();
    return charges.filter(({ metadata, paid }) => paid && metadata['order_id'] === orderId).length;
  }

  it('waits while its queue is paused, and is delivered when it goes on', async () => {
    await queues.pause('payments');
    const orderId = await shop.order();
    const { taskId } = await charge(orderId);
    const dueAtFirstMs = await dueAtMs(taskId);
    await sweepAfter(OVERDUE_MS);
    assert.equal((await charge(orderId)).state, 'pending');
    assert.ok((await dueAtMs(taskId)) > dueAtFirstMs);
    await queues.resume('payments');
    await shop.waitForConfirmation(orderId);
    assert.equal(await paidFor(orderId), 1);
  });

  it('is sent again where somebody deleted it', async () => {
    await queues.pause('payments');
    const orderId = await shop.order();
    const [task] = await queues.tasks('payments');
    await queues.client.deleteTask({ name: task?.name ?? '' });
    await queues.resume('payments');
    await sweepAfter(OVERDUE_MS);
    await shop.waitForConfirmation(orderId);
    assert.equal(await paidFor(orderId), 1);
    const sentAgain = stack.events.filter(
      ({ event, fields }) => event === 'task.sent-again' && fields['subject'] === `orders/${orderId}`,
    );
    assert.deepEqual(
      sentAgain.map(({ fields }) => fields['generation']),
      [0],
    );
  });

  it('is dead where its queue was purged, and its order is cancelled', async () => {
    await queues.pause('payments');
    const before = await shop.stock('hand-grinder');
    const orderId = await shop.order({ productId: 'hand-grinder' });
    await shop.waitForTask(orderId, 'reserve-inventory');
    // Cloud Tasks tells a purge to the second only.
    await stack.advance(1_000);
    await queues.client.purgeQueue({ name: queues.pathOf('payments') });
    await queues.resume('payments');
    await sweepAfter(OVERDUE_MS);
    const { state, error } = await charge(orderId);
    assert.deepEqual([state, error?.code], ['dead', 'PURGED']);
    await shop.waitForTask(orderId, 'release-inventory');
    const { status, cancellation } = await shop.show(orderId);
    assert.deepEqual([status, cancellation?.reason], ['cancelled', 'payment-failed']);
    assert.equal(await shop.stock('hand-grinder'), before);
    assert.equal(await paidFor(orderId), 0);
  });

  it('is sent again where its queue was purged, if it gives money back', async () => {
    await queues.pause('order-processing');
    const orderId = await shop.order({ productId: 'hand-grinder' });
    await shop.waitForTask(orderId, 'charge-payment');
    await queues.pause('payments');
    assert.equal((await shop.cancel(orderId)).status, 202);
    await stack.advance(1_000);
    await queues.client.purgeQueue({ name: queues.pathOf('payments') });
    await queues.resume('payments');
    await sweepAfter(OVERDUE_MS);
    await shop.waitForTask(orderId, 'refund-payment');
    const refunds = await stack.refunds();
    assert.equal(refunds.filter(({ metadata }) => metadata?.['order_id'] === orderId).length, 1);
    await queues.resume('order-processing');
  });

  it('waits where the version that it is for was deleted; a delayed task goes to the one that serves', async () => {
    const delayed = await shop.order({ host: 'canary.localhost' });
    await shop.waitForConfirmation(delayed);
    await queues.pause('payments');
    const pinned = await shop.order({ host: 'canary.localhost' });
    await stack.appEngine.removeVersion('worker', 'v2');
    await queues.resume('payments');
    const { taskId } = await charge(pinned);
    const dueAtFirstMs = await dueAtMs(taskId);
    await sweepAfter(OVERDUE_MS);
    const { state, attempts } = await charge(pinned);
    assert.deepEqual([state, attempts], ['pending', 0]);
    assert.ok((await dueAtMs(taskId)) > dueAtFirstMs);
    assert.equal((await queues.tasks('payments')).length, 1);

    await stack.advance(24 * HOUR_MS);
    assert.equal((await shop.waitForTask(delayed, 'send-followup-email')).source, 'worker');
  });
});
