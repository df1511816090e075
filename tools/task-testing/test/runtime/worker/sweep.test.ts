import assert from 'node:assert/strict';
import { FieldValue } from '@google-cloud/firestore';
import { createLogger } from '@waybill/service-kit';
import { PermanentError } from '@waybill/task-runtime';
import { sweep, taskCollection, toTaskDocument } from '@waybill/task-runtime/internal';
import { setMissingEraseTimes, TaskOperator } from '@waybill/task-runtime/operator';
import {
  bed,
  enqueue,
  foldLetter,
  folds,
  handle,
  letterId,
  subject,
  unsentRecord,
  useLetters,
} from '../letters.ts';

const DAY_MS = 24 * 3_600_000;

describe('the sweep', () => {
  useLetters();

  /** Sweeps when it is the turn of a task's shard: each minute has another. */
  const sweepShardOf = async (taskId: string): Promise<number> => {
    const { shard } = await bed.record(taskId);
    const { erased } = await sweep({
      runtime: bed.runtime,
      service: 'worker',
      onDead: async () => {},
      logger: createLogger({ service: 'sweep', version: 'v1', destination: { write: () => {} } }),
      nowMs: () => shard * 60_000,
    });
    return erased;
  };

  const queuePath = (): string =>
    bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'letters');

  it('empties a dead letter after its period, which can only be discarded then', async () => {
    handle.rejects(new PermanentError('TORN', 'It is torn'));
    const { taskId } = await enqueue();
    await bed.whenIdle();
    const actor = { by: 'ada', why: 'a test' };
    const operator = new TaskOperator(bed.runtime);
    assert.equal(await sweepShardOf(taskId), 0);
    assert.match((await bed.record(taskId)).payload, /letterId/);
    bed.advance(61 * DAY_MS);
    assert.equal(await sweepShardOf(taskId), 1);
    const { state, payload, error } = await bed.record(taskId);
    assert.deepEqual([state, payload, error?.code, error?.message], ['dead', 'null', 'TORN', '']);
    assert.equal(await sweepShardOf(taskId), 0);
    const edited = { payload: { letterId } };
    for (const options of [{}, edited]) {
      await assert.rejects(operator.replay(taskId, actor, options), { code: 'PAYLOAD_ERASED', status: 409 });
    }
    await operator.discard(taskId, actor);
    assert.equal((await bed.record(taskId)).state, 'discarded');
  });

  it('empties no task that an older worker has replayed, and clears its time', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const ref = taskCollection(bed.firestore).doc(taskId);
    await ref.update({ eraseAt: new Date(bed.clock.nowMs() - 1_000) });
    assert.equal(await sweepShardOf(taskId), 0);
    const stored = await ref.get();
    assert.match(stored.get('payload'), /letterId/);
    assert.equal(stored.get('eraseAt'), undefined);
    await new TaskOperator(bed.runtime).cancel(taskId, { by: 'ada', why: 'the end of the test' });
    await bed.cloudTasks.purgeQueue({ name: queuePath() });
  });

  it('gives dead letters of earlier versions their time', async () => {
    handle.rejects(new PermanentError('TORN', 'It is torn'));
    const { taskId } = await enqueue();
    await bed.whenIdle();
    const { failedAtMs, eraseAtMs } = await bed.record(taskId);
    assert.equal(eraseAtMs, (failedAtMs ?? 0) + 61 * DAY_MS);
    await taskCollection(bed.firestore).doc(taskId).update({ eraseAt: FieldValue.delete() });
    assert.equal((await setMissingEraseTimes(bed.firestore)).set, 1);
    assert.equal((await bed.record(taskId)).eraseAtMs, eraseAtMs);
    assert.equal((await setMissingEraseTimes(bed.firestore)).set, 0);
  });

  it('leaves alone what is not overdue', async () => {
    const { taskId } = await enqueue({ delaySeconds: 7_200 });
    assert.equal((await bed.sweep()).checked, 0);
    await new TaskOperator(bed.runtime).cancel(taskId, { by: 'ada', why: 'the end of the test' });
    await bed.cloudTasks.purgeQueue({ name: queuePath() });
  });

  it('sends what was never sent', async () => {
    const { taskId } = await enqueue({ delaySeconds: 1_800 });
    await bed.cloudTasks.deleteTask({
      name: bed.cloudTasks.taskPath(
        bed.queueLocation.project,
        bed.queueLocation.location,
        'letters',
        `${taskId}-g0`,
      ),
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

  it('arms what was too far ahead to be sent, which then comes at its time', async () => {
    const notBefore = new Date(bed.clock.nowMs() + 40 * DAY_MS);
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId }, { subject: subject(), notBefore }),
    );
    const { dueAtMs } = await bed.record(taskId);
    assert.equal(dueAtMs, notBefore.getTime() - 29 * DAY_MS);
    assert.deepEqual((await bed.cloudTasks.listTasks({ parent: queuePath() }))[0], []);
    // Of what is purged now it is no part.
    await bed.cloudTasks.purgeQueue({ name: queuePath() });
    bed.advance(11 * DAY_MS - 60_000);
    assert.equal((await bed.sweep()).checked, 0);
    bed.advance(60_000);
    const { checked, sent } = await bed.sweep();
    assert.deepEqual({ checked, sent }, { checked: 1, sent: 1 });
    const [[queued]] = await bed.cloudTasks.listTasks({ parent: queuePath() });
    assert.equal(Number(queued?.scheduleTime?.seconds), Math.floor(notBefore.getTime() / 1_000));
    bed.advance(29 * DAY_MS - 60_000);
    await bed.whenIdle();
    assert.equal(handle.callCount, 0);
    bed.advance(60_000);
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'succeeded');
    assert.equal(await folds(), 1);
  });

  describe('of many lost tasks', function () {
    this.timeout(60_000);
    /** More than a page of one shard. */
    const LOST = 110;

    beforeEach(async () => {
      const nowMs = bed.clock.nowMs() - 61_000;
      const writer = bed.firestore.bulkWriter();
      for (let number = 0; number < LOST; number += 1) {
        const taskId = `${letterId}-lost-${number}`;
        const record = unsentRecord(taskId, nowMs, { letterId: taskId });
        const document = toTaskDocument({ ...record, shard: 3 });
        void writer.create(taskCollection(bed.firestore).doc(taskId), document);
      }
      await writer.close();
    });

    /** How often each was folded. */
    const foldsOfLost = async (): Promise<unknown[]> => {
      const ids = Array.from({ length: LOST }, (_, number) => `letters/${letterId}-lost-${number}`);
      const letters = await bed.firestore.getAll(...ids.map((id) => bed.firestore.doc(id)));
      return letters.map((letter) => letter.get('folds'));
    };

    it('sends all, page by page, and each once though another sweep runs beside it', async () => {
      const [one, other] = await Promise.all([bed.sweep(), bed.sweep()]);
      assert.equal(one.sent + other.sent, LOST);
      assert.deepEqual([one.failed, other.failed], [0, 0]);
      await bed.whenIdle();
      assert.deepEqual(new Set(await foldsOfLost()), new Set([1]));
      assert.equal((await bed.sweep()).checked, 0);
    });

    it('ends when its process is about to, and leaves the rest to the next', async () => {
      const { checked, incomplete } = await sweep({
        runtime: bed.runtime,
        service: 'worker',
        onDead: async () => {},
        logger: createLogger({ service: 'sweep', version: 'v1', destination: { write: () => {} } }),
        nowMs: () => 0,
        stopping: AbortSignal.abort(),
      });
      assert.deepEqual({ checked, incomplete }, { checked: 0, incomplete: true });
      assert.equal((await bed.sweep()).sent, LOST);
      await bed.whenIdle();
    });

    it('ends when its time is over, and leaves the rest to the next', async () => {
      let looks = 0;
      const { checked, incomplete } = await sweep({
        runtime: bed.runtime,
        service: 'worker',
        onDead: async () => {},
        logger: createLogger({ service: 'sweep', version: 'v1', destination: { write: () => {} } }),
        // Time runs out once some have been looked at.
        nowMs: () => {
          looks += 1;
          return looks > 40 ? 45_000 : 0;
        },
      });
      assert.equal(incomplete, true);
      assert.ok(checked > 0 && checked < 60, `it has looked at ${checked}`);
      const rest = await bed.sweep();
      assert.deepEqual([rest.sent, rest.incomplete], [LOST - checked, false]);
      await bed.whenIdle();
      assert.deepEqual(new Set(await foldsOfLost()), new Set([1]));
    });
  });

  it('takes a task for lost only where Cloud Tasks says that it has none', async () => {
    // Cloud Tasks refuses this name, as it may refuse any question; its queue it would tell all about.
    const taskId = `no name: ${letterId}`;
    const record = unsentRecord(taskId, bed.clock.nowMs() - 61_000, { letterId: taskId });
    const reference = taskCollection(bed.firestore).doc(taskId);
    await reference.create(toTaskDocument(record));
    const { failed, sent } = await bed.sweep();
    assert.deepEqual({ failed, sent }, { failed: 1, sent: 0 });
    assert.deepEqual(await bed.record(taskId), record);
    await reference.delete();
  });

  it('ends soon where Firestore does not answer', async () => {
    bed.link.loseResponses();
    const asking = fetch(`${bed.workerUrl}/cron/sweep`, { headers: { 'X-Appengine-Cron': 'true' } });
    const response = await asking.finally(() => bed.link.cut());
    assert.equal(response.status, 503);
    assert.equal(((await response.json()) as { code: string }).code, 'STORE_UNAVAILABLE');
    assert.equal((await bed.sweep()).checked, 0);
  });

  it('answers only App Engine’s cron', async () => {
    const response = await fetch(`${bed.workerUrl}/cron/sweep`);
    assert.equal(response.status, 403);
    assert.equal(((await response.json()) as { code: string }).code, 'NOT_A_CRON_REQUEST');
  });
});
