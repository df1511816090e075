import assert from 'node:assert/strict';
import { cancelOrder } from '@waybill/orders';
import { sendConfirmationEmail, sendFollowupEmail } from '@waybill/task-contracts';
import {
  payloadsOf,
  RETRY_SECONDS,
  startWorkerTestBed,
  type WorkerTestBed,
} from '../../test/worker-test-bed.ts';

const HOUR_SECONDS = 3600;

describe('send-followup-email', () => {
  let bed: WorkerTestBed;
  beforeEach(async () => {
    bed = await startWorkerTestBed();
  });
  afterEach(() => bed.close());

  it('is sent 24 hours after the confirmation, once', async () => {
    const order = await bed.createOrder();
    await bed.enqueue(sendConfirmationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    await bed.advance(23 * HOUR_SECONDS);
    assert.equal(bed.mailServer.mails.length, 1);
    await bed.advance(HOUR_SECONDS);
    assert.equal(bed.mailServer.mails.length, 2);
    assert.match(bed.mailServer.mails[1]?.raw ?? '', /^Subject: Is all well with your order/m);
    await bed.advance(24 * HOUR_SECONDS);
    assert.equal(bed.mailServer.mails.length, 2);
  });

  it('is sent once however often it is delivered', async () => {
    const order = await bed.createOrder();
    const payload = payloadsOf(order).mail;
    const taskId = await bed.enqueue(sendFollowupEmail, payload);
    await Promise.all(Array.from({ length: 10 }, () => bed.deliver(taskId, payload)));
    await bed.whenIdle();
    assert.equal(await bed.deliver(taskId, payload), 200);
    assert.equal(bed.mailServer.mails.length, 1);
  });

  it('is not sent for an order that was cancelled meanwhile', async () => {
    const order = await bed.createOrder();
    await bed.enqueue(sendConfirmationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    await bed.setOrder(cancelOrder(order, { reason: 'customer', cancelledAt: new Date() }));
    await bed.advance(24 * HOUR_SECONDS);
    assert.equal(bed.mailServer.mails.length, 1);
    const [, followup] = await bed.tasksOf(order.orderId);
    assert.equal(followup?.state, 'succeeded');
  });

  it('is sent later where the mail server is full', async () => {
    bed.mailServer.script = { body: '452 no room' };
    const order = await bed.createOrder();
    const taskId = await bed.enqueue(sendFollowupEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).error?.code, 'MAIL_SERVER_UNAVAILABLE');
    bed.mailServer.script = {};
    await bed.advance(RETRY_SECONDS);
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(bed.mailServer.mails.length, 1);
  });
});
