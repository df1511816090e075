import assert from 'node:assert/strict';
import { cancelOrder, placeOrder } from '@waybill/orders';
import type { TaskSummary } from '@waybill/task-runtime';
import { maskedEmail, orderLinks, orderView } from './order-view.ts';

const now = new Date('2026-03-01T10:00:00Z');
const order = placeOrder({
  orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d',
  email: 'ada@example.com',
  lines: [
    {
      product: { productId: 'stoneware-cup', name: 'Stoneware cup', price: 1650, currency: 'EUR', stock: 4 },
      quantity: 2,
    },
  ],
  paymentMethod: 'pm_card_visa',
  now,
});
const task: TaskSummary = {
  taskId: 'b',
  contract: 'reserve-inventory',
  version: 1,
  state: 'dead',
  queue: 'order-processing',
  generation: 1,
  attempts: 1,
  createdAt: now,
  changedAt: now,
  error: { code: 'OUT_OF_STOCK', message: 'for operators' },
};

describe('orderView()', () => {
  it('shows why it was cancelled, and of a failure its code alone', () => {
    const cancelled = cancelOrder(order, { reason: 'out-of-stock', cancelledAt: now });
    const view = orderView(cancelled, [task]);
    assert.deepEqual(view.cancellation, { reason: 'out-of-stock', cancelledAt: '2026-03-01T10:00:00.000Z' });
    assert.deepEqual(view.tasks, [
      {
        taskId: 'b',
        task: 'reserve-inventory',
        state: 'dead',
        attempts: 1,
        changedAt: '2026-03-01T10:00:00.000Z',
        error: { code: 'OUT_OF_STOCK' },
      },
    ]);
    assert.ok(!JSON.stringify(view).includes('pm_card_visa'));
  });

  it('puts tasks in the order of their times, and those of one time in the order of their names', () => {
    const later = { ...task, contract: 'a-mail', createdAt: new Date(now.getTime() + 1) };
    const view = orderView(order, [later, task, { ...task, contract: 'charge-payment' }]);
    assert.deepEqual(
      view.tasks.map(({ task: name }) => name),
      ['charge-payment', 'reserve-inventory', 'a-mail'],
    );
  });
});

describe('orderLinks()', () => {
  const receipt = { ...task, contract: 'generate-receipt', state: 'succeeded' as const };
  const cancelledAt = (atMs: number) =>
    cancelOrder(order, { reason: 'customer', cancelledAt: new Date(now.getTime() + atMs) });
  const hasReceipt = (of: typeof order) =>
    'receipt' in orderLinks(of.orderId, { order: of, tasks: [receipt] });

  it('name the receipt once it is made', () => {
    assert.equal(hasReceipt(order), true);
    assert.deepEqual(orderLinks('a', { order, tasks: [task] }), { self: '/api/orders/a' });
  });

  it('name none that was not made because its order was cancelled first, and none that is erased', () => {
    assert.equal(hasReceipt(cancelledAt(1)), true);
    assert.equal(hasReceipt(cancelledAt(-1)), false);
    assert.equal(hasReceipt({ ...order, email: '' }), false);
  });
});

describe('maskedEmail()', () => {
  for (const [email, masked] of [
    ['ada@example.com', 'a…@example.com'],
    ['a@example.com', 'a…@example.com'],
    ['"a@b"@example.com', '"…@example.com'],
    ['🙂x@example.com', '🙂…@example.com'],
  ] as const) {
    it(`makes ${masked} of ${email}`, () => assert.equal(maskedEmail(email), masked));
  }
});
