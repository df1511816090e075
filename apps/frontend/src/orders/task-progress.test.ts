import assert from 'node:assert/strict';
import type { TaskSummary } from '@waybill/task-runtime';
import { withNextAttempts } from './task-progress.ts';

const changedAt = new Date('2026-03-01T10:00:00Z');
const inTenSeconds = new Date('2026-03-01T10:00:10Z');
const failed: TaskSummary = {
  taskId: 'a',
  contract: 'charge-payment',
  version: 1,
  state: 'pending',
  queue: 'payments',
  generation: 1,
  attempts: 1,
  createdAt: changedAt,
  changedAt,
  error: { code: 'PAYMENT_UNAVAILABLE', message: 'for operators' },
};

async function nextAttemptOf(task: TaskSummary, scheduledAt: Date | undefined): Promise<Date | undefined> {
  const [shown] = await withNextAttempts([task], { scheduledAt: async () => scheduledAt });
  return shown?.nextAttemptAt;
}

describe('withNextAttempts()', () => {
  it('takes what Cloud Tasks means to do', async () => {
    assert.deepEqual(await nextAttemptOf(failed, inTenSeconds), inTenSeconds);
  });

  it('takes a delay of the handler’s own before that', async () => {
    const own = new Date('2026-03-01T10:00:05Z');
    assert.deepEqual(await nextAttemptOf({ ...failed, notBefore: own }, inTenSeconds), own);
  });

  it('takes no time of the attempt that failed', async () => {
    assert.equal(await nextAttemptOf({ ...failed, notBefore: changedAt }, changedAt), undefined);
  });

  it('does not ask about tasks that have not failed', async () => {
    const { error: _, ...fresh } = failed;
    for (const task of [
      { ...fresh, attempts: 0 },
      { ...failed, state: 'running' as const },
    ]) {
      assert.equal(await nextAttemptOf(task, inTenSeconds), undefined);
    }
  });
});
