import assert from 'node:assert/strict';
import {
  cancelOrder,
  type Order,
  placeOrder,
  recordCharge,
  recordRefund,
  recordRelease,
  recordReservation,
} from '@waybill/orders';
import type { Mail } from '@waybill/sandboxes';
import type { FinalState, RecordedTask } from '../../crash/support/final-state.ts';
import { type PlacedOrder, problemsAtEnd } from '../../crash/support/verdict.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const PRICE = 1_000;
const PAID = 'a'.repeat(32);
const CANCELLED = 'b'.repeat(32);
const placed: readonly PlacedOrder[] = [
  { orderId: PAID, email: 'paid@example.com', kind: 'paid' },
  { orderId: CANCELLED, email: 'cancelled@example.com', kind: 'cancelled' },
];
const stockBefore = new Map([['plenty', 10]]);
const product = { productId: 'plenty', name: 'Plenty', price: PRICE, currency: 'EUR', stock: 9 };

function confirmed(orderId: string): Order {
  const order = placeOrder({
    orderId,
    email: `${orderId}@example.com`,
    lines: [{ product, quantity: 1 }],
    paymentMethod: 'pm_card_visa',
    now: AT,
  });
  const charged = recordCharge(order, { chargeId: 'ch_1', chargedAt: AT });
  return recordReservation(charged, { reservedAt: AT });
}

function cancelled(orderId: string): Order {
  const order = cancelOrder(confirmed(orderId), { reason: 'customer', cancelledAt: AT });
  const refunded = recordRefund(order, { chargeId: 'ch_1', refundId: 're_1', refundedAt: AT });
  return recordRelease(refunded, { releasedAt: AT });
}

function task(orderId: string, contract: string, fields: Partial<RecordedTask> = {}): RecordedTask {
  return {
    taskId: `${contract}-${orderId}`,
    contract,
    subject: `orders/${orderId}`,
    state: 'succeeded',
    attempts: 1,
    errorCode: undefined,
    errorMessage: undefined,
    notBeforeMs: undefined,
    dueAtMs: undefined,
    expireAtMs: AT.getTime(),
    ...fields,
  };
}

function mail(to: string, subject: string): Mail {
  return {
    from: 'orders@waybill.example',
    to: [to],
    recipients: [to],
    subject,
    messageId: `<${subject}@waybill.example>`,
    attachments: [],
    receivedAt: AT.toISOString(),
    file: '1.eml',
  };
}

const CONFIRMATION = task(PAID, 'send-confirmation-email');
const FOLLOWUP = task(PAID, 'send-followup-email');
const CANCELLATION = task(CANCELLED, 'send-cancellation-email');
const CONFIRMATION_MAIL = mail('paid@example.com', 'Your order aaaaaaaa is confirmed');
const FOLLOWUP_MAIL = mail('paid@example.com', 'Is all well with your order aaaaaaaa?');
const CANCELLATION_MAIL = mail('cancelled@example.com', 'Your order bbbbbbbb is cancelled');
const PAID_CHARGE = { orderId: PAID, amount: PRICE, refunded: 0 };
const REFUNDED_CHARGE = { orderId: CANCELLED, amount: PRICE, refunded: PRICE };
const UNKNOWN = { state: 'dead', errorCode: 'OUTCOME_UNKNOWN', expireAtMs: undefined } as const;

const right: FinalState = {
  orders: [confirmed(PAID), cancelled(CANCELLED)],
  tasks: [CONFIRMATION, FOLLOWUP, CANCELLATION],
  products: [product],
  charges: [PAID_CHARGE, REFUNDED_CHARGE],
  mails: [CONFIRMATION_MAIL, FOLLOWUP_MAIL, CANCELLATION_MAIL],
  shipped: [PAID],
  receipts: [PAID],
  queued: [],
};

describe('a crash campaign’s verdict', () => {
  const problems = (changes: Partial<FinalState>): string[] =>
    problemsAtEnd({ ...right, ...changes }, placed, stockBefore);

  it('finds nothing where all is right, nor in a mail that a person is to ask after', () => {
    assert.deepEqual(problems({}), []);
    const unknown = { tasks: [task(PAID, 'send-confirmation-email', UNKNOWN), CANCELLATION] };
    assert.deepEqual(problems({ ...unknown, mails: [CANCELLATION_MAIL] }), []);
    assert.deepEqual(problems({ ...unknown, mails: [CONFIRMATION_MAIL, CANCELLATION_MAIL] }), []);
  });

  const [paidOrder, cancelledOrder] = right.orders as readonly [Order, Order];
  const withPaid = (changes: Partial<Order>): Partial<FinalState> => ({
    orders: [{ ...paidOrder, ...changes }, cancelledOrder],
  });
  const withCancelled = (changes: Partial<Order>): Partial<FinalState> => ({
    orders: [paidOrder, { ...cancelledOrder, ...changes }],
  });
  const wrong: readonly (readonly [what: string, changes: Partial<FinalState>, problem: RegExp])[] = [
    ['an order that is lost', { orders: [cancelledOrder] }, /a{32} is lost/],
    ['an order that nobody took', { orders: [...right.orders, confirmed('c'.repeat(32))] }, /there are 3/],
    ['an order that is not at its end', withPaid({ status: 'processing' }), /not at its end/],
    [
      'an order that is cancelled without a reason that it has',
      withPaid({ status: 'cancelled', cancellation: { reason: 'out-of-stock', cancelledAt: AT } }),
      /cancelled for out-of-stock/,
    ],
    ['a confirmed order that its customer cancelled', withCancelled({ status: 'confirmed' }), /is confirmed/],
    [
      'a second charge',
      { charges: [PAID_CHARGE, PAID_CHARGE, REFUNDED_CHARGE] },
      /\(paid, confirmed\): charged 2 times/,
    ],
    ['no charge', { charges: [REFUNDED_CHARGE] }, /nothing was charged/],
    [
      'a charge of another amount',
      { charges: [{ ...PAID_CHARGE, amount: 1 }, REFUNDED_CHARGE] },
      /charged 1, not 1000/,
    ],
    [
      'a charge of no order',
      { charges: [...right.charges, { ...PAID_CHARGE, orderId: '' }] },
      /a charge of no order/,
    ],
    [
      'a confirmed order whose money was given back',
      { charges: [{ ...PAID_CHARGE, refunded: PRICE }, REFUNDED_CHARGE] },
      /1000 were given back/,
    ],
    [
      'a cancelled order whose money was not given back',
      { charges: [PAID_CHARGE, { ...REFUNDED_CHARGE, refunded: 999 }] },
      /999 of the 1000/,
    ],
    ['a refund of nothing', { charges: [PAID_CHARGE] }, /its payment is refunded, and 0 charges were made/],
    ['a piece too few', { products: [{ ...product, stock: 8 }] }, /there were 10; 8 are left and 1 are/],
    ['a piece too many', { products: [{ ...product, stock: 10 }] }, /10 are left and 1 are reserved/],
    ['a product that is gone', { products: [] }, /of plenty there were 10; none/],
    [
      'a cancelled order that holds its pieces',
      {
        ...withCancelled({ inventory: { state: 'reserved', reservedAt: AT } }),
        products: [{ ...product, stock: 8 }],
      },
      /holds its pieces/,
    ],
    ['a second shipment', { shipped: [PAID, PAID] }, /sends it 2 times/],
    ['no shipment', { shipped: [] }, /sends it 0 times/],
    ['a shipment of a cancelled order', { shipped: [PAID, CANCELLED] }, /sends it 1 times/],
    ['a shipment of no order', { shipped: [PAID, 'other'] }, /a shipment of no order/],
    ['no receipt', { receipts: [] }, /no receipt/],
    ['a mail that came twice', { mails: [...right.mails, CONFIRMATION_MAIL] }, /a mail came twice/],
    [
      'a mail to nobody',
      { mails: [...right.mails, mail('other@example.com', 'x')] },
      /a mail to no customer/,
    ],
    [
      'a mail that never came, though its task succeeded',
      { mails: [CONFIRMATION_MAIL, CANCELLATION_MAIL] },
      /send-followup-email succeeded, and its mail never came/,
    ],
    [
      'a mail without a task',
      { tasks: [CANCELLATION, CONFIRMATION] },
      /the mail of send-followup-email came, and there is no such task/,
    ],
    [
      'a mail that was given up for another reason than that nobody knows',
      { tasks: [CONFIRMATION, CANCELLATION, { ...FOLLOWUP, ...UNKNOWN, errorCode: 'ATTEMPTS_USED_UP' }] },
      /send-followup-email is dead with ATTEMPTS_USED_UP/,
    ],
    [
      'no confirmation at all',
      { tasks: [CANCELLATION], mails: [CANCELLATION_MAIL] },
      /there is no send-confirmation-email/,
    ],
    [
      'no mail a day later',
      { tasks: [CONFIRMATION, CANCELLATION], mails: [CONFIRMATION_MAIL, CANCELLATION_MAIL] },
      /there is no send-followup-email/,
    ],
    [
      'an open record that nobody looks after',
      { tasks: [...right.tasks, task(PAID, 'charge-payment', { state: 'pending', expireAtMs: undefined })] },
      /open, and nobody looks after it/,
    ],
    [
      'an open record',
      { tasks: [...right.tasks, task(PAID, 'charge-payment', { state: 'running', dueAtMs: 1 })] },
      /still open/,
    ],
    [
      'a record that is over and still due',
      { tasks: [...right.tasks, task(PAID, 'charge-payment', { dueAtMs: 1 })] },
      /at its end, and still due/,
    ],
    [
      'a record that never expires',
      { tasks: [...right.tasks, task(PAID, 'charge-payment', { expireAtMs: undefined })] },
      /never expires/,
    ],
    [
      'a dead letter that expires',
      { tasks: [...right.tasks, task(PAID, 'charge-payment', { state: 'dead' })] },
      /dead, and will expire/,
    ],
    [
      'a task in a queue',
      { queued: ['queues/payments/tasks/1'] },
      /still queued: queues\/payments\/tasks\/1/,
    ],
  ];
  for (const [what, changes, problem] of wrong) {
    it(`finds ${what}`, () => {
      const found = problems(changes);
      assert.ok(
        found.some((text) => problem.test(text)),
        `found ${JSON.stringify(found)}`,
      );
    });
  }
});
