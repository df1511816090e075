import assert from 'node:assert/strict';
import { RetryLaterError } from '@waybill/task-runtime';
import { bed, enqueue, handle, useLetters } from '../letters.ts';

const refusal = (message: unknown): Error =>
  Object.assign(new Error(), { code: 'DECLINED', retryable: false, message });
const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
  revoke();
  return proxy;
};

describe('an error of a form that no code expects', () => {
  useLetters();

  const attempt = async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.deliver(taskId);
    return { taskId, ...(await bed.record(taskId)) };
  };
  const throwing =
    (value: unknown): (() => Promise<never>) =>
    async () => {
      throw value;
    };

  for (const message of [null, ['card declined'], { reason: 'declined' }]) {
    it(`is recorded as a step’s refusal with the message ${JSON.stringify(message)}`, async () => {
      handle.callsFake(async (_payload, context) => {
        await context.step('charge', throwing(refusal(message)));
      });
      const { state, error, steps } = await attempt();
      assert.deepEqual([state, error?.code], ['dead', 'DECLINED']);
      assert.equal(steps['charge']?.state, 'refused');
    });

    it(`makes the task dead outside a step with the message ${JSON.stringify(message)}`, async () => {
      handle.callsFake(throwing(refusal(message)));
      const { state, error } = await attempt();
      assert.deepEqual([state, error?.code], ['dead', 'DECLINED']);
    });
  }

  it('has its code cut where it is longer than a record', async () => {
    const long = Object.assign(new Error('x'), { code: 'A'.repeat(1_200_000), retryable: false });
    handle.callsFake(async (_payload, context) => {
      await context.step('charge', throwing(long));
    });
    const { state, error } = await attempt();
    assert.deepEqual([state, error?.code], ['dead', 'A'.repeat(100)]);
  });

  for (const [what, value] of [
    ['a value without a prototype', Object.create(null)],
    ['a revoked proxy', revoked()],
    ['a symbol', Symbol('s')],
    ['an error whose stack throws', Object.defineProperty(new Error('x'), 'stack', { get: throwing(1) })],
    [
      'an error whose message throws',
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('the getter');
        },
      }),
    ],
  ] as const) {
    it(`fails the attempt, and is retried: ${what}`, async () => {
      for (const inStep of [false, true]) {
        handle.callsFake(async (_payload, context) => {
          if (inStep) await context.step('charge', throwing(value));
          throw value;
        });
        const { state, error, attempts } = await attempt();
        assert.deepEqual([state, error?.code, attempts], ['pending', 'HANDLER_FAILED', 1]);
      }
    });
  }

  it('asks for no later time than 30 days', async () => {
    handle.callsFake(throwing(Object.assign(new RetryLaterError(5, 'x'), { retryAfterSeconds: 1e15 })));
    const { state, error } = await attempt();
    assert.deepEqual([state, error?.code], ['pending', 'RETRY_LATER']);
  });
});
