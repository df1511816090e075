import type { Firestore } from '@google-cloud/firestore';
import type { OrderLimits } from '@waybill/orders';
import { sendCancellationEmail } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';
import type { Mailer } from '../mail/mailer.ts';
import type { OrderLink } from '../mail/order-link.ts';
import { cancellationMail } from '../mail/order-mails.ts';
import { sendOrderMail } from '../mail/send-order-mail.ts';

/** Tells the customer, at most once, that the order is cancelled and why. */
export function createSendCancellationEmail(dependencies: {
  firestore: Firestore;
  mailer: Mailer;
  orderLink: OrderLink;
  limits: OrderLimits;
}): TaskHandler {
  return defineHandler(sendCancellationEmail, {
    async handle({ orderId, email }, context) {
      await sendOrderMail(dependencies, context, {
        orderId,
        to: email,
        ofOrders: 'cancelled',
        limits: dependencies.limits,
        compose: cancellationMail,
      });
    },
  });
}
