import { defineContract } from '@waybill/contract-kit';
import { orderIdSchema } from '../../order-id-schema.ts';

export const refundPaymentV1 = defineContract({
  name: 'refund-payment',
  version: 1,
  description:
    'Gives back what was charged for a cancelled order: the charge it names, or whatever charges of the order the payment provider knows.',
  owner: '@waybill/payments',
  queue: 'payments',
  // It is the customer's money: a provider that is away for a weekend is no reason to give up.
  limits: { maxAttempts: 5_000, maxAgeSeconds: 3 * 86_400 },
  // A purge must not keep the money either.
  survivesPurge: true,
  subject: 'orders/{orderId}',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId'],
    properties: {
      orderId: orderIdSchema,
      chargeId: {
        type: 'string',
        minLength: 1,
        maxLength: 255,
        description:
          'The payment provider’s id of the charge. Absent where nobody knows whether there is one: then it is looked for',
      },
    },
  },
  example: { orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d', chargeId: 'pi_3PqX1x2eZvKYlo2C0yHh1Lw8' },
});
