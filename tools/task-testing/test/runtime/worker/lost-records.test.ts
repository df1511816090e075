import assert from 'node:assert/strict';
import { FieldValue } from '@google-cloud/firestore';
import { fromTaskDocument } from '@waybill/task-runtime/internal';
import { TaskSearch } from '@waybill/task-runtime/operator';
import { bed, enqueue, useLetters } from '../letters.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

describe('a record that the index of the sweep lacks', () => {
  useLetters();
  const document = (taskId: string) => bed.firestore.doc(`tasks/${taskId}`);
  const withoutTask = async (taskId: string): Promise<void> => {
    const { project, location } = bed.queueLocation;
    await bed.cloudTasks.deleteTask({
      name: bed.cloudTasks.taskPath(project, location, 'letters', `${taskId}-g0`),
    });
  };
  const enqueueWith = async (changes: Record<string, unknown>): Promise<string> => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await document(taskId).update(changes);
    return taskId;
  };
  /** Moves the clock on to the next minute, from `afterMs` on, that `isWanted`. */
  const advanceTo = (afterMs: number, isWanted: (minute: number) => boolean): void => {
    const nowMs = bed.clock.nowMs();
    let minute = Math.ceil((nowMs + afterMs) / MINUTE_MS);
    while (!isWanted(minute)) minute += 1;
    bed.advance(minute * MINUTE_MS + 1_000 - nowMs);
  };
  const assertDead = async (taskId: string, field: string): Promise<void> => {
    const { dead, failed } = await bed.sweep();
    assert.deepEqual({ dead, failed }, { dead: 1, failed: 0 });
    const stored = await document(taskId).get();
    assert.deepEqual([stored.get('state'), stored.get('error').code], ['dead', 'RECORD_CORRUPT']);
    assert.match(stored.get('error').message, new RegExp(`"${field}"`));
    const search = new TaskSearch(bed.firestore, { timeoutMs: 5_000 });
    const { tasks } = await search.page({ state: 'dead' }, { size: 5 });
    assert.ok(
      tasks.some((task) => task.taskId === taskId),
      'it is in the list of dead letters',
    );
  };

  for (const [shard, gap] of [
    [-1, 0],
    [null, 0],
    [6.5, 7],
    [16, 16],
    ['three', 16],
  ] as const) {
    it(`for its shard is ${JSON.stringify(shard)} becomes a dead letter at the sweep`, async () => {
      const taskId = await enqueueWith({ shard });
      await withoutTask(taskId);
      advanceTo(95 * MINUTE_MS, (minute) => minute % 3 === 0 && Math.floor(minute / 3) % 17 === gap);
      await assertDead(taskId, 'shard');
    });
  }

  for (const [what, changes] of [
    ['it has no route', { route: FieldValue.delete() }],
    ['its route is null', { route: null }],
    ['its route has no service', { route: { version: null } }],
    ['its service is a number', { 'route.service': 7 }],
  ] as const) {
    it(`for ${what} becomes a dead letter at the sweep`, async () => {
      const taskId = await enqueueWith(changes);
      await withoutTask(taskId);
      const shard = (await document(taskId).get()).get('shard');
      advanceTo(95 * MINUTE_MS, (minute) => minute % 3 === 1 && Math.floor(minute / 3) % 16 === shard);
      await assertDead(taskId, 'route');
    });
  }

  for (const ageDays of [0, 3, 90]) {
    it(`for it has no due time is sent again within a day, at an age of ${ageDays} days`, async () => {
      const taskId = await enqueueWith({ dueAt: FieldValue.delete() });
      await withoutTask(taskId);
      const created = await document(taskId).get();
      const shard = created.get('shard');
      const createdAtMs = created.get('createdAt').toMillis();
      advanceTo(ageDays * DAY_MINUTES * MINUTE_MS + 95 * MINUTE_MS, (minute) => {
        const turn = Math.floor(minute / 3);
        const ageMs = minute * MINUTE_MS - createdAtMs;
        const part = Math.min(29, Math.floor(ageMs / (2 * DAY_MINUTES * MINUTE_MS)));
        return minute % 3 === 2 && turn % 16 === shard && Math.floor(turn / 16) % 30 === part;
      });
      const { sent, failed } = await bed.sweep();
      assert.deepEqual({ sent, failed }, { sent: 1, failed: 0 });
      const stored = fromTaskDocument(await document(taskId).get());
      assert.equal(stored?.generation, 1);
      await bed.whenIdle();
      await bed.assertState(taskId, 'succeeded');
    });
  }

  it('is not touched where it is over, or another service’s', async () => {
    const over = await enqueueWith({ dueAt: FieldValue.delete(), state: 'succeeded' });
    const foreign = await enqueueWith({ dueAt: FieldValue.delete(), 'route.service': 'billing', shard: 3 });
    await Promise.all([over, foreign].map(withoutTask));
    const before = await Promise.all([over, foreign].map(async (id) => (await document(id).get()).data()));
    advanceTo(95 * MINUTE_MS, (minute) => {
      const turn = Math.floor(minute / 3);
      return minute % 3 === 2 && turn % 16 === 3 && Math.floor(turn / 16) % 30 === 0;
    });
    assert.equal((await bed.sweep()).checked, 0);
    const after = await Promise.all([over, foreign].map(async (id) => (await document(id).get()).data()));
    assert.deepEqual(after, before);
  });
});
