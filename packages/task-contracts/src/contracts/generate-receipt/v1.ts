import { defineContract } from '@waybill/contract-kit';
import { orderIdSchema } from '../../order-id-schema.ts';

export const generateReceiptV1 = defineContract({
  name: 'generate-receipt',
  version: 1,
  description: 'Makes the receipt of a confirmed order, a PDF, and keeps it in receipts/{orderId}.',
  owner: '@waybill/payments',
  queue: 'bulk-processing',
  limits: { maxAttempts: 20 },
  subject: 'orders/{orderId}',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId'],
    properties: { orderId: orderIdSchema },
  },
  example: { orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d' },
});
