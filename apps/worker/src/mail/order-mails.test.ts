import assert from 'node:assert/strict';
import { cancelOrder, placeOrder } from '@waybill/orders';
import { cancellationMail, confirmationMail, followupMail } from './order-mails.ts';

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

const link = 'https://shop.example/orders/5f0c?token=k.abc';

describe('mails about an order', () => {
  it('confirm what was bought, and for how much', () => {
    const { subject, text } = confirmationMail(order, link);
    assert.equal(subject, 'Your order 5f0c1d9a is confirmed');
    assert.match(text, /2 × Stoneware cup {3}€33\.00\n/);
    assert.match(text, /Total: €33\.00\n/);
  });

  it('say the same as HTML, in which nothing of an order is markup', () => {
    const [item] = order.items;
    assert.ok(item);
    const { html, text } = confirmationMail(
      { ...order, items: [{ ...item, name: '<b>Cup</b> & "saucer"' }] },
      link,
    );
    assert.match(html, /&lt;b&gt;Cup&lt;&#x2F;b&gt; &amp; &quot;saucer&quot;/);
    assert.ok(!html.includes('<b>'));
    assert.match(html, /€33\.00/);
    assert.match(text, /<b>Cup<\/b> & "saucer"/);
  });

  for (const [payment, line] of [
    [{ state: 'failed', code: 'PAYMENT_DECLINED' }, 'You have paid nothing.'],
    [{ state: 'failed', code: 'ATTEMPTS_USED_UP' }, 'Should €33.00 have been charged all the same'],
    [{ state: 'charged', chargeId: 'pi_1', chargedAt: now }, 'You get back the €33.00 that you paid.'],
    [
      { state: 'refunded', chargeId: 'pi_1', refundId: 're_1', refundedAt: now },
      'The €33.00 that you paid are on their way back to you.',
    ],
  ] as const) {
    it(`say of a cancelled order whose payment is ${payment.state}: ${line}`, () => {
      const cancelled = cancelOrder({ ...order, payment }, { reason: 'out-of-stock', cancelledAt: now });
      const { text, html } = cancellationMail(cancelled, link);
      for (const part of [text, html]) {
        assert.ok(part.includes(line));
        assert.ok(part.includes('Not enough of what you ordered is left.'));
      }
    });
  }

  it('name the order they ask about', () => {
    const { subject, text } = followupMail(order, link);
    assert.equal(subject, 'Is all well with your order 5f0c1d9a?');
    assert.match(text, /Order 5f0c1d9a7b3e42868c1f2d3e4a5b6c7d/);
  });

  it('link to the order’s page, where the address of the shop is known', () => {
    for (const mail of [confirmationMail, followupMail, cancellationMail]) {
      const { text, html } = mail(order, link);
      assert.ok(text.includes(`\nYour order: ${link}\n`));
      assert.match(
        html,
        /<a href="https:&#x2F;&#x2F;shop\.example&#x2F;orders&#x2F;5f0c\?token&#x3D;k\.abc"/,
      );
      assert.doesNotMatch(
        mail(order, undefined).text + mail(order, undefined).html,
        /Your order:|See your order/,
      );
    }
  });
});
