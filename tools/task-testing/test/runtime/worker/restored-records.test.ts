import assert from 'node:assert/strict';
import { PermanentError } from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { bed, enqueue, folds, handle, letterId, useLetters } from '../letters.ts';

/** What a restore of the database to an earlier time does to tasks that Cloud Tasks still has. */
describe('a task of the ledger’s own', () => {
  useLetters();

  const document = (taskId: string) => bed.firestore.doc(`tasks/${taskId}`);
  const post = (taskId: string, generation = 0): Promise<Response> =>
    fetch(`${bed.workerUrl}/tasks/fold-letter/v1`, {
      method: 'POST',
      headers: { 'X-AppEngine-QueueName': 'letters', 'X-AppEngine-TaskName': `${taskId}-g${generation}` },
      body: JSON.stringify({ letterId }),
    });

  for (const dedupeKey of [undefined, 'a-key']) {
    it(`keeps its id, and the keys of its calls, where its record is gone${dedupeKey === undefined ? '' : ' (keyed)'}`, async () => {
      const keys: string[] = [];
      handle.callsFake(async (_payload, context) => {
        await context.step('press', async (key) => {
          keys.push(key);
        });
        if (keys.length === 1) {
          await document(context.taskId).delete();
          throw new Error('the record is gone');
        }
      });
      const { taskId } = await enqueue({
        delaySeconds: 3_600,
        ...(dedupeKey !== undefined && { dedupeKey: `${dedupeKey}-${letterId}` }),
      });
      assert.equal((await post(taskId)).status, 200, 'there is nothing to write the failure to');
      assert.equal((await post(taskId)).status, 200);
      assert.deepEqual(keys, [keys[0], keys[0]]);
      const record = await bed.record(taskId);
      assert.deepEqual([record.state, record.attempts, record.generation], ['succeeded', 1, 0]);
      const adopted = await bed.firestore.doc(`tasks/letters.${taskId}-g0`).get();
      assert.equal(adopted.exists, false);
      assert.equal((await post(taskId)).status, 200);
      assert.equal(keys.length, 2);
    });
  }

  it('keeps the generation that is delivered where its record is gone', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await document(taskId).delete();
    assert.equal((await post(taskId, 3)).status, 200);
    const { state, generation } = await bed.record(taskId);
    assert.deepEqual([state, generation], ['succeeded', 3]);
    assert.equal((await post(taskId, 2)).status, 200);
    assert.equal(await folds(), 1);
  });

  it('is itself where its record is of an earlier generation', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    assert.equal((await post(taskId, 2)).status, 200);
    const { state, generation } = await bed.record(taskId);
    assert.deepEqual([state, generation], ['succeeded', 2]);
    const { size } = await bed.firestore
      .collection('tasks')
      .where('subject', '==', `letters/${letterId}`)
      .orderBy('createdAt')
      .get();
    assert.equal(size, 1, 'no second record');
    assert.equal(await folds(), 1);
  });

  it('is dead still where its record is of the time before a replay', async () => {
    handle.onFirstCall().rejects(new PermanentError('PAPER_WET', 'The paper is wet'));
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    assert.equal((await post(taskId)).status, 200);
    assert.equal((await post(taskId, 1)).status, 200);
    assert.equal((await bed.record(taskId)).state, 'dead');
    assert.equal(handle.callCount, 1);
    await new TaskOperator(bed.runtime).replay(taskId, {
      by: 'ada',
      why: 'the restore has lost the first one',
    });
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'succeeded');
  });

  it('that an older worker adopted as another’s stays that one', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const stored = (await document(taskId).get()).data();
    await document(taskId).delete();
    const adopted = bed.firestore.doc(`tasks/letters.${taskId}-g0`);
    await adopted.create({ ...stored, state: 'succeeded', subject: '' });
    assert.equal((await post(taskId)).status, 200);
    assert.equal((await document(taskId).get()).exists, false);
    assert.equal(handle.callCount, 0);
  });
});
