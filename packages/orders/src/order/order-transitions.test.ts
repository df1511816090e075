import assert from 'node:assert/strict';
import {
  cancelOrder,
  isExtraCharge,
  recordCharge,
  recordPaymentFailure,
  recordRefund,
  recordReservation,
  recordReservationFailure,
} from './order-transitions.ts';
import { placeOrder } from './place-order.ts';

const now = new Date('2026-03-01T10:00:00Z');
const later = new Date('2026-03-01T10:00:05Z');
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
const charge = { chargeId: 'pi_1', chargedAt: later };
const reservation = { reservedAt: later };

describe('recordCharge() and recordReservation()', () => {
  it('confirm the order with the second of the two, in either order', () => {
    const charged = recordCharge(order, charge);
    const reserved = recordReservation(order, reservation);
    assert.equal(charged.status, 'processing');
    assert.equal(reserved.status, 'processing');
    assert.equal(recordReservation(charged, reservation).status, 'confirmed');
    assert.equal(recordCharge(reserved, charge).status, 'confirmed');
    assert.deepEqual(recordReservation(charged, reservation), recordCharge(reserved, charge));
  });

  it('start a scheduled order', () => {
    assert.equal(recordCharge({ ...order, status: 'scheduled' }, charge).status, 'processing');
    assert.equal(recordReservation({ ...order, status: 'scheduled' }, reservation).status, 'processing');
  });

  it('change nothing when they are recorded again', () => {
    const charged = recordCharge(order, charge);
    const reserved = recordReservation(order, reservation);
    assert.equal(recordCharge(charged, { chargeId: 'pi_2', chargedAt: now }), charged);
    assert.equal(recordReservation(reserved, { reservedAt: now }), reserved);
  });

  it('are kept on a cancelled order, which stays cancelled', () => {
    const cancelled = cancelOrder(order, { reason: 'customer', cancelledAt: now });
    const both = recordReservation(recordCharge(cancelled, charge), reservation);
    assert.equal(both.status, 'cancelled');
    assert.deepEqual(both.payment, { state: 'charged', ...charge });
    assert.deepEqual(both.inventory, { state: 'reserved', ...reservation });
  });

  it('leave the order they are given alone', () => {
    const before = structuredClone(order);
    recordCharge(order, charge);
    recordReservation(order, reservation);
    assert.deepEqual(order, before);
  });
});

describe('recordPaymentFailure() and recordReservationFailure()', () => {
  for (const [code, reason] of [
    ['PAYMENT_DECLINED', 'payment-declined'],
    ['ATTEMPTS_EXHAUSTED', 'payment-failed'],
  ] as const) {
    it(`cancel the order for ${reason} after ${code} of the payment`, () => {
      const failed = recordPaymentFailure(order, { code, failedAt: later });
      assert.equal(failed.status, 'cancelled');
      assert.deepEqual(failed.payment, { state: 'failed', code });
      assert.deepEqual(failed.cancellation, { reason, cancelledAt: later });
    });
  }

  for (const [code, reason] of [
    ['OUT_OF_STOCK', 'out-of-stock'],
    ['ATTEMPTS_EXHAUSTED', 'reservation-failed'],
  ] as const) {
    it(`cancel the order for ${reason} after ${code} of the reservation`, () => {
      const failed = recordReservationFailure(order, { code, failedAt: later });
      assert.equal(failed.status, 'cancelled');
      assert.deepEqual(failed.inventory, { state: 'failed', code });
      assert.deepEqual(failed.cancellation, { reason, cancelledAt: later });
    });
  }

  it('keep the first reason, and both failures', () => {
    const first = recordReservationFailure(order, { code: 'OUT_OF_STOCK', failedAt: now });
    const both = recordPaymentFailure(first, { code: 'PAYMENT_DECLINED', failedAt: later });
    assert.deepEqual(both.cancellation, { reason: 'out-of-stock', cancelledAt: now });
    assert.deepEqual(both.payment, { state: 'failed', code: 'PAYMENT_DECLINED' });
  });

  it('do not take back what has happened', () => {
    const charged = recordCharge(order, charge);
    const reserved = recordReservation(order, reservation);
    assert.equal(recordPaymentFailure(charged, { code: 'X', failedAt: now }), charged);
    assert.equal(recordReservationFailure(reserved, { code: 'X', failedAt: now }), reserved);
  });
});

describe('recordRefund()', () => {
  const charged = cancelOrder(recordCharge(order, charge), { reason: 'customer', cancelledAt: later });
  const refund = { refundId: 're_1', refundedAt: later };

  it('records that the charge of an order was given back', () => {
    const { payment } = recordRefund(charged, { ...refund, chargeId: 'pi_1' });
    assert.deepEqual(payment, { state: 'refunded', chargeId: 'pi_1', ...refund });
  });

  it('leaves an order as it is where another charge was given back', () => {
    assert.equal(isExtraCharge(charged, 'pi_2'), true);
    assert.equal(recordRefund(charged, { ...refund, chargeId: 'pi_2' }), charged);
  });

  it('records what was found for an order that nobody knew to be charged', () => {
    const failed = recordPaymentFailure(order, { code: 'STOPPING', failedAt: later });
    assert.equal(isExtraCharge(failed, 'pi_2'), false);
    assert.equal(recordRefund(failed, { ...refund, chargeId: 'pi_2' }).payment.state, 'refunded');
  });
});
