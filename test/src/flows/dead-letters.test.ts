import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import { Operator } from '../support/operator.ts';
import { setWarehouseStatus } from '../support/set-warehouse-status.ts';
import { useSharedStack } from '../support/shared-stack.ts';
import { Shop, whenIdle } from '../support/shop.ts';

const DAY_MS = 24 * 3_600_000;

describe('an order that leaves a dead letter', () => {
  let stack: LocalStack;
  let shop: Shop;
  let operator: Operator;

  useSharedStack((started) => {
    stack = started;
    shop = new Shop(stack);
    operator = new Operator(stack);
  });

  async function shipmentsOf(orderId: string): Promise<number> {
    return (await stack.shipments()).filter((shipment) => shipment.orderId === orderId).length;
  }

  it('goes on where the mailbox refuses for good, without the mail a day later; both come once the address is mended', async () => {
    const email = 'bounce@example.com';
    const orderId = await shop.order({ email });
    await shop.waitForTask(orderId, 'send-confirmation-email', 'task.dead');
    await whenIdle(stack);
    await stack.advance(DAY_MS);
    await whenIdle(stack);
    assert.equal((await shop.show(orderId)).status, 'confirmed');
    assert.deepEqual(await shop.taskStates(orderId), {
      'charge-payment': 'succeeded',
      'generate-receipt': 'succeeded',
      'notify-warehouse': 'succeeded',
      'reserve-inventory': 'succeeded',
      'send-confirmation-email': 'dead',
    });

    const [letter, ...others] = await operator.deadLetters(orderId);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [letter?.contract, letter?.error?.code],
      ['send-confirmation-email', 'RECIPIENT_REFUSED'],
    );
    const mended = 'mended@example.com';
    await operator.replay(letter?.taskId ?? '', { payload: { orderId, email: mended } });
    await shop.waitForConfirmation(orderId);
    await stack.advance(DAY_MS);
    await shop.waitForTask(orderId, 'send-followup-email');
    assert.equal((await shop.mailsTo(mended)).length, 2);
  });

  it('stays confirmed where the warehouse refuses, and is sent once that is mended', async () => {
    await setWarehouseStatus(stack, 422);
    const orderId = await shop.order();
    await shop.waitForTask(orderId, 'notify-warehouse', 'task.dead');
    await setWarehouseStatus(stack, null);
    await whenIdle(stack);
    assert.equal((await shop.show(orderId)).status, 'confirmed');
    assert.equal(await shipmentsOf(orderId), 0);

    const [letter] = await operator.deadLetters(orderId);
    assert.deepEqual([letter?.contract, letter?.error?.code], ['notify-warehouse', 'WAREHOUSE_REFUSED']);
    await operator.replay(letter?.taskId ?? '');
    await shop.waitForTask(orderId, 'notify-warehouse');
    assert.equal(await shipmentsOf(orderId), 1);
    assert.equal((await shop.cancel(orderId)).status, 409);
    assert.deepEqual(await operator.deadLetters(orderId), []);
  });

  it('can’t be cancelled where the warehouse was away for a day: it may know of it', async () => {
    await setWarehouseStatus(stack, 503);
    const orderId = await shop.order();
    await shop.waitForTask(orderId, 'notify-warehouse', 'task.retry');
    await stack.advance(DAY_MS);
    await shop.waitForTask(orderId, 'notify-warehouse', 'task.dead');
    await setWarehouseStatus(stack, null);
    const [letter] = await operator.deadLetters(orderId);
    assert.deepEqual([letter?.contract, letter?.error?.code], ['notify-warehouse', 'AGE_USED_UP']);
    assert.equal((await shop.show(orderId)).status, 'confirmed');
    assert.equal((await shop.cancel(orderId)).status, 409);
  });
});
