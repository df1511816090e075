import { defineContract } from '@waybill/contract-kit';
import { orderIdSchema } from '../../order-id-schema.ts';

export const notifyWarehouseV1 = defineContract({
  name: 'notify-warehouse',
  version: 1,
  description:
    'Tells the warehouse, by a signed webhook, to send a confirmed order. From then on it can’t be cancelled.',
  owner: '@waybill/fulfilment',
  queue: 'order-processing',
  deadlineSeconds: 30,
  // A warehouse that is away for a night is no reason to give up, also if it asks to be told again every ten seconds.
  limits: { maxAttempts: 10_000 },
  subject: 'orders/{orderId}',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId'],
    properties: { orderId: orderIdSchema },
  },
  example: { orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d' },
});
