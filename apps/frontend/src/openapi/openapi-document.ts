import type { CancellationReason, OrderStatus } from '@waybill/orders';
import type { TaskState } from '@waybill/task-runtime';
import { orderRequestSchema } from '../orders/order-request.ts';

// Written as records, so that a value that is missing here does not compile.
const statuses: Record<OrderStatus, true> = {
  scheduled: true,
  processing: true,
  confirmed: true,
  cancelled: true,
};
const cancellationReasons: Record<CancellationReason, true> = {
  'payment-declined': true,
  'payment-failed': true,
  'out-of-stock': true,
  'reservation-failed': true,
  customer: true,
};
const taskStates: Record<TaskState, true> = {
  pending: true,
  running: true,
  succeeded: true,
  dead: true,
  cancelled: true,
  discarded: true,
};

const orderId = {
  type: 'string',
  pattern: '^[0-9a-f]{32}$',
  description: 'Names the order. By it alone the API shows the order’s status and its tasks’ states',
} as const;
const amount = {
  type: 'integer',
  minimum: 0,
  description: 'In the currency’s minor unit: 1299 is EUR 12.99',
} as const;
const currency = { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const productId = { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,63}$' } as const;
const status = {
  type: 'string',
  enum: Object.keys(statuses),
  description: 'confirmed: paid, and reserved in stock',
} as const;
/** Links hold the order's token; `self` does not. */
const link = (description: string) => ({ type: 'string', format: 'uri-reference', description }) as const;
const links = {
  type: 'object',
  description:
    'All but self hold the order’s token: keep them to yourself. An order by its id alone has self only',
  additionalProperties: false,
  required: ['self'],
  properties: {
    self: link('The order by its id alone: its status and its tasks’ states'),
    details: link('All of the order'),
    page: link('The order’s page, for people'),
    events: link('The order’s events'),
    cancel: link('POST to it cancels the order'),
    receipt: link('The receipt, once it is made'),
  },
} as const;

/** The shapes of what this API answers, as JSON Schema 2020-12. */
export const responseSchemas = {
  AcceptedOrder: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId', 'status', 'links'],
    properties: { orderId, status, links },
  },
  Order: {
    type: 'object',
    additionalProperties: false,
    description:
      'By its id alone: orderId, status, tasks and links.self. With the token also email, amount, currency, items and ' +
      'createdAt, the outcome and error of each task, and all links',
    required: ['orderId', 'status', 'tasks', 'links'],
    dependentRequired: { email: ['amount', 'currency', 'items', 'createdAt'] },
    properties: {
      orderId,
      status,
      email: { type: 'string', description: 'Masked: a…@example.com; empty once the order is erased' },
      amount,
      currency,
      items: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['productId', 'name', 'quantity', 'unitPrice'],
          properties: {
            productId,
            name: { type: 'string' },
            quantity: { type: 'integer', minimum: 1 },
            unitPrice: amount,
          },
        },
      },
      createdAt: time,
      processAt: { ...time, description: 'When work on the order is to begin' },
      cancellation: {
        type: 'object',
        additionalProperties: false,
        required: ['reason', 'cancelledAt'],
        properties: {
          reason: {
            type: 'string',
            enum: Object.keys(cancellationReasons),
          },
          cancelledAt: time,
        },
      },
      tasks: {
        type: 'array',
        description: 'In the order in which they were enqueued',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['taskId', 'task', 'state', 'attempts', 'changedAt'],
          properties: {
            taskId: { type: 'string' },
            task: { type: 'string', description: 'What is to be done: charge-payment' },
            state: { type: 'string', enum: Object.keys(taskStates) },
            attempts: { type: 'integer', minimum: 0 },
            changedAt: {
              ...time,
              description: 'When it came to its state; of an erased order, when the task was enqueued',
            },
            notBefore: { ...time, description: 'When it is to be done; absent: at once' },
            nextAttemptAt: { ...time, description: 'When it is tried again, after a failed attempt' },
            outcome: {
              type: 'string',
              description:
                'An expected end other than plain success: declined, sold-out. Its state is succeeded',
            },
            error: {
              type: 'object',
              additionalProperties: false,
              required: ['code'],
              properties: { code: { type: 'string' } },
              description: 'Why its last attempt failed',
            },
          },
        },
      },
      links,
    },
  },
  ProductList: {
    type: 'object',
    additionalProperties: false,
    required: ['products'],
    properties: {
      products: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['productId', 'name', 'price', 'currency', 'stock'],
          properties: {
            productId,
            name: { type: 'string' },
            price: amount,
            currency,
            stock: { type: 'integer', minimum: 0 },
          },
        },
      },
    },
  },
  Problem: {
    type: 'object',
    description: 'What went wrong (RFC 9457)',
    required: ['type', 'title', 'status', 'detail', 'code', 'retryable'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string', description: 'Stable: for programs' },
      retryable: { type: 'boolean', description: 'Whether the same request can succeed later' },
      instance: { type: 'string' },
      errors: {
        type: 'array',
        description: 'Each wrong field',
        items: {
          type: 'object',
          required: ['pointer', 'message'],
          properties: {
            pointer: { type: 'string', description: 'JSON pointer (RFC 6901) into the body' },
            message: { type: 'string' },
          },
        },
      },
    },
  },
} as const;

const schema = (name: keyof typeof responseSchemas | 'OrderRequest') => ({
  $ref: `#/components/schemas/${name}`,
});
const json = (name: keyof typeof responseSchemas) => ({ 'application/json': { schema: schema(name) } });
const problem = (description: string, headers?: object) => ({
  description,
  ...(headers && { headers }),
  content: { 'application/problem+json': { schema: schema('Problem') } },
});
const unavailable = problem('The store does not answer: try again', {
  'Retry-After': { description: 'Seconds', schema: { type: 'integer' } },
});

const orderIdParameter = { name: 'orderId', in: 'path', required: true, schema: orderId } as const;
const tokenParameter = {
  name: 'token',
  in: 'query',
  required: true,
  description: 'As the links of the order hold it',
  schema: { type: 'string' },
} as const;

/** This service's API, as GET /openapi.json gives it. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Waybill orders',
    version: '1',
    description:
      'Places orders and shows them. The work on them goes on after the answer. A path that is not here is answered ' +
      'with 404, and another method with 405 and Allow: both as a Problem.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  paths: {
    '/api/orders': {
      post: {
        operationId: 'placeOrder',
        summary: 'Place an order',
        parameters: [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            description: 'With it, the same request within 24 hours is the same order',
            schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
          },
        ],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: schema('OrderRequest'),
              example: { email: 'ada@example.com', items: [{ productId: 'espresso-beans', quantity: 2 }] },
            },
          },
        },
        responses: {
          202: {
            description: 'Accepted, or accepted before with the same Idempotency-Key',
            headers: {
              Location: { description: 'The order', schema: { type: 'string', format: 'uri-reference' } },
            },
            content: json('AcceptedOrder'),
          },
          400: problem('The body or the Idempotency-Key is not valid; errors names each wrong field'),
          409: problem('The Idempotency-Key came with another body before'),
          413: problem('The body has more than 100,000 bytes'),
          415: problem('The body is not application/json in UTF-8'),
          422: problem(
            'A product is unknown, the products can’t be in one order, or it is to begin too far ahead',
          ),
          429: problem(
            'Too many orders of this address or this client, or too many were declined or cancelled',
            {
              'Retry-After': { description: 'Seconds', schema: { type: 'integer' } },
            },
          ),
          503: unavailable,
        },
      },
    },
    '/api/orders/{orderId}': {
      get: {
        operationId: 'getOrder',
        summary: 'An order with its tasks',
        parameters: [orderIdParameter, { ...tokenParameter, required: false }],
        responses: {
          200: { description: 'The order', content: json('Order') },
          404: problem('There is no order of this id, or the token is not its own'),
          503: unavailable,
        },
      },
    },
    '/api/orders/{orderId}/cancel': {
      post: {
        operationId: 'cancelOrder',
        summary: 'Cancel an order',
        description:
          'What it has is given back: its pieces, and what was charged. To cancel it again changes nothing.',
        parameters: [orderIdParameter, tokenParameter],
        responses: {
          202: {
            description: 'Cancelled; what it has is being given back',
            headers: {
              Location: { description: 'The order', schema: { type: 'string', format: 'uri-reference' } },
            },
            content: json('AcceptedOrder'),
          },
          404: problem('There is no order of this id, or the token is not its own'),
          409: problem('Too late: the warehouse is sending it already'),
          503: unavailable,
        },
      },
    },
    '/api/orders/{orderId}/events': {
      get: {
        operationId: 'followOrder',
        summary: 'An order and its tasks, again after each change',
        description:
          'Server-sent events named `order`: data is an Order as JSON, id tells one state of it from another. A stream ' +
          'ends after some minutes, or after each event where the platform holds answers back; then ask again, with the ' +
          'last id: nothing comes twice.',
        parameters: [
          orderIdParameter,
          tokenParameter,
          {
            name: 'Last-Event-ID',
            in: 'header',
            required: false,
            description: 'The id of the last event that was seen: only what is newer comes',
            schema: { type: 'string' },
          },
          {
            name: 'after',
            in: 'query',
            required: false,
            description: 'The same, for who can’t set headers; the header comes first',
            schema: { type: 'string' },
          },
        ],
        responses: {
          200: {
            description: 'The events',
            content: {
              'text/event-stream': { schema: { type: 'string' }, 'x-events': { order: schema('Order') } },
            },
          },
          404: problem('There is no order of this id, or the token is not its own'),
          503: problem('The store does not answer, or too many streams are open: try again', {
            'Retry-After': { description: 'Seconds', schema: { type: 'integer' } },
          }),
        },
      },
    },
    '/api/orders/{orderId}/receipt.pdf': {
      get: {
        operationId: 'getReceipt',
        summary: 'The receipt of an order',
        parameters: [orderIdParameter, tokenParameter],
        responses: {
          200: {
            description: 'The receipt',
            content: { 'application/pdf': { schema: { type: 'string', format: 'binary' } } },
          },
          404: problem('There is no order of this id, the token is not its own, or there is no receipt yet'),
          503: unavailable,
        },
      },
    },
    '/api/products': {
      get: {
        operationId: 'listProducts',
        summary: 'What there is to order',
        responses: {
          200: { description: 'The products', content: json('ProductList') },
          503: unavailable,
        },
      },
    },
    '/openapi.json': {
      get: {
        operationId: 'getApiDescription',
        summary: 'This description',
        responses: {
          200: {
            description: 'OpenAPI 3.1',
            content: { 'application/json': { schema: { type: 'object' } } },
          },
        },
      },
    },
  },
  components: { schemas: { OrderRequest: orderRequestSchema, ...responseSchemas } },
} as const;
