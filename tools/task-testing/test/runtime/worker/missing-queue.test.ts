import assert from 'node:assert/strict';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { bed, enqueue, folds, useLetters } from '../letters.ts';

const HOUR_MS = 3_600_000;

describe('a task whose queue is deleted', () => {
  useLetters();

  const queuePath = (): string =>
    bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'letters');

  it('backs off with an error, can be cancelled, and is sent once the queue is there again', async () => {
    await bed.cloudTasks.pauseQueue({ name: queuePath() });
    const { taskId } = await enqueue();
    await bed.cloudTasks.deleteQueue({ name: queuePath() });
    const intervals: number[] = [];
    bed.advance(61_000);
    for (let look = 0; look < 8; look += 1) {
      const logged = bed.nextLog(({ event }) => event === 'sweep.queue-missing');
      const { checked, sent, dead, failed } = await bed.sweep();
      assert.deepEqual({ checked, sent, dead, failed }, { checked: 1, sent: 0, dead: 0, failed: 0 });
      assert.equal((await logged)['queue'], 'letters');
      assert.equal((await bed.sweep()).checked, 0, 'it does not come up with each sweep');
      const { dueAtMs } = await bed.record(taskId);
      intervals.push((dueAtMs ?? 0) - bed.clock.nowMs());
      bed.advance(intervals.at(-1) ?? 0);
      bed.advance(1_000);
    }
    assert.ok(
      intervals.every((interval, index) => index === 0 || interval > (intervals[index - 1] ?? 0) - 1_000),
    );
    assert.ok((intervals.at(-1) ?? 0) > HOUR_MS - 5_000 && (intervals.at(-1) ?? 0) <= HOUR_MS);
    const { state, error, attempts, generation } = await bed.record(taskId);
    assert.deepEqual([state, error?.code, attempts, generation], ['pending', 'QUEUE_MISSING', 0, 0]);
    assert.match(error?.message ?? '', /Queue letters does not exist: create it/);

    const { taskId: unwanted } = await enqueue();
    await new TaskOperator(bed.runtime).cancel(unwanted, { by: 'ada', why: 'a test' });
    // Cloud Tasks takes the name again after some days.
    bed.advance(8 * 24 * HOUR_MS);
    assert.equal((await bed.sweep()).checked, 1, 'what is cancelled is not looked after');
    const { project, location } = bed.queueLocation;
    await bed.cloudTasks.createQueue({
      parent: bed.cloudTasks.locationPath(project, location),
      queue: { name: queuePath(), retryConfig: { maxAttempts: -1 } },
    });
    bed.advance(HOUR_MS);
    assert.equal((await bed.sweep()).sent, 1);
    await bed.whenIdle();
    const record = await bed.record(taskId);
    assert.deepEqual([record.state, record.error, record.generation], ['succeeded', null, 1]);
    assert.equal(await folds(), 1);
  });
});
