import assert from 'node:assert/strict';
import { cancelOrder } from '@waybill/orders';
import { sendConfirmationEmail } from '@waybill/task-contracts';
import {
  payloadsOf,
  RETRY_SECONDS,
  startWorkerTestBed,
  type WorkerTestBed,
} from '../../test/worker-test-bed.ts';

describe('send-confirmation-email', () => {
  let bed: WorkerTestBed;
  beforeEach(async () => {
    bed = await startWorkerTestBed();
  });
  afterEach(() => bed.close());

  it('sends one mail, and enqueues the one that follows it a day later', async () => {
    const order = await bed.createOrder({ productId: 'stoneware-cup', quantity: 2 });
    const taskId = await bed.enqueue(sendConfirmationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    const [mail, ...others] = bed.mailServer.mails;
    assert.deepEqual(others, []);
    assert.equal(mail?.to, 'ada@example.com');
    assert.match(mail?.raw ?? '', new RegExp(`^Message-ID: <${taskId}@waybill.example>`, 'm'));
    assert.match(mail?.raw ?? '', /^From: Waybill <orders@waybill.example>/m);
    assert.match(mail?.raw ?? '', /Stoneware cup/);

    const [own, followup] = await bed.tasksOf(order.orderId);
    assert.equal(followup?.contract, 'send-followup-email');
    assert.equal(followup?.parent, taskId);
    const delayMs = (followup?.notBefore?.getTime() ?? 0) - (followup?.createdAt.getTime() ?? 0);
    assert.equal(delayMs, 86_400_000);
    assert.ok(own);
  });

  it('sends one mail however often it is delivered', async () => {
    const order = await bed.createOrder();
    const payload = payloadsOf(order).mail;
    const taskId = await bed.enqueue(sendConfirmationEmail, payload);
    await Promise.all(Array.from({ length: 10 }, () => bed.deliver(taskId, payload)));
    await bed.whenIdle();
    assert.equal(await bed.deliver(taskId, payload), 200);
    assert.equal(bed.mailServer.mails.length, 1);
    assert.equal((await bed.tasksOf(order.orderId)).length, 2);
  });

  it('sends it later where the mail server does not want it now', async () => {
    bed.mailServer.script = { rcpt: '451 later' };
    const order = await bed.createOrder();
    const taskId = await bed.enqueue(sendConfirmationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    const failed = await bed.task(taskId);
    assert.equal(failed.state, 'pending');
    assert.deepEqual(failed.error, {
      code: 'MAIL_SERVER_UNAVAILABLE',
      message: 'The mail server answered 451 at RCPT TO',
    });
    bed.mailServer.script = {};
    await bed.advance(RETRY_SECONDS);
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(bed.mailServer.mails.length, 1);
  });

  it('is dead at once where the recipient is refused; the order stays as it is', async () => {
    bed.mailServer.script = { rcpt: '550 no such user' };
    const order = await bed.createOrder();
    const taskId = await bed.enqueue(sendConfirmationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    const { state, error } = await bed.task(taskId);
    assert.equal(state, 'dead');
    assert.equal(error?.code, 'RECIPIENT_REFUSED');
    assert.equal((await bed.tasksOf(order.orderId)).length, 1);
    assert.deepEqual(await bed.order(order.orderId), order);
  });

  it('is dead, for a person to decide, where nobody knows whether it was sent', async () => {
    bed.mailServer.script = { body: 'drop' };
    const order = await bed.createOrder();
    const taskId = await bed.enqueue(sendConfirmationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    const { state, attempts, error } = await bed.task(taskId);
    assert.equal(state, 'dead');
    assert.equal(attempts, 1);
    assert.equal(error?.code, 'OUTCOME_UNKNOWN');
    assert.equal(bed.mailServer.connections(), 1);
  });

  it('sends nothing for an order that is cancelled', async () => {
    const order = await bed.createOrder();
    await bed.setOrder(cancelOrder(order, { reason: 'customer', cancelledAt: new Date() }));
    const taskId = await bed.enqueue(sendConfirmationEmail, payloadsOf(order).mail);
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(bed.mailServer.connections(), 0);
    assert.equal((await bed.tasksOf(order.orderId)).length, 1);
  });
});
