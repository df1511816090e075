import assert from 'node:assert/strict';
import { placeOrder } from '@waybill/orders';
import { confirmationMail, followupMail, formatAmount } from './order-mails.ts';

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
  now: new Date('2026-03-01T10:00:00Z'),
});

describe('mails about an order', () => {
  it('confirm what was bought, and for how much', () => {
    const { subject, text } = confirmationMail(order);
    assert.equal(subject, 'Your order 5f0c1d9a is confirmed');
    assert.match(text, /2 × Stoneware cup {3}€33\.00\n/);
    assert.match(text, /Sum: €33\.00\n/);
  });

  it('name the order they ask about', () => {
    const { subject, text } = followupMail(order);
    assert.equal(subject, 'Is all well with your order 5f0c1d9a?');
    assert.match(text, /Order 5f0c1d9a7b3e42868c1f2d3e4a5b6c7d/);
  });
});

describe('formatAmount()', () => {
  for (const [amount, currency, text] of [
    [1299, 'EUR', '€12.99'],
    [5, 'USD', '$0.05'],
    [1299, 'JPY', '¥1,299'],
    [12_345, 'KWD', 'KWD\u00a012.345'],
  ] as const) {
    it(`writes ${amount} ${currency} as ${text}`, () => assert.equal(formatAmount(amount, currency), text));
  }
});
