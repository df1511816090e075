import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { isOrderId, newOrderId, orderIdOfSubject, orderSubject } from './order-id.ts';

describe('order ids', () => {
  it('are 128 bits in hexadecimal', () => {
    assert.equal(
      newOrderId((count) => Buffer.alloc(count, 0xa5)),
      'a5'.repeat(16),
    );
    assert.ok(isOrderId(newOrderId(randomBytes)));
  });

  for (const text of ['', 'A5'.repeat(16), 'a5'.repeat(15), 'a5'.repeat(17), `${'a5'.repeat(15)}/5`]) {
    it(`are not "${text}"`, () => assert.equal(isOrderId(text), false));
  }

  it('are found in their tasks’ subject', () => {
    const orderId = 'a5'.repeat(16);
    assert.equal(orderSubject(orderId), `orders/${orderId}`);
    assert.equal(orderIdOfSubject(orderSubject(orderId)), orderId);
    assert.equal(orderIdOfSubject(`refunds/${orderId}`), undefined);
    assert.equal(orderIdOfSubject('orders/1'), undefined);
  });
});
