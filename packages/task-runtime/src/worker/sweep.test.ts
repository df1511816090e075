import assert from 'node:assert/strict';
import { bed, enqueue, folds, useLetters } from '../../test/letters.ts';

describe('the sweep', () => {
  useLetters();

  it('leaves alone what is not overdue', async () => {
    await enqueue({ delaySeconds: 7_200 });
    assert.equal((await bed.sweep()).checked, 0);
  });

  it('sends what was never sent', async () => {
    const { taskId } = await enqueue({ delaySeconds: 1_800 });
    await bed.tasks.deleteTask({
      name: bed.tasks.taskPath(bed.queues.project, bed.queues.location, 'letters', `${taskId}-g0`),
    });
    bed.advance(1_800_000 + 599_000);
    assert.equal((await bed.sweep()).sent, 0);
    bed.advance(1_000);
    assert.equal((await bed.sweep()).sent, 1);
    await bed.whenIdle();
    const record = await bed.record(taskId);
    assert.equal(record.generation, 1);
    assert.equal(record.state, 'succeeded');
    assert.equal((await bed.deliver(taskId, { generation: 0 })).status, 200, 'the old name is superseded');
    assert.equal(await folds(), 1);
  });

  it('answers only App Engine’s cron', async () => {
    const answer = await fetch(`${bed.workerUrl}/cron/sweep`);
    assert.equal(answer.status, 403);
    assert.equal(((await answer.json()) as { code: string }).code, 'NOT_A_CRON_REQUEST');
  });
});
