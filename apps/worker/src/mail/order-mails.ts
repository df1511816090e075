import { type CancellationReason, formatAmount, type Order } from '@waybill/orders';

/** What a mail about an order says. */
export interface OrderMail {
  readonly subject: string;
  readonly text: string;
}

/** Tells the customer that the order is paid and reserved. */
export function confirmationMail(order: Order): OrderMail {
  const lines = order.items.map(
    ({ name, quantity, unitPrice }) =>
      `  ${quantity} × ${name}   ${formatAmount(quantity * unitPrice, order.currency)}`,
  );
  return {
    subject: `Your order ${shortId(order)} is confirmed`,
    text: [
      'Thank you for your order.',
      '',
      'It is paid, and these pieces are yours:',
      '',
      ...lines,
      '',
      `  Sum: ${formatAmount(order.amount, order.currency)}`,
      '',
      `Order ${order.orderId}`,
      '',
    ].join('\n'),
  };
}

/** Asks the customer, a day later, whether all is well. */
export function followupMail(order: Order): OrderMail {
  return {
    subject: `Is all well with your order ${shortId(order)}?`,
    text: [
      'Yesterday we confirmed your order.',
      '',
      'If anything is not as it should be, just answer this mail.',
      '',
      `Order ${order.orderId}`,
      '',
    ].join('\n'),
  };
}

const CANCELLATION_REASONS: Readonly<Record<CancellationReason, string>> = {
  'payment-declined': 'Your bank declined the payment.',
  'payment-failed': 'The payment did not come about.',
  'out-of-stock': 'Not enough of what you ordered is left.',
  'reservation-failed': 'We could not put your pieces aside.',
  customer: 'You cancelled it.',
};

/** Tells the customer that the order is cancelled, why, and what becomes of the money. */
export function cancellationMail(order: Order): OrderMail {
  const reason = order.cancellation === undefined ? [] : [CANCELLATION_REASONS[order.cancellation.reason]];
  return {
    subject: `Your order ${shortId(order)} is cancelled`,
    text: [
      'Your order is cancelled.',
      ...reason,
      '',
      moneyLine(order),
      '',
      `Order ${order.orderId}`,
      '',
    ].join('\n'),
  };
}

function moneyLine({ payment, amount, currency }: Order): string {
  const sum = formatAmount(amount, currency);
  if (payment.state === 'charged') return `You get back the ${sum} that you paid.`;
  if (payment.state === 'refunded') return `The ${sum} that you paid are on their way back to you.`;
  if (payment.state === 'failed' && payment.code === 'PAYMENT_DECLINED') return 'You have paid nothing.';
  return `Should ${sum} have been charged all the same, you get them back within a few days.`;
}

function shortId({ orderId }: Order): string {
  return orderId.slice(0, 8);
}
