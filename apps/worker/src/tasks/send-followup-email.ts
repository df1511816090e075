import type { Firestore } from '@google-cloud/firestore';
import { sendFollowupEmail } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';
import type { Mailer } from '../mail/mailer.ts';
import type { OrderLink } from '../mail/order-link.ts';
import { followupMail } from '../mail/order-mails.ts';
import { sendOrderMail } from '../mail/send-order-mail.ts';

/** Asks the customer, at most once, whether all is well; not for an order that was cancelled meanwhile. */
export function createSendFollowupEmail(dependencies: {
  firestore: Firestore;
  mailer: Mailer;
  orderLink: OrderLink;
}): TaskHandler {
  return defineHandler(sendFollowupEmail, {
    async handle({ orderId, email }, context) {
      await sendOrderMail(dependencies, context, {
        orderId,
        to: email,
        ofOrders: 'not cancelled',
        compose: followupMail,
      });
    },
  });
}
