import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { newDataDir, removeDataDir, startFlowStack } from './support/flow-stack.ts';
import { Shop, whenIdle } from './support/shop.ts';

describe('an order that comes to nothing', function () {
  this.timeout(90_000);
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;

  before(async () => {
    dataDir = newDataDir();
    stack = await startFlowStack(dataDir);
    shop = new Shop(stack);
  });

  after(async () => {
    await stack.close();
    removeDataDir(dataDir);
  });

  it('gives its pieces back where the payment is declined, and tells the customer', async () => {
    const email = 'ada@example.com';
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
    const own = ({ metadata }: { metadata: Record<string, string> | null }) =>
      metadata?.['order_id'] === orderId;
    const charged = (await stack.charges()).filter((charge) => charge.paid && own(charge));
    const refunded = (await stack.refunds()).filter(own);
    assert.deepEqual(
      refunded.map(({ amount }) => amount),
      charged.map(({ amount }) => amount),
    );
    assert.equal((await shop.mailsTo(email)).length, 1);
  });
});
