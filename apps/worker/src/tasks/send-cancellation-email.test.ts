import assert from 'node:assert/strict';
import { cancelOrder, type Order, recordCharge } from '@waybill/orders';
import { sendCancellationEmail } from '@waybill/task-contracts';
import { payloadsOf, startWorkerTestBed, type WorkerTestBed } from '../../test/worker-test-bed.ts';

describe('send-cancellation-email', () => {
  let bed: WorkerTestBed;
  beforeEach(async () => {
    bed = await startWorkerTestBed();
  });
  afterEach(() => bed.close());

  async function cancelledOrder(): Promise<Order> {
    const order = recordCharge(await bed.createOrder(), { chargeId: 'pi_1', chargedAt: new Date() });
    const cancelled = cancelOrder(order, { reason: 'out-of-stock', cancelledAt: new Date() });
    await bed.setOrder(cancelled);
    return cancelled;
  }

  it('says why, and that the money comes back', async () => {
    const order = await cancelledOrder();
    const taskId = await bed.enqueue(sendCancellationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    const [mail, ...others] = bed.mailServer.mails;
    assert.deepEqual(others, []);
    assert.equal(mail?.to, 'ada@example.com');
    assert.match(mail?.raw ?? '', /^Subject: Your order [0-9a-f]{8} is cancelled/m);
    assert.match(mail?.raw ?? '', /Not enough of what you ordered is left/);
    assert.match(mail?.raw ?? '', /You get back the/);
  });

  it('sends one mail however often it is delivered', async () => {
    const order = await cancelledOrder();
    const payload = payloadsOf(order).mail;
    const taskId = await bed.enqueue(sendCancellationEmail, payload);
    await Promise.all(Array.from({ length: 10 }, () => bed.deliver(taskId, payload)));
    await bed.whenIdle();
    assert.equal(await bed.deliver(taskId, payload), 200);
    assert.equal(bed.mailServer.mails.length, 1);
  });

  it('sends nothing for an order that is not cancelled', async () => {
    const order = await bed.createOrder();
    await bed.enqueue(sendCancellationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    assert.equal(bed.mailServer.connections(), 0);
  });

  it('is dead, for a person to decide, where nobody knows whether it was sent', async () => {
    bed.mailServer.script = { body: 'drop' };
    const order = await cancelledOrder();
    const taskId = await bed.enqueue(sendCancellationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    const { state, attempts, error } = await bed.task(taskId);
    assert.deepEqual([state, attempts, error?.code], ['dead', 1, 'OUTCOME_UNKNOWN']);
    assert.equal(bed.mailServer.connections(), 1);
  });
});
