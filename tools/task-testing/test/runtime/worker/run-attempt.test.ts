import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, type TaskContext } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';

const foldLetter = defineContract({
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  schema: { type: 'object', additionalProperties: false },
  example: {},
});

describe('an attempt', () => {
  let bed: TaskTestBed;
  let handle: (context: TaskContext) => Promise<void>;

  beforeEach(async () => {
    bed = await startTaskTestBed({
      handlers: [defineHandler(foldLetter, { handle: (_payload, context) => handle(context) })],
      timing: { heartbeatMs: 5, stopGraceMs: 5, abortGraceMs: 5 },
    });
  });
  afterEach(() => bed.close());

  const enqueue = (): Promise<{ taskId: string }> =>
    bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, {}, { subject: 'letters/a', delaySeconds: 3_600 }),
    );
  const aborted = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  it('keeps its lease alive by heartbeats', async () => {
    handle = async ({ taskId }) => {
      const { leaseUntilMs } = await bed.record(taskId);
      bed.advance(50_000);
      for (;;) {
        const record = await bed.record(taskId);
        if ((record.leaseUntilMs ?? 0) >= (leaseUntilMs ?? 0) + 50_000) return;
      }
    };
    const { taskId } = await enqueue();
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal((await bed.record(taskId)).attempts, 1);
  });

  it('is told when it was taken over, and writes nothing any more', async () => {
    const reasons: unknown[] = [];
    handle = async ({ taskId, signal }) => {
      await bed.firestore.doc(`tasks/${taskId}`).update({ attemptId: 'another' });
      await aborted(signal).catch((reason: unknown) => {
        reasons.push(reason);
        throw reason;
      });
    };
    const { taskId } = await enqueue();
    const response = await bed.deliver(taskId);
    assert.equal(response.status, 409);
    assert.deepEqual(await response.json(), { outcome: 'lost' });
    assert.equal((reasons[0] as { code: string }).code, 'ATTEMPT_LOST');
    const record = await bed.record(taskId);
    assert.equal(record.state, 'running');
    assert.equal(record.attemptId, 'another');
  });

  it('is handed back uncounted when the process is told to end', async () => {
    const started = Promise.withResolvers<void>();
    handle = async ({ signal }) => {
      started.resolve();
      await aborted(signal);
    };
    const { taskId } = await enqueue();
    const response = bed.deliver(taskId);
    await started.promise;
    await bed.stopWorker();
    assert.equal((await response).status, 409);
    const record = await bed.record(taskId);
    assert.equal(record.state, 'pending');
    assert.equal(record.attempts, 0);
    assert.equal(record.leaseUntilMs, null);
    assert.equal(record.history.at(-1)?.event, 'handed-back');
  });

  it('may end in the time that is left when the process is told to end', async () => {
    const started = Promise.withResolvers<void>();
    const ending = Promise.withResolvers<void>();
    handle = async () => {
      started.resolve();
      await ending.promise;
    };
    const { taskId } = await enqueue();
    const response = bed.deliver(taskId);
    await started.promise;
    const stopped = bed.stopWorker();
    ending.resolve();
    assert.equal((await response).status, 200);
    await stopped;
    assert.equal((await bed.record(taskId)).state, 'succeeded');
  });

  it('can be finished once only, and a failure after that changes nothing', async () => {
    handle = async (context) => {
      await context.finish(async () => {});
      await context.finish(async () => {});
    };
    const { taskId } = await enqueue();
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal((await bed.record(taskId)).state, 'succeeded');
    const line = bed.logs.find(({ event }) => event === 'task.failed-after-finish');
    assert.match(JSON.stringify(line), /called finish\(\) twice/);
  });

  it('keeps a step’s result only if it is not too large', async () => {
    handle = async (context) => {
      await context.step('read', async () => 'x'.repeat(16 * 1024));
    };
    const { taskId } = await enqueue();
    assert.equal((await bed.deliver(taskId)).status, 200);
    const record = await bed.record(taskId);
    assert.equal(record.state, 'dead');
    assert.equal(record.error?.code, 'STEP_RESULT_TOO_LARGE');
  });

  it('is dead if its handler does not wait for a step', async () => {
    const answered = Promise.withResolvers<string>();
    handle = async (context) => {
      void context.step('read', () => answered.promise);
      await context.finish(async (transaction) =>
        transaction.set(bed.firestore.doc('letters/a'), { folded: true }),
      );
    };
    const { taskId } = await enqueue();
    assert.equal((await bed.deliver(taskId)).status, 200);
    const { state, error } = await bed.record(taskId);
    assert.equal(state, 'dead');
    assert.equal(error?.code, 'STEP_NOT_AWAITED');
    assert.match(
      error.message,
      /did not wait for its step "read" \(at worker\/run-attempt\.test\.ts:\d+:\d+\): await/,
    );
    assert.equal((await bed.firestore.doc('letters/a').get()).exists, false);
    // The step that nobody waits for fails, for its task is over: that must not end the process.
    answered.resolve('too late');
  });

  it('is dead if its handler makes a call by a step in its finish', async () => {
    let calls = 0;
    handle = (context) =>
      context.finish(() =>
        context.step('read', async () => {
          calls += 1;
        }),
      );
    const { taskId } = await enqueue();
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal((await bed.record(taskId)).error?.code, 'STEP_AFTER_FINISH');
    assert.equal(calls, 0);
  });
});
