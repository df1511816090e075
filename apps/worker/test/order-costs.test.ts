import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { TaskContract } from '@waybill/contract-kit';
import { cancelOrder } from '@waybill/orders';
import { releaseInventory, reserveInventory } from '@waybill/task-contracts';
import { payloadsOf, startWorkerTestBed, type WorkerTestBed } from './worker-test-bed.ts';

const COSTS_FILE = new URL('../../../docs/costs.md', import.meta.url);
/** The claim and the finish of a task each read its record and write it. */
const RUNTIME = { reads: 2, writes: 2 };
/** The bed reads the record to find its path. */
const LOOK_UP_READS = 1;
const FAR_AHEAD_SECONDS = 3_600;

describe('docs/costs.md', () => {
  let bed: WorkerTestBed;
  beforeEach(async () => {
    bed = await startWorkerTestBed();
  });
  afterEach(() => bed.close());

  /** Delivers a task of an order, and counts its handler's own part of the cost. */
  async function costOf<P extends { orderId: string }>(contract: TaskContract<P>, payload: NoInfer<P>) {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      // Nothing but this function delivers it.
      transaction.enqueue(contract, payload, {
        subject: `orders/${payload.orderId}`,
        delaySeconds: FAR_AHEAD_SECONDS,
      }),
    );
    const before = bed.usage();
    assert.equal(await bed.deliver(taskId, payload), 200);
    const after = bed.usage();
    return {
      reads: after.reads - before.reads - RUNTIME.reads - LOOK_UP_READS,
      writes: after.writes - before.writes - RUNTIME.writes,
    };
  }

  function documented(what: string): { reads: number; writes: number } {
    const text = readFileSync(COSTS_FILE, 'utf8');
    const [, reads, writes] = new RegExp(`^\\| ${what} \\| (\\d+) \\| (\\d+) \\|$`, 'm').exec(text) ?? [];
    return { reads: Number(reads), writes: Number(writes) };
  }

  it('tells what reserving and releasing one product costs', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 2 });
    const { orderId } = order;
    const { reservation } = payloadsOf(order);
    assert.deepEqual(
      await costOf(reserveInventory, reservation),
      documented('`reserve-inventory`, one product'),
    );
    const cancelled = cancelOrder(await bed.order(orderId), { reason: 'customer', cancelledAt: new Date() });
    await bed.setOrder(cancelled);
    const released = await costOf(releaseInventory, { orderId });
    assert.deepEqual(released, documented('`release-inventory`, one product'));
  });
});
