import type { Firestore } from '@google-cloud/firestore';
import { orderSubject } from '@waybill/orders';
import { sendConfirmationEmail, sendFollowupEmail } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';
import type { Mailer } from '../mail/mailer.ts';
import type { OrderLink } from '../mail/order-link.ts';
import { confirmationMail } from '../mail/order-mails.ts';
import { sendOrderMail } from '../mail/send-order-mail.ts';
import type { ReceiptRenderer } from '../receipts/render-receipt.ts';

/** How long after the confirmation the customer is asked whether all is well. */
const FOLLOWUP_DELAY_SECONDS = 24 * 3600;

/** Sends the confirmation with the receipt, at most once, and enqueues the mail that follows it a day later. */
export function createSendConfirmationEmail(dependencies: {
  firestore: Firestore;
  mailer: Mailer;
  orderLink: OrderLink;
  renderReceipt: ReceiptRenderer;
}): TaskHandler {
  const { renderReceipt } = dependencies;
  return defineHandler(sendConfirmationEmail, {
    async handle({ orderId, email }, context) {
      const sent = await sendOrderMail(dependencies, context, {
        orderId,
        to: email,
        ofOrders: 'not cancelled',
        // Made anew and not fetched: the task that keeps it runs beside this one, and makes the very same.
        compose: async (order, link) => ({
          ...confirmationMail(order, link),
          attachments: [
            {
              filename: `receipt-${orderId.slice(0, 8)}.pdf`,
              contentType: 'application/pdf',
              content: await renderReceipt(order),
            },
          ],
        }),
      });
      if (!sent) return;
      await context.finish(async (transaction) => {
        transaction.enqueue(
          sendFollowupEmail,
          { orderId, email },
          { subject: orderSubject(orderId), delaySeconds: FOLLOWUP_DELAY_SECONDS, dedupeKey: orderId },
        );
      });
    },
  });
}
