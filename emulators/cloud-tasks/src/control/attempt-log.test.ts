import assert from 'node:assert/strict';
import type { Dispatch } from '../engine/attempts/dispatch-loop.ts';
import { AttemptLog } from './attempt-log.ts';

function dispatchOf(task: string): Dispatch {
  const name = `projects/p/locations/l/queues/q/tasks/${task}`;
  return {
    queue: { name: { queueId: 'q' } },
    task: { name, taskId: task },
    retryCount: 0,
  } as unknown as Dispatch;
}

describe('AttemptLog', () => {
  it('keeps the last attempts in order', () => {
    const log = new AttemptLog({ nowMs: () => 0 }, 3);
    for (const task of ['a', 'b', 'c', 'd', 'e']) log.add(dispatchOf(task), { durationMs: 1 });
    assert.deepEqual(
      log.list().map(({ task }) => task),
      ['c', 'd', 'e'],
    );
    assert.deepEqual(
      log.list({ limit: 2 }).map(({ task }) => task),
      ['d', 'e'],
    );
    assert.deepEqual(log.list({ limit: 0 }), []);
  });
});
