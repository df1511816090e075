import { type Catalogue, defineCatalogue, defineContract } from '@waybill/contract-kit';

/** The members that all contracts here share: each is about one order's credit. */
const aboutCredit = {
  version: 1,
  // In a campaign a task's worker may be killed again and again.
  limits: { maxAttempts: 30, maxAgeSeconds: 86_400 },
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId', 'amount', 'paymentMethod'],
    properties: {
      orderId: { type: 'string', pattern: '^[a-z0-9-]{1,60}$' },
      amount: { type: 'integer', minimum: 1 },
      paymentMethod: { type: 'string' },
    },
  },
  example: { orderId: 'order-1', amount: 500, paymentMethod: 'pm_card_visa' },
} as const;

export const takeCredit = defineContract({
  ...aboutCredit,
  name: 'take-credit',
  description: 'Takes an order’s amount from the account, and has it charged.',
  queue: 'accounts',
});
export const chargeCredit = defineContract({
  ...aboutCredit,
  name: 'charge-credit',
  description: 'Charges an order’s amount. Given up, it has the credit returned.',
  service: 'billing',
  queue: 'invoices',
});
export const closeOrder = defineContract({
  ...aboutCredit,
  name: 'close-order',
  description: 'Adds an order’s amount to what was sold.',
  queue: 'accounts',
});
export const returnCredit = defineContract({
  ...aboutCredit,
  name: 'return-credit',
  description: 'Gives an order’s amount back to the account.',
  queue: 'accounts',
  survivesPurge: true,
});

/** The contracts of both services. */
export const catalogue: Catalogue = defineCatalogue([takeCredit, chargeCredit, closeOrder, returnCredit]);
