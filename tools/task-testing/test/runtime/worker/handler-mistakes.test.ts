import assert from 'node:assert/strict';
import { RetryLaterError } from '@waybill/task-runtime';
import sinon from 'sinon';
import { bed, enqueue, handle, letterId, useLetters } from '../letters.ts';

describe('a handler that', () => {
  useLetters();

  const attempt = async (): Promise<Awaited<ReturnType<typeof bed.record>>> => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const { status } = await bed.deliver(taskId);
    const record = await bed.record(taskId);
    assert.equal(status, record.state === 'dead' ? 200 : 500);
    return record;
  };

  for (const seconds of [0, -1, Number('Wed, 21 Oct 2026 07:28:00 GMT')]) {
    it(`asks to be tried again after ${seconds} s is tried as its queue backs off`, async () => {
      handle.rejects(new RetryLaterError(seconds, 'the provider is busy'));
      const { state, error, generation, attempts } = await attempt();
      assert.deepEqual([state, error?.code, generation, attempts], ['pending', 'RETRY_LATER', 0, 1]);
    });
  }

  it('does not wait for its finish is dead, and the process goes on', async () => {
    handle.callsFake(async (_payload, context) => {
      void context.finish(async () => {
        throw new Error('the paper is wet');
      });
    });
    const unhandled = sinon.stub();
    process.on('unhandledRejection', unhandled);
    try {
      const { state, error } = await attempt();
      assert.deepEqual([state, error?.code], ['dead', 'TASK_REFUSED']);
      assert.match(error?.message ?? '', /did not wait for finish\(\)/);
    } finally {
      process.off('unhandledRejection', unhandled);
    }
    assert.equal(unhandled.callCount, 0);
  });

  it('does not wait for its finish is dead, though its work would succeed', async () => {
    const letter = bed.firestore.doc(`letters/${letterId}`);
    handle.callsFake(async (_payload, context) => {
      void context.finish(async (transaction) => transaction.set(letter, { folds: 1 }));
    });
    const { state, error } = await attempt();
    assert.deepEqual([state, error?.code], ['dead', 'TASK_REFUSED']);
    assert.equal((await letter.get()).exists, false);
  });

  it('fails with a long message has it cut between two characters', async () => {
    handle.rejects(new Error(`${'x'.repeat(499)}😀`));
    const logged = bed.nextLog(({ event }) => event === 'task.retry');
    await attempt();
    assert.equal((await logged)['reason'], `${'x'.repeat(499)}\ufffd`);
  });

  describe('makes steps beyond what its record can hold', () => {
    const done = (result: string) => ({ state: 'done', tries: 1, startedAtMs: 0, result }) as const;

    /** Runs two steps more for a task whose earlier attempts made `earlier` steps. */
    const withSteps = async (earlier: number, result: string) => {
      const step = sinon.stub().resolves(result);
      handle.callsFake(async (_payload, context) => {
        await context.step('one-more', step);
        await context.step('too-many', step);
      });
      const { taskId } = await enqueue({ delaySeconds: 3_600 });
      const names = Array.from({ length: earlier }, (_, number) => `page-${number}`);
      const steps = Object.fromEntries(names.map((name) => [name, done(JSON.stringify(result))]));
      await bed.firestore.doc(`tasks/${taskId}`).update({ steps });
      assert.equal((await bed.deliver(taskId)).status, 200);
      const { state, error } = await bed.record(taskId);
      return { state, code: error?.code, calls: step.callCount };
    };

    it('is dead where they are too many, before the call', async () => {
      assert.deepEqual(await withSteps(99, 'x'), { state: 'dead', code: 'TOO_MANY_STEPS', calls: 1 });
    });
    it('is dead where their results are too long together', async () => {
      const longest = 'x'.repeat(16 * 1024 - 2);
      const code = 'STEP_RESULT_TOO_LARGE';
      assert.deepEqual(await withSteps(15, longest), { state: 'dead', code, calls: 2 });
    });
  });
});
