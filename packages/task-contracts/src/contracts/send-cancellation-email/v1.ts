import { defineContract } from '@waybill/contract-kit';
import { orderIdSchema } from '../../order-id-schema.ts';

export const sendCancellationEmailV1 = defineContract({
  name: 'send-cancellation-email',
  version: 1,
  description: 'Tells the customer that the order is cancelled, why, and what becomes of the money.',
  owner: '@waybill/messaging',
  queue: 'emails',
  // Mail servers turn strangers away for a while, and are away themselves now and then.
  limits: { maxAttempts: 100 },
  subject: 'orders/{orderId}',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId', 'email'],
    properties: {
      orderId: orderIdSchema,
      email: { type: 'string', format: 'email', maxLength: 254 },
    },
  },
  example: { orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d', email: 'ada@example.com' },
});
