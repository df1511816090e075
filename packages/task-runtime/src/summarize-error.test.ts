import assert from 'node:assert/strict';
import { RetryLaterError, retryAfterSecondsOf } from './errors.ts';
import { readableError, summarizeError } from './summarize-error.ts';

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
  revoke();
  return proxy;
};
const withMember = (name: string, get: () => unknown): Error =>
  Object.defineProperty(Object.assign(new Error('x'), { retryable: false }), name, {
    get,
    configurable: true,
  });
const throwing = (): never => {
  throw new Error('the getter');
};
const circle: Record<string, unknown> = {};
circle['self'] = circle;

describe('summarizeError()', () => {
  const noMessage = /threw a value without a message/;
  for (const [what, thrown, code, message] of [
    ['a message that is null', Object.assign(new Error(), { code: 'NO', message: null }), 'NO', noMessage],
    [
      'a message that is a list',
      Object.assign(new Error(), { message: ['a'] }),
      'HANDLER_FAILED',
      /^\["a"\]$/,
    ],
    ['a message that is an object', { code: 'NO', message: { a: 1 } }, 'NO', /^\{"a":1\}$/],
    ['a message that is a circle', { message: circle }, 'HANDLER_FAILED', /no text/],
    ['a message that is a symbol', { message: Symbol('s') }, 'HANDLER_FAILED', /Symbol/],
    ['a message that throws', withMember('message', throwing), 'HANDLER_FAILED', noMessage],
    ['a code that throws', withMember('code', throwing), 'HANDLER_FAILED', /^x$/],
    ['a value without a prototype', Object.create(null), 'HANDLER_FAILED', noMessage],
    ['a revoked proxy', revoked(), 'HANDLER_FAILED', noMessage],
    ['a symbol', Symbol('s'), 'HANDLER_FAILED', /Symbol/],
    ['nothing', undefined, 'HANDLER_FAILED', /undefined/],
    ['a text', 'the paper is wet', 'HANDLER_FAILED', /^the paper is wet$/],
  ] as const) {
    it(`takes ${what}`, () => {
      const summary = summarizeError(thrown);
      assert.equal(summary.code, code);
      assert.match(summary.message, message);
    });
  }

  it('bounds the code and the message', () => {
    const { code, message } = summarizeError({
      code: 'A'.repeat(1_200_000),
      message: { a: 'x'.repeat(9_000) },
    });
    assert.deepEqual([code, message.length], ['A'.repeat(100), 500]);
  });
});

describe('readableError()', () => {
  it('keeps what can be read', () => {
    for (const thrown of [new Error('x'), undefined, null, 'text', Object.create(null)]) {
      assert.equal(readableError(thrown), thrown);
    }
  });

  it('replaces what can not, and keeps whether a retry helps', () => {
    for (const thrown of [revoked(), withMember('code', throwing), withMember('message', throwing)]) {
      assert.ok(readableError(thrown) instanceof Error);
    }
    const { retryable } = readableError(withMember('message', throwing)) as { retryable?: boolean };
    assert.equal(retryable, false);
  });
});

describe('retryAfterSecondsOf()', () => {
  const forged = (seconds: unknown): RetryLaterError =>
    Object.assign(new RetryLaterError(5, 'x'), { retryAfterSeconds: seconds });
  it('bounds a time that was set after the error was made', () => {
    const times = [60, '60', 1e15, -1, Number.NaN, 'Wed', undefined, null, {}, Symbol('s')];
    assert.deepEqual(
      times.map((seconds) => retryAfterSecondsOf(forged(seconds))),
      [60, 60, 2_592_000, 0, 0, 0, 0, 0, 0, 0],
    );
  });

  it('bounds a time that the error is made with', () => {
    const times = [Number.POSITIVE_INFINITY, 'Wed', undefined] as number[];
    assert.deepEqual(
      times.map((seconds) => new RetryLaterError(seconds, 'x').retryAfterSeconds),
      [2_592_000, 0, 0],
    );
  });
});
