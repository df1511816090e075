import type { Firestore } from '@google-cloud/firestore';
import type { Order, OrderLimits } from '@waybill/orders';
import type { TaskContext } from '@waybill/task-runtime';
import { readOrder } from '../orders/read-order.ts';
import type { Mailer } from './mailer.ts';
import type { OrderLink } from './order-link.ts';
import type { OrderMail } from './order-mails.ts';

/**
 * Sends a mail about an order, at most once.
 * @param mail.limits counts the mail, and keeps it back beyond its maximum; default: it is not limited
 * @param mail.ofOrders which orders the mail is about: those that are cancelled, or those that are not
 * @returns false if the order is of the other kind, for then nothing is sent
 * @throws {PermanentError} ORDER_NOT_FOUND; RECIPIENT_REFUSED, MESSAGE_REFUSED
 * @throws {OutcomeUnknownError} if it may have been sent and nobody can tell
 */
export async function sendOrderMail(
  dependencies: { firestore: Firestore; mailer: Mailer; orderLink: OrderLink },
  context: TaskContext,
  mail: {
    orderId: string;
    to: string;
    ofOrders: 'cancelled' | 'not cancelled';
    limits?: OrderLimits;
    compose: (order: Order, link: string | undefined) => OrderMail | Promise<OrderMail>;
  },
): Promise<boolean> {
  const { firestore, mailer, orderLink } = dependencies;
  const { limits } = mail;
  const order = await readOrder(firestore, mail.orderId);
  if ((order.status === 'cancelled') !== (mail.ofOrders === 'cancelled')) {
    context.logger.info('mail not sent: its order is not of the kind', {
      orderId: mail.orderId,
      status: order.status,
    });
    return false;
  }
  const customer = { ...order, email: mail.to };
  if ((await limits?.secondsUntilAllowed(customer, ['mails'])) !== undefined) {
    context.logger.info('mail not sent: too many to this address, or because of this client', {
      event: 'mail.limited',
      orderId: mail.orderId,
    });
    return false;
  }
  const { subject, text, html, attachments } = await mail.compose(order, orderLink(order.orderId));
  await context.step('send-mail', { atMostOnce: true }, (_key, signal) =>
    mailer.send({ to: mail.to, subject, text, html, attachments, id: context.taskId }, signal),
  );
  if (limits !== undefined) {
    await context.finish((transaction) => limits.count(transaction, 'mails', customer));
  }
  return true;
}
