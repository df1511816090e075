import { createHash } from 'node:crypto';
import type { Firestore } from '@google-cloud/firestore';
import { MAX_RECEIPT_BYTES, orderExpiresAt, receiptConverter, receiptReference } from '@waybill/orders';
import { generateReceipt } from '@waybill/task-contracts';
import { defineHandler, PermanentError, type TaskHandler } from '@waybill/task-runtime';
import { readOrder } from '../orders/read-order.ts';
import type { ReceiptRenderer } from '../receipts/render-receipt.ts';

/** Makes the receipt of a confirmed order and keeps it. Made again it has the same bytes, so nothing can go wrong twice. */
export function createGenerateReceipt(dependencies: {
  firestore: Firestore;
  renderReceipt: ReceiptRenderer;
}): TaskHandler {
  const { firestore, renderReceipt } = dependencies;
  return defineHandler(generateReceipt, {
    async handle({ orderId }, context) {
      const order = await readOrder(firestore, orderId);
      if (order.status !== 'confirmed') {
        context.logger.info('no receipt made: its order is not confirmed', { orderId, status: order.status });
        return;
      }
      const pdf = await renderReceipt(order);
      if (pdf.length > MAX_RECEIPT_BYTES) {
        throw new PermanentError(
          'RECEIPT_TOO_LARGE',
          `The receipt has ${pdf.length} bytes; at most ${MAX_RECEIPT_BYTES} are kept`,
        );
      }
      const sha256 = createHash('sha256').update(pdf).digest('hex');
      await context.finish(async (transaction) => {
        const document = receiptConverter.toFirestore({ pdf, sha256 }, orderExpiresAt(order));
        transaction.set(receiptReference(firestore, orderId), document);
      });
    },
  });
}
