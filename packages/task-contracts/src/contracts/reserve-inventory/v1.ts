import { defineContract } from '@waybill/contract-kit';
import { orderIdSchema } from '../../order-id-schema.ts';

export const reserveInventoryV1 = defineContract({
  name: 'reserve-inventory',
  version: 1,
  description: 'Takes the ordered pieces out of stock: all of them, or none.',
  owner: '@waybill/fulfilment',
  queue: 'order-processing',
  // Only the store can make it fail, but for want of stock: an attempt that it refuses under load says nothing about the next.
  limits: { maxAttempts: 100 },
  subject: 'orders/{orderId}',
  outcomes: ['sold-out'],
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId', 'items'],
    properties: {
      orderId: orderIdSchema,
      items: {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['productId', 'quantity'],
          properties: {
            productId: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,63}$' },
            quantity: { type: 'integer', minimum: 1, maximum: 1000 },
          },
        },
      },
    },
  },
  example: {
    orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d',
    items: [{ productId: 'espresso-beans', quantity: 2 }],
  },
});
