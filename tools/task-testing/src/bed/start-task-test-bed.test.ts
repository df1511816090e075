import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, RetryLaterError } from '@waybill/task-runtime';
import { aboutALetter } from '../../test/runtime/letters.ts';
import { startTaskTestBed, type TaskTestBed } from './start-task-test-bed.ts';

const HOUR_SECONDS = 3_600;
const postLetter = defineContract({ ...aboutALetter, name: 'post-letter', description: 'Posts a letter.' });

describe('TaskTestBed', () => {
  let bed: TaskTestBed;
  let handle: () => void;

  beforeEach(async () => {
    handle = () => {};
    const handler = defineHandler(postLetter, { handle: async () => handle() });
    bed = await startTaskTestBed({ handlers: [handler] });
  });
  afterEach(() => bed.close());

  const enqueue = async (delaySeconds: number): Promise<string> => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(postLetter, { letterId: 'a' }, { subject: 'letters/a', delaySeconds }),
    );
    return taskId;
  };

  it('says why a task is not in the state it must be in', async () => {
    handle = () => {
      throw new Error('the letter box is full');
    };
    const taskId = await enqueue(0);
    await bed.whenIdle();
    await bed.assertState(taskId, 'pending');
    await assert.rejects(bed.assertState(taskId, 'succeeded'), {
      name: 'AssertionError',
      message: `Not succeeded: ${taskId} (post-letter, pending, attempts: 1; HANDLER_FAILED: the letter box is full)`,
    });
  });

  it('delivers a task without a record, which gets one', async () => {
    const { taskId } = await bed.createWithoutRecord(postLetter, { letterId: 'a' });
    await bed.whenIdle();
    await bed.assertState(taskId, 'succeeded');
    const wrong = await bed.createWithoutRecord(postLetter, { letterId: 7 });
    await bed.whenIdle();
    await bed.assertState(wrong.taskId, 'dead');
  });

  it('says of a task whose handler the bed was not given that this is so', async () => {
    const burnLetter = defineContract({ ...aboutALetter, name: 'burn-letter', description: 'Burns it.' });
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(burnLetter, { letterId: 'a' }, { subject: 'letters/a', delaySeconds: 3_600 }),
    );
    await assert.rejects(bed.assertState(taskId, 'succeeded'), {
      message: `Not succeeded: ${taskId} (burn-letter, pending, attempts: 0; the bed was given no handler for it)`,
    });
  });

  describe('whenSettled()', () => {
    it('moves the clock to the time of what is delayed, up to a day', async () => {
      const today = [await enqueue(2 * HOUR_SECONDS), await enqueue(24 * HOUR_SECONDS)];
      const later = await enqueue(72 * HOUR_SECONDS);
      await bed.whenSettled();
      for (const taskId of today) assert.equal((await bed.record(taskId)).state, 'succeeded');
      assert.equal((await bed.record(later)).state, 'pending');
    });

    it('moves the clock to the time that a handler asks for', async () => {
      let calls = 0;
      handle = () => {
        calls += 1;
        if (calls === 1) throw new RetryLaterError(20 * HOUR_SECONDS, 'closed today');
      };
      const taskId = await enqueue(0);
      await bed.whenSettled();
      const { state, attempts } = await bed.record(taskId);
      assert.deepEqual({ state, attempts }, { state: 'succeeded', attempts: 2 });
    });

    it('names what stays open, with its last error', async () => {
      handle = () => {
        throw new Error('the letter box is full');
      };
      const taskId = await enqueue(0);
      await bed.whenIdle();
      const { project, location } = bed.queueLocation;
      await bed.cloudTasks.pauseQueue({ name: bed.cloudTasks.queuePath(project, location, 'letters') });
      await assert.rejects(bed.whenSettled(), {
        message:
          'After the clock was moved 35 times these tasks are still open: ' +
          `${taskId} (post-letter, pending, attempts: 1; HANDLER_FAILED: the letter box is full)`,
      });
    });
  });
});

describe('TaskTestBed with faults', () => {
  it('shows an effect of a finish outside of its transaction: each function runs twice', async () => {
    let posted = 0;
    const handler = defineHandler(postLetter, {
      handle: (_payload, context) =>
        context.finish(async (transaction) => {
          const letters = bed.firestore.doc('letters/posted');
          const count = ((await transaction.get(letters)).get('count') as number | undefined) ?? 0;
          transaction.set(letters, { count: count + 1 });
          posted += 1;
        }),
    });
    const bed = await startTaskTestBed({ handlers: [handler], faults: { seed: 1, rerunShare: 1 } });
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(postLetter, { letterId: 'a' }, { subject: 'letters/a' }),
    );
    await bed.whenIdle();
    const { state, attempts } = await bed.record(taskId);
    assert.deepEqual([state, attempts], ['succeeded', 1]);
    assert.equal((await bed.firestore.doc('letters/posted').get()).get('count'), 1);
    assert.equal(posted, 2);
    await bed.close();
  });
});
