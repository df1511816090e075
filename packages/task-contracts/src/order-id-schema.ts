/** An order's id: 128 random bits in hexadecimal, for an id is all it takes to see an order. */
export const orderIdSchema = {
  type: 'string',
  pattern: '^[0-9a-f]{32}$',
  description: 'The order, orders/{orderId}',
} as const;
