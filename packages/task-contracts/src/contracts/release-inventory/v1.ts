import { defineContract } from '@waybill/contract-kit';
import { orderIdSchema } from '../../order-id-schema.ts';

export const releaseInventoryV1 = defineContract({
  name: 'release-inventory',
  version: 1,
  description: 'Puts the pieces of a cancelled order back into stock, once.',
  owner: '@waybill/fulfilment',
  queue: 'order-processing',
  // Only the store can make it fail: an attempt that it refuses under load says nothing about the next.
  limits: { maxAttempts: 100 },
  // A cancelled order's pieces must come back to the shelf, whatever its queue is purged of.
  survivesPurge: true,
  subject: 'orders/{orderId}',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId'],
    properties: { orderId: orderIdSchema },
  },
  example: { orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d' },
});
