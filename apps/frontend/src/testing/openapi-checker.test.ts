import assert from 'node:assert/strict';
import { openApiDocument } from '../openapi/openapi-document.ts';
import { type ApiCall, type ApiResponse, OpenApiChecker } from './openapi-checker.ts';

const orderId = 'a'.repeat(32);
const checker = new OpenApiChecker(JSON.parse(JSON.stringify(openApiDocument)));
const json = 'application/json; charset=utf-8';
const placed = { orderId, status: 'processing', links: { self: `/api/orders/${orderId}` } };
const order = {
  ...placed,
  email: 'a…@example.com',
  amount: 1,
  currency: 'EUR',
  items: [],
  createdAt: '2026-03-01T10:00:00Z',
  tasks: [],
};
const problem = {
  type: 'about:blank',
  title: 'Not Found',
  status: 404,
  detail: 'd',
  code: 'NOT_FOUND',
  retryable: false,
};
const place: ApiCall = {
  method: 'POST',
  path: '/api/orders',
  contentType: 'application/json',
  body: '{"email":"ada@example.com","items":[{"productId":"cup","quantity":1}]}',
};
const show: ApiCall = { method: 'GET', path: `/api/orders/${orderId}` };
const follow: ApiCall = { method: 'GET', path: `/api/orders/${orderId}/events?after=1` };

function response(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): ApiResponse {
  const all = new Headers({ 'Content-Type': json, ...headers });
  return {
    status,
    header: (name) => all.get(name),
    text: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

const PROBLEM = { 'Content-Type': 'application/problem+json' };
const STREAM = { 'Content-Type': 'text/event-stream; charset=utf-8' };

describe('OpenApiChecker', () => {
  for (const [what, call, given] of [
    ['an order that was placed', place, response(202, placed, { Location: '/api/orders/x' })],
    ['an order', show, response(200, order)],
    ['a problem that is documented', show, response(404, problem, PROBLEM)],
    ['a path that is not there', { method: 'GET', path: '/api/x' }, response(404, problem, PROBLEM)],
    [
      'a method that is not there',
      { method: 'DELETE', path: '/api/orders' },
      response(405, problem, { ...PROBLEM, Allow: 'POST' }),
    ],
    [
      'a stream of orders',
      follow,
      response(200, `retry: 5\n\n: here\n\nevent: order\nid: 1\ndata: ${JSON.stringify(order)}\n\n`, STREAM),
    ],
    [
      'a file',
      { ...show, path: `${show.path}/receipt.pdf` },
      response(200, '%PDF', { 'Content-Type': 'application/pdf' }),
    ],
    ['an answer without a body, to HEAD', { ...show, method: 'HEAD' }, response(200, '')],
  ] as const) {
    it(`takes ${what}`, () => checker.check(call, given));
  }

  for (const [what, call, given, message] of [
    ['a status that is not documented', show, response(500, problem, PROBLEM), /GET .* 500 is not in the/],
    [
      'a page that is none of the API’s',
      { ...show, path: '/' },
      response(200, ''),
      /GET \/ 200 is not in the/,
    ],
    [
      'another media type',
      show,
      response(200, '<p>', { 'Content-Type': 'text/html' }),
      /media type is "text\/html"/,
    ],
    ['no media type', show, response(200, order, { 'Content-Type': '' }), /media type is ""/],
    ['a missing header', place, response(202, placed), /header Location must be string/],
    [
      'a header that is no number',
      show,
      response(503, problem, { ...PROBLEM, 'Retry-After': 'soon' }),
      /header Retry-After must be/,
    ],
    ['a missing member', show, response(200, { ...order, status: undefined }), /body\/status is required/],
    ['a member too many', show, response(200, { ...order, secret: 1 }), /body\/secret is not a known member/],
    ['a body that is no JSON', show, response(200, '{'), /body must be object/],
    [
      'a request that the document would not let in',
      { ...place, body: '{}' },
      response(202, placed, { Location: '/x' }),
      /request\/email is required/,
    ],
    [
      'a request of another media type, taken',
      { ...place, contentType: 'application/cloudevents+json' },
      response(202, placed, { Location: '/x' }),
      /it took "application\/cloudevents\+json"/,
    ],
    ['another event', follow, response(200, 'event: x\ndata: {}\n\n', STREAM), /there is no event "x"/],
    [
      'an event of another shape',
      follow,
      response(200, 'event: order\ndata: {}\n\n', STREAM),
      /event order\/orderId/,
    ],
    [
      'a method that is not there, without the ones that are',
      { method: 'DELETE', path: '/api/orders' },
      response(405, problem, PROBLEM),
      /header Allow/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => checker.check(call, given), message));
  }

  it('looks at the events of a stream one by one', () => {
    checker.checkEvent(follow, { event: 'order', data: JSON.stringify(order) });
    assert.throws(() => checker.checkEvent(follow, { event: 'order', data: '{}' }), /event order/);
    assert.throws(() => checker.checkEvent(show, { event: 'order', data: '{}' }), /no stream of events/);
  });
});
