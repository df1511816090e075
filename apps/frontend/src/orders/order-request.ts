import { createSchemaValidator } from '@waybill/contract-kit';
import { MAX_AHEAD_DAYS } from '@waybill/orders';
import { ServiceError } from '@waybill/service-kit';
import type { FromSchema } from 'json-schema-to-ts';

/** The body of POST /api/orders, as JSON Schema 2020-12. */
export const orderRequestSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['email', 'items'],
  properties: {
    email: { type: 'string', format: 'email', maxLength: 254, description: 'Where the confirmation goes' },
    items: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      description: 'Each product once',
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
    paymentMethod: {
      type: 'string',
      pattern: '^[A-Za-z0-9_-]{1,255}$',
      description: 'The payment provider’s id of the card or account',
    },
    processAt: {
      type: 'string',
      format: 'date-time',
      description:
        'When work on the order is to begin (RFC 3339). Default, and for times past: at once. ' +
        `At most ${MAX_AHEAD_DAYS} days ahead`,
    },
  },
} as const;

/** What a customer orders. */
export interface OrderRequest extends Omit<FromSchema<typeof orderRequestSchema>, 'processAt'> {
  readonly paymentMethod: string;
  readonly processAt?: Date;
}

const violationsOf = createSchemaValidator(orderRequestSchema);

/**
 * Checks the body of POST /api/orders.
 * @param defaultPaymentMethod taken where the body names none; undefined: the body must
 * @throws {ServiceError} 400 ORDER_INVALID, whose problem document names each wrong field by its JSON pointer
 */
export function parseOrderRequest(body: unknown, defaultPaymentMethod: string | undefined): OrderRequest {
  const errors = violationsOf(body);
  if (errors.length > 0) throw invalid(errors);

  const order = body as FromSchema<typeof orderRequestSchema>;
  const problems: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { productId }] of order.items.entries()) {
    if (seen.has(productId)) {
      problems.push({
        pointer: `/items/${index}/productId`,
        message: 'is there already: add up its quantities in one item',
      });
    }
    seen.add(productId);
  }
  const paymentMethod = order.paymentMethod ?? defaultPaymentMethod;
  if (paymentMethod === undefined) problems.push({ pointer: '/paymentMethod', message: 'is required' });
  const { processAt: processAtText, ...rest } = order;
  const processAt = processAtText === undefined ? undefined : new Date(processAtText);
  // A date-time may name a leap second, which no Date can.
  if (processAt !== undefined && Number.isNaN(processAt.getTime())) {
    problems.push({ pointer: '/processAt', message: 'must be a time that a clock without leap seconds has' });
  }
  if (problems.length > 0 || paymentMethod === undefined) throw invalid(problems);
  return { ...rest, paymentMethod, ...(processAt !== undefined && { processAt }) };
}

interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

function invalid(errors: readonly FieldError[]): ServiceError {
  const fields = [...new Set(errors.map(({ pointer }) => pointer || 'the body as a whole'))].join(', ');
  return new ServiceError({
    code: 'ORDER_INVALID',
    status: 400,
    message: `The order is not valid: see errors, which name ${fields}`,
    problem: { errors },
  });
}
