import { defineContract } from '@waybill/contract-kit';
import { orderIdSchema } from '../../order-id-schema.ts';

export const chargePaymentV1 = defineContract({
  name: 'charge-payment',
  version: 1,
  description: 'Charges the customer for an order, once, and records the charge with the order.',
  owner: '@waybill/payments',
  queue: 'payments',
  // With the queue's backoff about half an hour: as long as a customer waits and a provider is away.
  limits: { maxAttempts: 30, maxAgeSeconds: 3_600 },
  subject: 'orders/{orderId}',
  outcomes: ['declined'],
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId', 'amount', 'currency', 'paymentMethod'],
    properties: {
      orderId: orderIdSchema,
      amount: {
        type: 'integer',
        minimum: 1,
        maximum: 99_999_999,
        description: 'In the currency’s minor unit: 1299 is EUR 12.99',
      },
      currency: { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217' },
      paymentMethod: {
        type: 'string',
        minLength: 1,
        maxLength: 255,
        description: 'The payment provider’s id of the card or account',
      },
    },
  },
  example: {
    orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d',
    amount: 1299,
    currency: 'EUR',
    paymentMethod: 'pm_card_visa',
  },
});
