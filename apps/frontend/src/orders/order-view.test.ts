import assert from 'node:assert/strict';
import { cancelOrder, OrderTokens, placeOrder } from '@waybill/orders';
import type { TaskSummary } from '@waybill/task-runtime';
import { hasReceipt, OrderLinks } from './order-links.ts';
import { orderStatusView, orderView } from './order-view.ts';

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
const links = new OrderLinks(
  new OrderTokens({ keys: [{ id: 'k', secret: 'secret' }], nowMs: () => now.getTime() }),
);
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
    const view = orderView({ order: cancelled, tasks: [task] }, links);
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
    const view = orderView({ order, tasks: [later, task, { ...task, contract: 'charge-payment' }] }, links);
    assert.deepEqual(
      view.tasks.map(({ task: name }) => name),
      ['charge-payment', 'reserve-inventory', 'a-mail'],
    );
  });
});

describe('orderStatusView()', () => {
  it('tells status and task states, and nothing of the customer and the payment', () => {
    const cancelled = cancelOrder(order, { reason: 'payment-declined', cancelledAt: now });
    assert.deepEqual(orderStatusView({ order: cancelled, tasks: [{ ...task, outcome: 'declined' }] }), {
      orderId: order.orderId,
      status: 'cancelled',
      tasks: [
        {
          taskId: 'b',
          task: 'reserve-inventory',
          state: 'dead',
          attempts: 1,
          changedAt: '2026-03-01T10:00:00.000Z',
        },
      ],
      links: { self: `/api/orders/${order.orderId}` },
    });
  });
});

describe('OrderLinks', () => {
  const receipt = { ...task, contract: 'generate-receipt', state: 'succeeded' as const };
  const cancelledAt = (atMs: number) =>
    cancelOrder(order, { reason: 'customer', cancelledAt: new Date(now.getTime() + atMs) });
  const isLinked = (of: typeof order) =>
    'receipt' in links.ofOrder(of.orderId, { order: of, tasks: [receipt] });

  it('name the receipt once it is made', () => {
    assert.equal(isLinked(order), true);
    assert.equal(hasReceipt({ order, tasks: [task] }), false);
    assert.ok(!('receipt' in links.ofOrder('a', { order, tasks: [task] })));
  });

  it('name none that was not made because its order was cancelled first, and none that is erased', () => {
    assert.equal(isLinked(cancelledAt(1)), true);
    assert.equal(isLinked(cancelledAt(-1)), false);
    assert.equal(isLinked({ ...order, email: '' }), false);
  });
});
