/** The schema of an order's id: 128 random bits in hexadecimal. The id alone gives access to the order. */
export const orderIdSchema = {
  type: 'string',
  pattern: '^[0-9a-f]{32}$',
  description: 'The order, orders/{orderId}',
} as const;
