import assert from 'node:assert/strict';
import { MAX_AHEAD_DAYS, MAX_AMOUNT, type OrderRequest, placeOrder } from './place-order.ts';

const cup = { productId: 'stoneware-cup', name: 'Stoneware cup', price: 1650, currency: 'EUR', stock: 4 };
const beans = { productId: 'filter-beans', name: 'Filter beans', price: 1490, currency: 'EUR', stock: 9 };
const now = new Date('2026-03-01T10:00:00Z');
const request: OrderRequest = {
  orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d',
  email: 'ada@example.com',
  lines: [
    { product: cup, quantity: 2 },
    { product: beans, quantity: 3 },
  ],
  paymentMethod: 'pm_card_visa',
  now,
};

describe('placeOrder()', () => {
  it('adds up the products’ prices and begins at once', () => {
    assert.deepEqual(placeOrder(request), {
      orderId: request.orderId,
      email: 'ada@example.com',
      items: [
        { productId: 'stoneware-cup', name: 'Stoneware cup', quantity: 2, unitPrice: 1650 },
        { productId: 'filter-beans', name: 'Filter beans', quantity: 3, unitPrice: 1490 },
      ],
      amount: 7770,
      currency: 'EUR',
      paymentMethod: 'pm_card_visa',
      status: 'processing',
      payment: { state: 'pending' },
      inventory: { state: 'pending' },
      createdAt: now,
    });
  });

  it('is scheduled where it is to begin later, and only then', () => {
    const processAt = new Date(now.getTime() + 1);
    const scheduled = placeOrder({ ...request, processAt });
    assert.equal(scheduled.status, 'scheduled');
    assert.deepEqual(scheduled.processAt, processAt);
    const atOnce = placeOrder({ ...request, processAt: now });
    assert.equal(atOnce.status, 'processing');
    assert.ok(!('processAt' in atOnce));
  });

  it('refuses two currencies, naming a product of each', () => {
    const lines = [
      { product: cup, quantity: 1 },
      { product: { ...beans, currency: 'CHF' }, quantity: 1 },
    ];
    assert.throws(() => placeOrder({ ...request, lines }), {
      code: 'MIXED_CURRENCIES',
      message:
        'All items of an order must have one currency, but "stoneware-cup" is sold in EUR and "filter-beans" in CHF: ' +
        'place one order for each',
    });
  });

  it('takes the largest amount, and refuses one cent more', () => {
    const atMost = { ...cup, price: MAX_AMOUNT };
    assert.equal(placeOrder({ ...request, lines: [{ product: atMost, quantity: 1 }] }).amount, MAX_AMOUNT);
    const lines = [{ product: { ...cup, price: MAX_AMOUNT + 1 }, quantity: 1 }];
    assert.throws(() => placeOrder({ ...request, lines }), { code: 'AMOUNT_TOO_LARGE' });
  });

  it('takes an order for a year ahead, and refuses one for a moment later', () => {
    const farthest = new Date(now.getTime() + MAX_AHEAD_DAYS * 86_400_000);
    assert.equal(placeOrder({ ...request, processAt: farthest }).status, 'scheduled');
    const beyond = new Date(farthest.getTime() + 1);
    assert.throws(() => placeOrder({ ...request, processAt: beyond }), { code: 'TOO_FAR_AHEAD' });
  });

  it('refuses an order of nothing', () => {
    assert.throws(() => placeOrder({ ...request, lines: [] }), RangeError);
  });
});
