import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { QueueControl } from '../support/queue-control.ts';
import { setWarehouseStatus } from '../support/set-warehouse-status.ts';
import { useSharedStack } from '../support/shared-stack.ts';
import { Shop, whenIdle } from '../support/shop.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('an order that comes to nothing', function () {
  this.timeout(90_000);
  let stack: LocalStack;
  let shop: Shop;
  let queues: QueueControl;

  useSharedStack((started) => {
    stack = started;
    shop = new Shop(stack);
    queues = new QueueControl(stack);
  });

  after(async () => {
    await queues.close();
  });

  it('gives its pieces back where the payment is declined, and tells the customer', async () => {
    const email = 'declined@example.com';
    const before = await shop.stock('hand-grinder');
    const orderId = await shop.order({
      email,
      productId: 'hand-grinder',
      quantity: 2,
      paymentMethod: 'pm_card_chargeDeclined',
    });
    await shop.waitForTask(orderId, 'send-cancellation-email');
    // The reservation may come after the cancellation; then there is nothing to give back.
    await whenIdle(stack);
    const { status, cancellation } = await shop.show(orderId);
    assert.deepEqual([status, cancellation?.reason], ['cancelled', 'payment-declined']);
    assert.equal(await shop.stock('hand-grinder'), before);
    const [mail, ...others] = await shop.mailsTo(email);
    assert.deepEqual(others, []);
    assert.match(mail?.subject ?? '', /is cancelled$/);
  });

  it('gives its money back where a piece is missing, and tells the customer', async () => {
    const email = 'grace@example.com';
    const orderId = await shop.order({ email, productId: 'lever-machine', quantity: 4 });
    await shop.waitForTask(orderId, 'send-cancellation-email');
    await whenIdle(stack);
    // Where the charge came after the cancellation, it is only looked for a minute later.
    await stack.advance(60_000);
    await whenIdle(stack);
    const { status, cancellation } = await shop.show(orderId);
    assert.deepEqual([status, cancellation?.reason], ['cancelled', 'out-of-stock']);
    assert.equal(await shop.stock('lever-machine'), 3);
    const [charged, refunded] = await chargedAndRefunded(orderId);
    assert.deepEqual(refunded, charged);
    assert.equal((await shop.mailsTo(email)).length, 1);
  });

  it('takes nothing of the others where one of several is missing', async () => {
    const before = await shop.stock('stoneware-cup');
    const answer = await shop.post({
      email: 'several@example.com',
      items: [
        { productId: 'stoneware-cup', quantity: 2 },
        { productId: 'lever-machine', quantity: 4 },
      ],
    });
    const { orderId } = JSON.parse(answer.text) as { orderId: string };
    await shop.waitForTask(orderId, 'reserve-inventory');
    await whenIdle(stack);
    await stack.advance(60_000);
    await whenIdle(stack);
    const { status, cancellation } = await shop.show(orderId);
    assert.deepEqual([status, cancellation?.reason], ['cancelled', 'out-of-stock']);
    assert.equal(await shop.stock('stoneware-cup'), before);
    assert.equal(await shop.stock('lever-machine'), 3);
    const [charged, refunded] = await chargedAndRefunded(orderId);
    assert.deepEqual(refunded, charged);
  });

  it('is given up where the payment provider stays away for an hour; what it may have charged is looked for', async () => {
    const email = 'away@example.com';
    const before = await shop.stock('pour-over-set');
    const paymentMethod = 'pm_sandbox_serverError';
    const orderId = await shop.order({ email, productId: 'pour-over-set', paymentMethod });
    await shop.waitForTask(orderId, 'charge-payment', 'task.retry');
    await shop.waitForTask(orderId, 'reserve-inventory');
    await stack.advance(HOUR_MS);
    await shop.waitForTask(orderId, 'charge-payment', 'task.dead');
    await stack.advance(60_000);
    await shop.waitForTask(orderId, 'refund-payment');
    await whenIdle(stack);
    const { status, cancellation } = await shop.show(orderId);
    assert.deepEqual([status, cancellation?.reason], ['cancelled', 'payment-failed']);
    assert.equal(await shop.stock('pour-over-set'), before);
    assert.deepEqual(await chargedAndRefunded(orderId), [[], []]);
    assert.equal((await shop.mailsTo(email)).length, 1);
  });

  it('never begins where it is cancelled before the time that it was placed for', async () => {
    const before = await shop.stock('pour-over-set');
    const processAt = new Date(Date.now() + stack.clockOffsetMs + 40 * DAY_MS).toISOString();
    const items = [{ productId: 'pour-over-set', quantity: 2 }];
    const answer = await shop.post({ email: 'never@example.com', items, processAt });
    const { orderId } = JSON.parse(answer.text) as { orderId: string };
    assert.equal((await shop.cancel(orderId)).status, 202);
    await stack.advance(41 * DAY_MS);
    await whenIdle(stack);
    assert.deepEqual(await shop.taskStates(orderId), {
      'charge-payment': 'cancelled',
      'reserve-inventory': 'cancelled',
      'send-cancellation-email': 'succeeded',
    });
    assert.deepEqual(await chargedAndRefunded(orderId), [[], []]);
    assert.equal(await shop.stock('pour-over-set'), before);
  });

  it('costs nothing where it is cancelled before it is charged', async () => {
    const before = await shop.stock('pour-over-set');
    await queues.pause('payments');
    const orderId = await shop.order({ productId: 'pour-over-set', quantity: 2 });
    await shop.waitForTask(orderId, 'reserve-inventory');
    assert.equal((await shop.cancel(orderId)).status, 202);
    await queues.resume('payments');
    await whenIdle(stack);
    assert.deepEqual(await chargedAndRefunded(orderId), [[], []]);
    assert.equal(await shop.stock('pour-over-set'), before);
    assert.equal((await shop.taskStates(orderId))['charge-payment'], 'cancelled');
  });

  it('gives its money back where it is cancelled after it was charged', async () => {
    const before = await shop.stock('pour-over-set');
    await queues.pause('order-processing');
    const orderId = await shop.order({ productId: 'pour-over-set', quantity: 2 });
    await shop.waitForTask(orderId, 'charge-payment');
    assert.equal((await shop.cancel(orderId)).status, 202);
    await shop.waitForTask(orderId, 'refund-payment');
    await queues.resume('order-processing');
    await whenIdle(stack);
    assert.deepEqual(await chargedAndRefunded(orderId), [[8_500], [8_500]]);
    assert.equal(await shop.stock('pour-over-set'), before);
  });

  it('can’t be cancelled any more once the warehouse was told', async () => {
    const orderId = await shop.order();
    await shop.waitForTask(orderId, 'notify-warehouse');
    const answer = await shop.cancel(orderId);
    assert.equal(answer.status, 409);
    assert.equal(JSON.parse(answer.text).code, 'TOO_LATE_TO_CANCEL');
    await whenIdle(stack);
    assert.equal((await shop.show(orderId)).status, 'confirmed');
  });

  it('is not followed up where it is cancelled before the day is over', async () => {
    const email = 'joan@example.com';
    await setWarehouseStatus(stack, 422);
    const orderId = await shop.order({ email });
    await shop.waitForTask(orderId, 'notify-warehouse', 'task.dead');
    await setWarehouseStatus(stack, null);
    await shop.waitForConfirmation(orderId);
    await whenIdle(stack);
    assert.equal((await shop.show(orderId)).status, 'confirmed');
    assert.equal((await shop.cancel(orderId)).status, 202);
    await whenIdle(stack);
    await stack.advance(25 * HOUR_MS);
    await whenIdle(stack);
    assert.deepEqual(
      (await shop.mailsTo(email)).map(({ subject }) => subject.replace(/ [0-9a-f]{8}/, '')),
      ['Your order is confirmed', 'Your order is cancelled'],
    );
    assert.deepEqual(await chargedAndRefunded(orderId), [[2_490], [2_490]]);
    assert.ok((await stack.shipments()).every((shipment) => shipment.orderId !== orderId));
  });

  /** The amounts that were charged for an order, and those that were given back. */
  async function chargedAndRefunded(orderId: string): Promise<[number[], number[]]> {
    const own = ({ metadata }: { metadata: Record<string, string> | null }) =>
      metadata?.['order_id'] === orderId;
    const charges = (await stack.charges()).filter((charge) => charge.paid && own(charge));
    const refunds = (await stack.refunds()).filter(own);
    return [charges.map(({ amount }) => amount), refunds.map(({ amount }) => amount)];
  }
});
