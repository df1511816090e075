import assert from 'node:assert/strict';
import { chargePayment, reserveInventory } from '@waybill/task-contracts';
import { payloadsOf, startWorkerTestBed, type WorkerTestBed } from '../test/worker-test-bed.ts';

describe('worker service', () => {
  let bed: WorkerTestBed;
  before(async () => {
    bed = await startWorkerTestBed();
  });
  after(() => bed.close());

  for (const path of ['/healthz', '/readyz', '/_ah/warmup']) {
    it(`answers ${path}`, async () => {
      assert.equal((await fetch(`${bed.workerUrl}${path}`)).status, 200);
    });
  }

  it('sweeps for App Engine’s cron, and for nobody else', async () => {
    const url = `${bed.workerUrl}/cron/sweep`;
    assert.equal((await fetch(url)).status, 403);
    const swept = await fetch(url, { headers: { 'X-Appengine-Cron': 'true' } });
    assert.equal(swept.status, 200);
  });

  it('does tasks for Cloud Tasks, and for nobody else', async () => {
    const response = await fetch(`${bed.workerUrl}/tasks/charge-payment/v1`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 403);
  });

  it('confirms an order once, whichever of charge and reservation comes second', async () => {
    for (const contracts of [
      [chargePayment, reserveInventory],
      [reserveInventory, chargePayment],
    ]) {
      const order = await bed.createOrder();
      const payloads = payloadsOf(order);
      for (const contract of contracts) {
        if (contract === chargePayment) await bed.enqueue(chargePayment, payloads.charge);
        else await bed.enqueue(reserveInventory, payloads.reservation);
        await bed.whenIdle();
      }
      assert.equal((await bed.order(order.orderId)).status, 'confirmed');
      assert.equal((await bed.tasksOf(order.orderId)).length, 6);
    }
    assert.equal(bed.mailServer.mails.length, 2);
  });

  it('confirms each of many orders once, whose charge and reservation run at the same time', async () => {
    const sentBefore = bed.mailServer.mails.length;
    const orders = await Promise.all(Array.from({ length: 10 }, () => bed.createOrder({ quantity: 1 })));
    await Promise.all(
      orders.flatMap((order) => [
        bed.enqueue(chargePayment, payloadsOf(order).charge),
        bed.enqueue(reserveInventory, payloadsOf(order).reservation),
      ]),
    );
    await bed.whenIdle();
    for (const { orderId } of orders) {
      assert.equal((await bed.order(orderId)).status, 'confirmed');
      const states = (await bed.tasksOf(orderId)).map(({ contract, state }) => `${contract} ${state}`);
      assert.deepEqual(states.sort(), [
        'charge-payment succeeded',
        'generate-receipt succeeded',
        'notify-warehouse succeeded',
        'reserve-inventory succeeded',
        'send-confirmation-email succeeded',
        'send-followup-email pending',
      ]);
    }
    assert.equal(bed.mailServer.mails.length, sentBefore + 10);
  }).timeout(60_000);
});
