import assert from 'node:assert/strict';
import { placeOrder } from '@waybill/orders';
import { confirmationMail, followupMail } from './order-mails.ts';

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
