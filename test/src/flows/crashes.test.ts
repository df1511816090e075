import assert from 'node:assert/strict';
import type { KillableName, LocalStack } from '@waybill/local-stack';
import { newDataDir, removeDataDir, startFlowStack } from '../support/flow-stack.ts';
import { QueueControl } from '../support/queue-control.ts';
import { Shop, whenAllReady, whenIdle } from '../support/shop.ts';

const HOUR_MS = 3_600_000;
/** Longer than a lease, a backoff of the queues, and the time until the sweep looks after a task. */
const RECOVERY_MS = 130_000;
const PARTS: readonly KillableName[] = ['frontend', 'worker', 'cloud-tasks-emulator', 'firestore-emulator'];

describe('an order while everything is killed once', function () {
  this.timeout(120_000);
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;
  let queues: QueueControl;

  before(async () => {
    dataDir = newDataDir();
    stack = await startFlowStack(dataDir);
    shop = new Shop(stack);
    queues = new QueueControl(stack);
  });

  after(async () => {
    await queues.close();
    await stack.close();
    removeDataDir(dataDir);
  });

  async function killAndAwait(name: KillableName): Promise<void> {
    await stack.killProcess(name, 'SIGKILL');
    await whenAllReady(stack);
  }

  /** Moves the clock past leases and backoffs until a task has succeeded. */
  async function recoverUntil(orderId: string, task: string): Promise<void> {
    for (let round = 0; round < 10; round += 1) {
      await whenIdle(stack);
      if ((await shop.taskStates(orderId))[task] === 'succeeded') return;
      await stack.advance(RECOVERY_MS);
    }
    assert.fail(`${task} did not succeed: ${JSON.stringify(await shop.show(orderId))}`);
  }

  it('loses nothing and does nothing twice', async () => {
    const email = 'ada@example.com';
    const stockBefore = await shop.stock('hand-grinder');
    await queues.pause('emails');
    const orderId = await shop.order({ email, productId: 'hand-grinder', quantity: 3 });
    await killAndAwait('frontend');
    await shop.waitForTask(orderId, 'charge-payment', 'task.claimed');
    await killAndAwait('worker');
    await recoverUntil(orderId, 'charge-payment');
    await recoverUntil(orderId, 'reserve-inventory');
    await killAndAwait('cloud-tasks-emulator');
    await killAndAwait('firestore-emulator');
    await queues.resume('emails');
    await recoverUntil(orderId, 'send-confirmation-email');

    assert.equal((await shop.show(orderId)).status, 'confirmed');
    assert.deepEqual(
      (await stack.charges()).map(({ amount, paid }) => ({ amount, paid })),
      [{ amount: 26_700, paid: true }],
    );
    assert.equal(await shop.stock('hand-grinder'), stockBefore - 3);
    assert.equal((await shop.mailsTo(email)).length, 1);

    for (const name of PARTS) await killAndAwait(name);
    await stack.advance(24 * HOUR_MS);
    await recoverUntil(orderId, 'send-followup-email');
    const mails = await shop.mailsTo(email);
    assert.equal(mails.length, 2);
    assert.equal(new Set(mails.map(({ subject }) => subject)).size, 2);
    assert.equal((await stack.charges()).length, 1);
    assert.equal(await shop.stock('hand-grinder'), stockBefore - 3);
  });

  it('started each part again by itself, once for each time', () => {
    for (const name of PARTS) {
      const deaths = stack.events.filter(({ source, event }) => source === name && event === 'process.died');
      assert.equal(deaths.length, 2, name);
    }
  });

  it('has one clock in all parts after that', async () => {
    for (const port of [stack.ports.firestore, stack.ports.cloudTasks, stack.ports.payments]) {
      const response = await fetch(`http://127.0.0.1:${port}/emulator/clock`);
      const { offsetMs } = (await response.json()) as { offsetMs: number };
      assert.equal(offsetMs, stack.clockOffsetMs);
    }
  });
});
