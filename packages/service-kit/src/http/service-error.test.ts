import assert from 'node:assert/strict';
import Koa from 'koa';
import { codeOfStatus, ServiceError, toProblemDocument, toServiceError } from './service-error.ts';

/** What Koa's own `ctx.throw` throws. */
function koaError(status: number, message: string): unknown {
  try {
    new Koa().context.throw(status, message);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('toServiceError()', () => {
  it('keeps a ServiceError as it is', () => {
    const error = new ServiceError({ code: 'A', status: 409, message: 'm' });
    assert.equal(toServiceError(error), error);
  });

  it("keeps the status and message of Koa's errors below 500", () => {
    const error = toServiceError(koaError(404, 'no such order'));
    assert.equal(error.status, 404);
    assert.equal(error.code, 'NOT_FOUND');
    assert.equal(toProblemDocument(error).detail, 'no such order');
  });

  it("keeps the status, but shows no message, of Koa's errors from 500 on", () => {
    const error = toServiceError(koaError(502, 'secret host'));
    assert.equal(error.status, 502);
    assert.equal(error.code, 'BAD_GATEWAY');
    assert.doesNotMatch(JSON.stringify(toProblemDocument(error)), /secret/);
  });

  it("takes a client library's error with a status for an unknown one", () => {
    const theirs = Object.assign(new Error('secret'), { status: 404 });
    const error = toServiceError(theirs);
    assert.equal(error.code, 'INTERNAL');
    assert.equal(error.status, 500);
    assert.equal(error.cause, theirs);
  });

  for (const thrown of [undefined, null, 'text', 7, {}]) {
    it(`makes INTERNAL of a thrown ${JSON.stringify(thrown)}`, () => {
      assert.equal(toServiceError(thrown).code, 'INTERNAL');
    });
  }
});

describe('toProblemDocument()', () => {
  it('has the standard members, code, retryable and the extras', () => {
    const error = new ServiceError({
      code: 'ORDER_INVALID',
      status: 400,
      message: 'm',
      problem: { errors: [{ pointer: '/items', detail: 'is empty' }] },
    });
    assert.deepEqual(toProblemDocument(error, '/api/orders'), {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'm',
      code: 'ORDER_INVALID',
      retryable: false,
      instance: '/api/orders',
      errors: [{ pointer: '/items', detail: 'is empty' }],
    });
  });

  it('does not let extras replace the standard members', () => {
    const error = new ServiceError({
      code: 'A',
      status: 400,
      message: 'm',
      problem: { status: 200, code: 'B' },
    });
    const { status, code } = toProblemDocument(error);
    assert.deepEqual({ status, code }, { status: 400, code: 'A' });
  });

  it('hides the message from status 500 on, and shows a detail that was meant for clients', () => {
    const hidden = new ServiceError({ code: 'A', status: 503, message: 'postgres://me:pw@host' });
    assert.doesNotMatch(JSON.stringify(toProblemDocument(hidden)), /postgres/);
    const meant = new ServiceError({
      code: 'A',
      status: 503,
      message: 'internal',
      detail: 'Orders are closed',
    });
    assert.equal(toProblemDocument(meant).detail, 'Orders are closed');
  });
});

describe('new ServiceError()', () => {
  it('takes retryability from the status unless told', () => {
    const retryable = (status: number, told?: boolean) =>
      new ServiceError({ code: 'A', status, message: 'm', ...(told !== undefined && { retryable: told }) })
        .retryable;
    assert.deepEqual(
      [400, 404, 408, 409, 413, 429, 500, 503].map((status) => retryable(status)),
      [false, false, true, false, false, true, true, true],
    );
    assert.equal(retryable(409, true), true);
    assert.equal(retryable(500, false), false);
  });

  it('keeps its cause and has none without', () => {
    const cause = new Error('x');
    assert.equal(new ServiceError({ code: 'A', status: 500, message: 'm', cause }).cause, cause);
    assert.equal('cause' in new ServiceError({ code: 'A', status: 500, message: 'm' }), false);
  });
});

describe('codeOfStatus()', () => {
  it('makes a code of a status', () => {
    assert.deepEqual([404, 405, 418, 500, 599].map(codeOfStatus), [
      'NOT_FOUND',
      'METHOD_NOT_ALLOWED',
      'IM_A_TEAPOT',
      'INTERNAL',
      'HTTP_599',
    ]);
  });
});
