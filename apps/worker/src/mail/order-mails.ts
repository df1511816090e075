import { CANCELLATION_TEXTS, formatAmount, type Order } from '@waybill/orders';
import { layOutMail } from './mail-layout.ts';
import type { MailAttachment } from './mailer.ts';

/** What a mail about an order says. */
export interface OrderMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments?: readonly MailAttachment[];
}

/** Tells the customer that the order is paid and reserved. */
export function confirmationMail(order: Order, link: string | undefined): OrderMail {
  const { orderId, items, amount, currency } = order;
  return layOutMail({
    subject: `Your order ${shortId(order)} is confirmed`,
    heading: 'Thank you for your order',
    paragraphs: ['It is paid, and these pieces are yours. Your receipt is attached.'],
    items: items.map(({ name, quantity, unitPrice }) => ({
      name,
      quantity,
      sum: formatAmount(quantity * unitPrice, currency),
    })),
    total: formatAmount(amount, currency),
    orderId,
    link,
  });
}

/** Asks the customer, a day later, whether all is well. */
export function followupMail(order: Order, link: string | undefined): OrderMail {
  return layOutMail({
    subject: `Is all well with your order ${shortId(order)}?`,
    heading: 'Is all well?',
    paragraphs: [
      'Yesterday we confirmed your order.',
      'If anything is not as it should be, just answer this mail.',
    ],
    orderId: order.orderId,
    link,
  });
}

/** Tells the customer that the order is cancelled, why, and what becomes of the money. */
export function cancellationMail(order: Order, link: string | undefined): OrderMail {
  const { cancellation } = order;
  return layOutMail({
    subject: `Your order ${shortId(order)} is cancelled`,
    heading: 'Your order is cancelled',
    paragraphs: [
      ...(cancellation === undefined ? [] : [CANCELLATION_TEXTS[cancellation.reason]]),
      moneyLine(order),
    ],
    orderId: order.orderId,
    link,
  });
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
