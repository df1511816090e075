import assert from 'node:assert/strict';
import { fromTaskDocument, randomTaskId, toTaskDocument } from '@waybill/task-runtime/internal';
import { TaskOperator, TaskSearch } from '@waybill/task-runtime/operator';
import { bed, enqueue, folds, handle, letterId, unsentRecord, useLetters } from '../letters.ts';

const ACTOR = { by: 'ada', why: 'a test' };

describe('a record', () => {
  useLetters();

  const document = (taskId: string) => bed.firestore.doc(`tasks/${taskId}`);
  const enqueueWith = async (changes: Record<string, unknown>): Promise<string> => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await document(taskId).update(changes);
    return taskId;
  };
  const outcomeOf = async (response: Response): Promise<[number, string]> => [
    response.status,
    ((await response.json()) as { outcome: string }).outcome,
  ];
  /** Delivers it as it is stored. */
  const deliver = async (taskId: string): Promise<[number, string]> =>
    outcomeOf(
      await fetch(`${bed.workerUrl}/tasks/fold-letter/v1`, {
        method: 'POST',
        headers: { 'X-AppEngine-QueueName': 'letters', 'X-AppEngine-TaskName': `${taskId}-g0` },
        body: JSON.stringify({ letterId }),
      }),
    );
  const withoutTask = async (taskId: string): Promise<void> => {
    const { project, location } = bed.queueLocation;
    const name = bed.cloudTasks.taskPath(project, location, 'letters', `${taskId}-g0`);
    await bed.cloudTasks.deleteTask({ name });
  };

  /** Writes records that are overdue, of tasks that Cloud Tasks does not have. */
  const writeLost = async (documents: readonly Record<string, unknown>[]): Promise<string[]> => {
    const nowMs = bed.clock.nowMs() - 3_600_000;
    const batch = bed.firestore.batch();
    const taskIds = documents.map((changes) => {
      const taskId = randomTaskId();
      const record = unsentRecord(taskId, nowMs);
      batch.create(document(taskId), { ...toTaskDocument(record), ...changes });
      return taskId;
    });
    await batch.commit();
    return taskIds;
  };

  for (const [what, changes, message] of [
    ['of a later version', { recordVersion: 2 }, /has the record version 2, and this service knows 1/],
    ['in an unknown state', { state: 'suspended' }, /has the state "suspended"/],
    [
      'with a step in an unknown state',
      { steps: { press: { state: 'paused', tries: 1, startedAtMs: 1, result: null } } },
      /step "press" has the state "paused"/,
    ],
  ] as const) {
    it(`${what} waits for a worker that knows it, and is shown`, async () => {
      const taskId = await enqueueWith(changes);
      const stored = (await document(taskId).get()).data();
      const logged = bed.nextLog(({ event }) => event === 'task.unknown-record');
      assert.deepEqual(await deliver(taskId), [409, 'unknown-record']);
      const line = await logged;
      assert.deepEqual([line.severity, line['code']], ['ERROR', 'RECORD_UNREADABLE']);
      assert.deepEqual((await document(taskId).get()).data(), stored, 'nothing of it is written');
      assert.equal(handle.callCount, 0);

      const search = new TaskSearch(bed.firestore, { timeoutMs: 5_000 });
      const found = await search.inspect(taskId);
      assert.equal(found?.problem?.kind, 'unknown');
      assert.match(found.problem.message, message);
      const operator = new TaskOperator(bed.runtime);
      for (const act of [operator.cancel(taskId, ACTOR), operator.discard(taskId, ACTOR)]) {
        await assert.rejects(act, { code: 'RECORD_UNREADABLE', status: 409, message });
      }
      await document(taskId).update({ recordVersion: 1, state: 'pending', steps: {} });
      assert.deepEqual(await deliver(taskId), [200, 'succeeded'], 'as after a roll-back of the roll-back');
    });

    it(`${what} does not hold up the sweep: it is looked at each ten minutes`, async () => {
      const taskId = await enqueueWith(changes);
      await withoutTask(taskId);
      bed.advance(3_600_000 + 601_000);
      assert.equal((await bed.sweep()).checked, 1);
      const stored = fromTaskDocument(await document(taskId).get());
      assert.ok((stored?.dueAtMs ?? 0) > bed.clock.nowMs() + 590_000);
      assert.equal(stored?.state, 'state' in changes ? changes.state : 'pending');
      assert.equal((await bed.sweep()).checked, 0);
      bed.advance(601_000);
      assert.equal((await bed.sweep()).checked, 1);
      await document(taskId).delete();
    });
  }

  for (const [what, changes, field] of [
    ['without its steps', { steps: null }, 'steps'],
    ['with a history that is no list', { history: 'claimed' }, 'history'],
    ['with a payload that is no JSON', { payload: '{"letterId":' }, 'payload'],
    ['with attempts that are no number', { attempts: 'three' }, 'attempts'],
    ['with a time that is none', { createdAt: 'yesterday' }, 'createdAtMs'],
    ['with an error that is none', { error: 'wet' }, 'error'],
    ['without a state', { state: null }, 'state'],
    ['with a version of its form that is none', { recordVersion: 'one' }, 'recordVersion'],
  ] as const) {
    it(`${what} becomes a dead letter at its delivery, and can be discarded, not replayed`, async () => {
      const taskId = await enqueueWith(changes);
      assert.deepEqual(await deliver(taskId), [200, 'dead']);
      assert.equal(handle.callCount, 0);
      assert.equal((await bed.firestore.doc(`burnt/${letterId}`).get()).exists, false, 'no onDead');
      const stored = (await document(taskId).get()).data();
      assert.equal(stored?.['state'], 'dead');
      assert.equal(stored['error'].code, 'RECORD_CORRUPT');
      assert.match(stored['error'].message, new RegExp(`Its field "${field}" must be`));
      assert.equal(Object.hasOwn(stored, 'dueAt'), false);
      assert.deepEqual(await deliver(taskId), [
        200,
        field === 'error' || field === 'state' ? 'terminal' : 'terminal',
      ]);

      const search = new TaskSearch(bed.firestore, { timeoutMs: 5_000 });
      const { tasks } = await search.page({ state: 'dead' }, { size: 5 });
      assert.ok(tasks.some((task) => task.taskId === taskId && task.error?.code === 'RECORD_CORRUPT'));
      const operator = new TaskOperator(bed.runtime);
      if (field !== 'error' && field !== 'state') {
        assert.equal((await search.inspect(taskId))?.problem?.kind, 'corrupt');
        await assert.rejects(operator.replay(taskId, ACTOR), { code: 'RECORD_UNREADABLE' });
      }
      await operator.discard(taskId, ACTOR);
      assert.equal((await bed.record(taskId)).state, 'discarded');
    });
  }

  it('that is corrupt becomes a dead letter at the sweep, too', async () => {
    const taskId = await enqueueWith({ queue: 7 });
    await withoutTask(taskId);
    bed.advance(3_600_000 + 601_000);
    const logged = bed.nextLog(({ event }) => event === 'task.dead');
    const { checked, dead, failed } = await bed.sweep();
    assert.deepEqual({ checked, dead, failed }, { checked: 1, dead: 1, failed: 0 });
    assert.equal((await logged)['code'], 'RECORD_CORRUPT');
    assert.equal((await document(taskId).get()).get('error').code, 'RECORD_CORRUPT');
    assert.equal((await bed.sweep()).checked, 0);
  });

  for (const [what, dueAt, settledAtOnce] of [
    ['null', null, 16],
    ['false', false, 16],
    ['a number', 7.5, 16],
    // The sweep looks for these in one shard each minute.
    ['a text', 'tomorrow', 1],
    ['a list', [1], 1],
    ['a map', { a: 1 }, 1],
  ] as const) {
    it(`whose due time is ${what} is settled by the sweep, and so are the others of its shard`, async () => {
      const shards = Array.from({ length: 16 }, (_, shard) => shard);
      const bad = await writeLost(shards.map((shard) => ({ dueAt, shard })));
      const good = await writeLost(shards.map((shard) => ({ shard })));
      const { failed } = await bed.sweep();
      assert.equal(failed, 0);
      for (const taskId of good) assert.equal((await document(taskId).get()).get('generation'), 1);
      const stored = await Promise.all(bad.map(async (taskId) => (await document(taskId).get()).data()));
      const settled = stored.filter((data) =>
        dueAt === null
          ? data?.['generation'] === 1
          : data?.['state'] === 'dead' && data['error'].code === 'RECORD_CORRUPT',
      );
      assert.equal(settled.length, settledAtOnce);
      await bed.whenIdle();
      const cleaning = bed.firestore.batch();
      for (const taskId of [...bad, ...good]) cleaning.delete(document(taskId));
      await cleaning.commit();
    });
  }

  for (const [field, value] of [
    ['generation', 7.5],
    ['generation', -1],
    ['queue', 'a b/c'],
    ['queue', ''],
  ] as const) {
    it(`whose ${field} is ${JSON.stringify(value)} becomes a dead letter at the sweep`, async () => {
      const taskId = await enqueueWith({ [field]: value });
      await withoutTask(taskId);
      bed.advance(3_600_000 + 601_000);
      const { dead, failed } = await bed.sweep();
      assert.deepEqual({ dead, failed }, { dead: 1, failed: 0 });
      assert.equal((await document(taskId).get()).get('error').code, 'RECORD_CORRUPT');
    });
  }

  for (const changes of [
    { state: 'succeeded', dueAt: null },
    { state: 'succeeded', dueAt: 7 },
  ]) {
    it(`that is over is not looked at again for its due time of ${changes.dueAt}`, async () => {
      const taskId = await enqueueWith(changes);
      await withoutTask(taskId);
      assert.equal((await bed.sweep()).checked, 1);
      assert.equal((await document(taskId).get()).get('state'), 'succeeded');
      assert.equal((await bed.sweep()).checked, 0);
    });
  }

  it('in a shard that does not exist is a dead letter in the list after its delivery', async () => {
    const taskId = await enqueueWith({ shard: 999 });
    assert.deepEqual(await deliver(taskId), [200, 'dead']);
    const search = new TaskSearch(bed.firestore, { timeoutMs: 5_000 });
    const { tasks } = await search.page({ state: 'dead' }, { size: 5 });
    assert.ok(tasks.some((task) => task.taskId === taskId));
  });

  it('whose time of creation is none ends a page of the list as any other', async () => {
    const ids = new Set<string>();
    for (const createdAt of ['yesterday', 7.5, null, [1]]) ids.add(await enqueueWith({ createdAt }));
    const search = new TaskSearch(bed.firestore, { timeoutMs: 5_000 });
    const all = await search.page({}, { size: 100 });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await search.page({}, { size: 1, cursor });
      seen.push(...page.tasks.map(({ taskId }) => taskId));
      cursor = page.next;
    } while (cursor !== undefined);
    assert.deepEqual(
      seen,
      all.tasks.map(({ taskId }) => taskId),
    );
    for (const taskId of ids) assert.ok(seen.includes(taskId));
    await assert.rejects(search.page({}, { size: Number.NaN }), { code: 'TASK_FILTER' });
    for (const taskId of ids) await document(taskId).delete();
  });

  it('that is corrupt but over stays as it is', async () => {
    const taskId = await enqueueWith({ state: 'succeeded', history: null });
    const stored = (await document(taskId).get()).data();
    assert.deepEqual(await deliver(taskId), [200, 'terminal']);
    assert.deepEqual((await document(taskId).get()).data(), stored);
  });

  it('that a newer worker has taken over is lost to its attempt', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    handle.callsFake(async (payload, context) => {
      await document(taskId).update({ recordVersion: 2 });
      await context.finish(async (transaction) =>
        transaction.set(bed.firestore.doc(`letters/${payload.letterId}`), { folds: 1 }),
      );
    });
    assert.deepEqual(await deliver(taskId), [409, 'lost']);
    assert.equal(await folds(), undefined);
    await document(taskId).delete();
  });

  it('has fields that a newer worker has added kept as they are', async () => {
    const taskId = await enqueueWith({ mood: 'blue' });
    assert.deepEqual(await deliver(taskId), [200, 'succeeded']);
    assert.equal((await document(taskId).get()).get('mood'), 'blue');
  });
});
