import assert from 'node:assert/strict';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { bed, enqueue, folds, handle, letterId, useLetters } from '../letters.ts';

describe('a task during a roll-out', () => {
  useLetters();

  it('waits for a worker with its own schema if this one’s refuses its payload', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    // As a producer of another version would have written it.
    await bed.firestore
      .doc(`tasks/${taskId}`)
      .update({ schemaHash: 'other', payload: '{"letterId":"a","pages":2}' });
    const response = await bed.deliver(taskId);
    assert.equal(response.status, 409);
    assert.deepEqual(await response.json(), { outcome: 'other-schema' });
    assert.equal((await bed.record(taskId)).error?.code, 'OTHER_SCHEMA');
    assert.equal((await bed.record(taskId)).state, 'pending');
    bed.advance(3_600_000 + 86_400_000);
    await bed.whenIdle();
    const record = await bed.record(taskId);
    assert.equal(record.state, 'dead', 'after a day nobody else is to be expected');
    assert.equal(record.error?.code, 'CONTRACT_VIOLATION');
    assert.equal(handle.callCount, 0);
  });

  it('is done if its payload fits, whatever schema it was written by', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.firestore.doc(`tasks/${taskId}`).update({ schemaHash: 'other' });
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal(await folds(), 1);
  });

  it('waits a day for a worker that knows its contract, then is dead', async () => {
    const name = `from-tomorrow-${letterId}`;
    const post = (): Promise<Response> =>
      fetch(`${bed.workerUrl}/tasks/fold-letter/v9`, {
        method: 'POST',
        headers: {
          'X-AppEngine-QueueName': 'letters',
          'X-AppEngine-TaskName': name,
          // As Cloud Tasks does: the time of this retry, not of the first delivery.
          'X-AppEngine-TaskETA': String(bed.clock.nowMs() / 1_000),
        },
        body: JSON.stringify({ letterId }),
      });
    assert.equal((await post()).status, 409);
    const waiting = await bed.record(`letters.${name}`);
    assert.equal(waiting.state, 'pending');
    assert.equal(waiting.attempts, 0);
    assert.match(waiting.error?.message ?? '', /knows fold-letter v9/);
    bed.advance(86_399_000);
    assert.equal((await post()).status, 409);
    assert.deepEqual(await bed.record(`letters.${name}`), waiting, 'that is written once');
    bed.advance(1_000);
    assert.equal((await post()).status, 200);
    const record = await bed.record(`letters.${name}`);
    assert.equal(record.state, 'dead');
    assert.equal(record.error?.code, 'UNKNOWN_CONTRACT');
    assert.equal(record.payload, JSON.stringify({ letterId }));
    const again = await post();
    assert.equal(again.status, 200);
    assert.deepEqual(await again.json(), { outcome: 'drop' });
  });

  it('waits that day from the first delivery that nobody can judge, however old it is by then', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.firestore
      .doc(`tasks/${taskId}`)
      .update({ schemaHash: 'other', payload: '{"letterId":"a","pages":2}' });
    const queue = bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'letters');
    await bed.cloudTasks.pauseQueue({ name: queue });
    bed.advance(3 * 86_400_000);
    await bed.cloudTasks.resumeQueue({ name: queue });
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).error?.code, 'OTHER_SCHEMA');
    assert.equal((await bed.deliver(taskId)).status, 409);
    bed.advance(86_400_000);
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).error?.code, 'CONTRACT_VIOLATION');
  });

  it('is left alone, however old, while a worker that knows its contract has it', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const record = bed.firestore.doc(`tasks/${taskId}`);
    await record.update({
      version: 9,
      state: 'running',
      attemptId: 'of-another-worker',
      leaseUntil: new Date(bed.clock.nowMs() + 60_000),
      createdAt: new Date(bed.clock.nowMs() - 86_400_000),
      notBefore: new Date(bed.clock.nowMs() - 86_400_000),
      sentAt: new Date(bed.clock.nowMs() - 86_400_000),
    });
    const held = await bed.record(taskId);
    const post = async (): Promise<number> => {
      const { status } = await fetch(`${bed.workerUrl}/tasks/fold-letter/v9`, {
        method: 'POST',
        headers: {
          'X-AppEngine-QueueName': 'letters',
          'X-AppEngine-TaskName': `${taskId}-g0`,
        },
        body: JSON.stringify({ letterId }),
      });
      return status;
    };
    assert.equal(await post(), 409);
    assert.deepEqual(await bed.record(taskId), held);
    await record.update({ version: 1, state: 'pending', leaseUntil: null });
    assert.equal(await post(), 409, 'its record is of another contract');
    assert.equal((await bed.record(taskId)).state, 'pending');
    await new TaskOperator(bed.runtime).cancel(taskId, { by: 'ada', why: 'the end of the test' });
  });
});
