import assert from 'node:assert/strict';
import { cancelOrder, type Order, placeOrder, SAMPLE_PRODUCTS } from '@waybill/orders';
import type { TaskProgress } from '../orders/task-progress.ts';
import { taskText } from './task-text.ts';

const cancelledAt = new Date('2026-03-01T10:00:00Z');
const before = new Date('2026-03-01T09:59:59Z');
const after = new Date('2026-03-01T10:00:01Z');

const placed = placeOrder({
  orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d',
  email: 'ada@example.com',
  lines: SAMPLE_PRODUCTS.slice(0, 1).map((product) => ({ product, quantity: 1 })),
  paymentMethod: 'pm_card_visa',
  now: before,
});
const confirmed: Order = { ...placed, status: 'confirmed' };
const cancelled = cancelOrder(confirmed, { reason: 'customer', cancelledAt });
const erased: Order = { ...confirmed, email: '' };

function succeeded(contract: string, changedAt: Date): TaskProgress {
  return {
    taskId: 'a',
    contract,
    version: 1,
    state: 'succeeded',
    queue: 'emails',
    generation: 0,
    attempts: 1,
    createdAt: before,
    changedAt,
  };
}

describe('taskText()', () => {
  const words = (contract: string, order: Order, changedAt: Date) =>
    taskText(succeeded(contract, changedAt), order, after);

  for (const [contract, done, needless] of [
    ['generate-receipt', 'Ready to be downloaded', 'Not needed any more'],
    ['send-confirmation-email', 'Sent to you by e-mail', 'Nothing left to be said'],
    ['send-followup-email', 'Sent to you by e-mail', 'Nothing left to be said'],
  ] as const) {
    it(`tells of a ${contract} that came after its order’s cancelling that it did nothing`, () => {
      assert.equal(words(contract, confirmed, after).text, done);
      assert.equal(words(contract, cancelled, before).text, done);
      assert.equal(words(contract, cancelled, after).text, needless);
    });
  }

  for (const [contract, outcome, text] of [
    ['charge-payment', 'declined', 'Your bank declined the payment'],
    ['reserve-inventory', 'sold-out', 'Sold out'],
  ] as const) {
    it(`tells of a ${contract} that ended as ${outcome}`, () => {
      const told = taskText({ ...succeeded(contract, before), outcome }, cancelled, after);
      assert.deepEqual([told.mark, told.text], ['failed', text]);
      assert.equal(words(contract, cancelled, before).mark, 'done');
    });
  }

  it('promises nothing of an erased order’s receipt, and no time where none is kept', () => {
    assert.equal(words('generate-receipt', erased, after).text, 'It was made, and is erased');
    assert.equal(words('charge-payment', erased, after).when, undefined);
    assert.deepEqual(words('charge-payment', confirmed, after).when, { label: '', at: after });
  });
});
