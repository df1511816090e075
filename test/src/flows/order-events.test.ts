import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { EVENT_TIMEOUT_MS } from '../support/flow-stack.ts';
import { localOrderTokens } from '../support/local-order-tokens.ts';
import { useSharedStack } from '../support/shared-stack.ts';
import { Shop, type ShownOrder } from '../support/shop.ts';

/** Follows an order as browsers do, over the ends of its streams, until it is as wanted. */
async function followOrder(
  shop: Shop,
  orderId: string,
  isEnough: (order: ShownOrder) => boolean,
): Promise<ShownOrder[]> {
  const told: ShownOrder[] = [];
  let lastId = '';
  const signal = AbortSignal.timeout(EVENT_TIMEOUT_MS);
  for (;;) {
    signal.throwIfAborted();
    const stream = await shop.call({
      path: localOrderTokens.withToken(`/api/orders/${orderId}/events`, orderId),
      headers: lastId === '' ? {} : { 'last-event-id': lastId },
    });
    assert.equal(stream.status, 200);
    for (const block of stream.text.split('\n\n')) {
      const fields = Object.fromEntries(
        block
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      if (fields['event'] !== 'order') continue;
      assert.notEqual(fields['id'], lastId, 'nothing comes twice');
      lastId = fields['id'] ?? '';
      const order = JSON.parse(fields['data'] ?? '') as ShownOrder;
      told.push(order);
      if (isEnough(order)) return told;
    }
  }
}

describe('GET /api/orders/{id}/events', () => {
  let stack: LocalStack;
  let shop: Shop;

  useSharedStack((started) => {
    stack = started;
    shop = new Shop(stack);
  });

  it('tells an order’s life: tried, failed, tried again when it was said, confirmed, all done', async () => {
    const orderId = await shop.order({ paymentMethod: 'pm_sandbox_serverErrorOnce' });
    const told = await followOrder(shop, orderId, ({ tasks }) =>
      tasks.some(({ task, state }) => task === 'send-followup-email' && state === 'pending'),
    );
    const charges = told.flatMap(({ tasks }) => tasks.filter(({ task }) => task === 'charge-payment'));
    const retry = charges.find(({ nextAttemptAt }) => nextAttemptAt !== undefined);
    assert.equal(retry?.state, 'pending');
    assert.equal(retry?.error?.code, 'PAYMENT_UNAVAILABLE');
    const waitMs = Date.parse(retry?.nextAttemptAt ?? '') - Date.parse(retry?.changedAt ?? '');
    // The queue payments backs off by a second at first.
    assert.ok(waitMs > 500 && waitMs < 5_000, `${waitMs} ms`);
    assert.deepEqual([charges.at(-1)?.state, charges.at(-1)?.attempts], ['succeeded', 2]);
    const statuses = told.map(({ status }) => status);
    assert.deepEqual([...new Set(statuses)], ['processing', 'confirmed']);
    const last = told.at(-1);
    assert.deepEqual(last, await shop.show(orderId));
  });

  it('tells of the next day as soon as it comes', async () => {
    const orderId = await shop.order();
    await shop.waitForConfirmation(orderId);
    const isAsked = (order: ShownOrder) =>
      order.tasks.some(({ task, state }) => task === 'send-followup-email' && state === 'succeeded');
    const following = followOrder(shop, orderId, isAsked);
    await stack.advance(86_400_000);
    await following;
  });
});
