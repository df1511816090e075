import assert from 'node:assert/strict';
import { taskCollection, toTaskDocument } from '@waybill/task-runtime/internal';
import {
  bed,
  enqueue,
  folds,
  letterId,
  subject,
  unfoldLetter,
  unsentRecord,
  useLetters,
} from '../letters.ts';

describe('the sweep after a purge', () => {
  useLetters();

  const queuePath = (): string =>
    bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'letters');

  /** Cloud Tasks tells the time of a purge to the second only: what was enqueued in it comes before. */
  async function purge(): Promise<void> {
    bed.advance(1_000);
    await bed.cloudTasks.purgeQueue({ name: queuePath() });
  }

  it('gives up what was purged, and sends again what survives a purge, once', async () => {
    await bed.cloudTasks.pauseQueue({ name: queuePath() });
    const folding = await enqueue();
    const unfolding = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(unfoldLetter, { letterId }, { subject: subject() }),
    );
    await purge();
    await bed.cloudTasks.resumeQueue({ name: queuePath() });
    bed.advance(120_000);
    const { sent, dead } = await bed.sweep();
    assert.deepEqual({ sent, dead }, { sent: 1, dead: 1 });
    await bed.whenIdle();
    const { state, error } = await bed.record(folding.taskId);
    assert.deepEqual([state, error?.code], ['dead', 'PURGED']);
    const record = await bed.record(unfolding.taskId);
    assert.deepEqual([record.state, record.generation, record.attempts], ['succeeded', 1, 1]);
    assert.equal((await bed.deliver(unfolding.taskId, { generation: 0 })).status, 200, 'it is superseded');
    assert.equal(await folds(), 1);
    assert.equal((await bed.sweep()).checked, 0);
  });

  it('sends it again after each purge, until it is done', async () => {
    await bed.cloudTasks.pauseQueue({ name: queuePath() });
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(unfoldLetter, { letterId }, { subject: subject() }),
    );
    for (const generation of [1, 2]) {
      await purge();
      bed.advance(120_000);
      assert.equal((await bed.sweep()).sent, 1);
      assert.equal((await bed.record(taskId)).generation, generation);
    }
    await bed.cloudTasks.resumeQueue({ name: queuePath() });
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'succeeded');
    assert.equal(await folds(), 1);
  });

  it('does not give up a task of a version that only another worker knows', async () => {
    const taskId = `${letterId}-of-a-newer-version`;
    const nowMs = bed.clock.nowMs();
    const record = { ...unsentRecord(taskId, nowMs), version: 2 };
    const reference = taskCollection(bed.firestore).doc(taskId);
    await reference.create(toTaskDocument(record));
    await bed.cloudTasks.pauseQueue({ name: queuePath() });
    await purge();
    bed.advance(120_000);
    const { sent, dead } = await bed.sweep();
    assert.deepEqual({ sent, dead }, { sent: 1, dead: 0 });
    await reference.delete();
  });
});
