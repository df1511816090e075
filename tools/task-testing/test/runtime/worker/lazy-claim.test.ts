import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, PermanentError, type TaskContext } from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';
import { aboutALetter } from '../letters.ts';

const MAX_ATTEMPTS = 3;
const foldLetter = defineContract({
  ...aboutALetter,
  name: 'fold-letter',
  description: 'Folds a letter.',
  limits: { maxAttempts: MAX_ATTEMPTS },
});

describe('the claim of a task’s first delivery', () => {
  let bed: TaskTestBed;
  let handle: (context: TaskContext) => Promise<void>;
  let calls: number;

  before(async () => {
    bed = await startTaskTestBed({
      handlers: [
        defineHandler(foldLetter, {
          handle: (_payload, context) => {
            calls += 1;
            return handle(context);
          },
          onDead: async ({ taskId, error }, transaction) =>
            transaction.set(bed.firestore.doc(`burnt/${taskId}`), { code: error.code }),
        }),
      ],
      timing: { claimAfterMs: 60_000 },
    });
  });
  after(() => bed.close());
  beforeEach(() => {
    calls = 0;
    handle = foldOnce;
  });

  const foldOnce = (context: TaskContext): Promise<void> =>
    context.finish(async (transaction) => {
      const letter = bed.firestore.doc(`letters/${context.taskId}`);
      const folds = ((await transaction.get(letter)).get('folds') as number | undefined) ?? 0;
      transaction.set(letter, { folds: folds + 1 });
    });
  const folds = async (taskId: string): Promise<unknown> =>
    (await bed.firestore.doc(`letters/${taskId}`).get()).get('folds');
  /** Enqueues a task that only the test delivers. */
  const enqueue = async (): Promise<string> =>
    (
      await bed.client.transaction(async (transaction) =>
        transaction.enqueue(
          foldLetter,
          { letterId: 'a' },
          { subject: 'letters/a', delaySeconds: 20 * 86_400 },
        ),
      )
    ).taskId;
  const deliverFirst = async (taskId: string): Promise<[number, string]> => {
    const response = await bed.deliver(taskId, { retryCount: 0 });
    return [response.status, ((await response.json()) as { outcome: string }).outcome];
  };
  const events = async (taskId: string): Promise<string[]> =>
    (await bed.record(taskId)).history.map(({ event }) => event);

  it('is written with its success, in one commit', async () => {
    const taskId = await enqueue();
    const before = await bed.record(taskId);
    handle = async (context) => {
      assert.deepEqual(await bed.record(taskId), before, 'nothing is written before');
      assert.equal(context.attempt, 1);
      await foldOnce(context);
    };
    const life = bed.replaceWorker();
    assert.deepEqual(await deliverFirst(taskId), [200, 'succeeded']);
    assert.equal(life.transactions, 1);
    const record = await bed.record(taskId);
    assert.deepEqual(await events(taskId), ['claimed', 'succeeded']);
    const { state, attempts, dueAtMs, leaseUntilMs, notBeforeMs } = record;
    assert.deepEqual([state, attempts, dueAtMs, leaseUntilMs], ['succeeded', 1, null, null]);
    assert.equal(notBeforeMs, before.notBeforeMs);
    assert.ok(record.firstAttemptAtMs !== null && record.expireAtMs !== null && record.attemptId !== null);
    assert.equal(await folds(taskId), 1);
    assert.deepEqual(await deliverFirst(taskId), [200, 'terminal']);
    assert.equal(calls, 1);
  });

  it('is written before the first step, and not again for the second', async () => {
    const taskId = await enqueue();
    const seen: string[] = [];
    handle = async (context) => {
      for (const name of ['one', 'two'])
        await context.step(name, async () => {
          const { state, attempts, leaseUntilMs } = await bed.record(taskId);
          seen.push(`${state} ${attempts} ${leaseUntilMs !== null}`);
        });
    };
    assert.deepEqual(await deliverFirst(taskId), [200, 'succeeded']);
    assert.deepEqual(seen, ['running 1 true', 'running 1 true']);
    assert.deepEqual(await events(taskId), ['claimed', 'succeeded']);
  });

  for (const retryCount of [1, undefined]) {
    it(`is written at once if the delivery ${retryCount === 1 ? 'is a retry' : 'does not say which it is'}`, async () => {
      const taskId = await enqueue();
      let state = '';
      handle = async (context) => {
        ({ state } = await bed.record(taskId));
        await foldOnce(context);
      };
      await bed.deliver(taskId, retryCount === undefined ? {} : { retryCount });
      assert.equal(state, 'running');
      assert.equal(await folds(taskId), 1);
    });
  }

  it('is written at once in a later generation', async () => {
    const taskId = await enqueue();
    handle = async () => {
      throw new PermanentError('PAPER_WET', 'The paper is wet');
    };
    assert.deepEqual(await deliverFirst(taskId), [200, 'dead']);
    assert.deepEqual(await events(taskId), ['claimed', 'dead']);
    assert.equal((await bed.firestore.doc(`burnt/${taskId}`).get()).get('code'), 'PAPER_WET');
    let state = '';
    handle = async (context) => {
      ({ state } = await bed.record(taskId));
      await foldOnce(context);
    };
    await new TaskOperator(bed.runtime).replay(taskId, { by: 'ada', why: 'the paper is dry' });
    await bed.whenIdle();
    assert.equal(state, 'running');
    assert.equal((await bed.record(taskId)).state, 'succeeded');
  });

  it('is written with its failure, which counts', async () => {
    const taskId = await enqueue();
    handle = async () => {
      throw new Error('the paper is wet');
    };
    assert.deepEqual(await deliverFirst(taskId), [500, 'retry']);
    const { state, attempts, error } = await bed.record(taskId);
    assert.deepEqual([state, attempts, error?.code], ['pending', 1, 'HANDLER_FAILED']);
    assert.deepEqual(await events(taskId), ['claimed', 'retry']);
    handle = foldOnce;
    assert.deepEqual(await deliverFirst(taskId), [200, 'succeeded']);
    assert.equal((await bed.record(taskId)).attempts, 2);
  });

  it('lets two deliveries side by side run, and one of them commit', async () => {
    const taskId = await enqueue();
    const both = Promise.withResolvers<void>();
    handle = async (context) => {
      if (calls === 2) both.resolve();
      await both.promise;
      await foldOnce(context);
    };
    const outcomes = await Promise.all([deliverFirst(taskId), deliverFirst(taskId)]);
    assert.deepEqual(outcomes.map(String).sort(), ['200,lost', '200,succeeded']);
    assert.equal(calls, 2);
    assert.equal(await folds(taskId), 1);
    assert.deepEqual(await events(taskId), ['claimed', 'succeeded']);
  });

  for (const [what, go] of [
    ['finishes', (context: TaskContext) => foldOnce(context)],
    ['fails', () => Promise.reject(new Error('the paper is wet'))],
    ['begins a step', (context: TaskContext) => context.step('press', async () => assert.fail('it is made'))],
  ] as const) {
    for (const [ended, expected] of [
      [false, '409,lost'],
      [true, '200,lost'],
    ] as const) {
      it(`is lost to one that began meanwhile ${ended ? 'and ended' : 'and goes on'}, when it ${what}`, async () => {
        const taskId = await enqueue();
        const zombie = Promise.withResolvers<void>();
        const woken = Promise.withResolvers<void>();
        const claimed = Promise.withResolvers<void>();
        const second = Promise.withResolvers<void>();
        handle = async (context) => {
          if (calls === 1) {
            zombie.resolve();
            await woken.promise;
            await go(context);
            return;
          }
          claimed.resolve();
          if (!ended) await second.promise;
          await foldOnce(context);
        };
        const late = deliverFirst(taskId);
        await zombie.promise;
        const taking = bed.deliver(taskId, { retryCount: 1 });
        await (ended ? taking : claimed.promise);
        const between = await bed.record(taskId);
        woken.resolve();
        assert.equal(String(await late), expected);
        assert.deepEqual(await bed.record(taskId), between, 'the zombie writes nothing');
        second.resolve();
        assert.equal((await taking).status, 200);
        assert.equal(await folds(taskId), 1);
        assert.equal((await bed.record(taskId)).attempts, 1);
      });
    }
  }

  it('is not hindered by a change that begins no attempt', async () => {
    const taskId = await enqueue();
    handle = async (context) => {
      await new TaskOperator(bed.runtime).runNow(taskId, { by: 'ada', why: 'a test' });
      await foldOnce(context);
    };
    assert.deepEqual(await deliverFirst(taskId), [200, 'succeeded']);
    const { audit, state } = await bed.record(taskId);
    assert.deepEqual([audit.length, state], [1, 'succeeded']);
    assert.equal(await folds(taskId), 1);
  });

  it('is lost to an operator who cancels the task', async () => {
    const taskId = await enqueue();
    handle = async (context) => {
      await new TaskOperator(bed.runtime).cancel(taskId, { by: 'ada', why: 'a test' });
      await foldOnce(context);
    };
    assert.deepEqual(await deliverFirst(taskId), [200, 'lost']);
    assert.equal((await bed.record(taskId)).state, 'cancelled');
    assert.equal(await folds(taskId), undefined);
  });

  it('is lost where the record is deleted', async () => {
    const taskId = await enqueue();
    handle = async (context) => {
      await bed.firestore.doc(`tasks/${taskId}`).delete();
      await foldOnce(context);
    };
    assert.deepEqual(await deliverFirst(taskId), [200, 'lost']);
    assert.equal((await bed.firestore.doc(`tasks/${taskId}`).get()).exists, false);
    assert.equal(await folds(taskId), undefined);
  });

  it('does not hide a handler’s own write that fails', async () => {
    const taskId = await enqueue();
    handle = (context) =>
      context.finish(async (transaction) =>
        transaction.update(bed.firestore.doc('letters/missing'), { folds: 1 }),
      );
    assert.deepEqual(await deliverFirst(taskId), [500, 'retry']);
    const { state, attempts } = await bed.record(taskId);
    assert.deepEqual([state, attempts], ['pending', 1]);
    await bed.firestore.doc(`tasks/${taskId}`).delete();
  });

  it('ends a handler that kills its process each time: the task is dead, and compensated', async () => {
    handle = () => {
      bed.killWorker();
      return new Promise(() => {});
    };
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId: 'a' }, { subject: 'letters/a' }),
    );
    await bed.whenSettled();
    const { state, error, attempts } = await bed.record(taskId);
    assert.deepEqual([state, error?.code, attempts], ['dead', 'ATTEMPTS_USED_UP', MAX_ATTEMPTS]);
    assert.equal(calls, MAX_ATTEMPTS + 1, 'the first attempt left no trace');
    assert.equal((await bed.firestore.doc(`burnt/${taskId}`).get()).get('code'), 'ATTEMPTS_USED_UP');
  });

  it('leaves no lock behind where the process is killed in its finish, and nothing is written', async () => {
    handle = (context) =>
      context.finish(async (transaction) => {
        const letter = bed.firestore.doc(`letters/${context.taskId}`);
        const before = ((await transaction.get(letter)).get('folds') as number | undefined) ?? 0;
        transaction.set(letter, { folds: before + 1 });
        if (calls > 1) return;
        bed.killWorker();
        await new Promise(() => {});
      });
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId: 'a' }, { subject: 'letters/a' }),
    );
    const startedAtMs = performance.now();
    await bed.whenSettled();
    assert.equal(await folds(taskId), 1);
    assert.ok(performance.now() - startedAtMs < 30_000, 'a lock of the emulator lives for a minute');
  });

  it('is written at once after Cloud Tasks lost the task with its first attempt', async () => {
    const queue = bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'letters');
    const states: string[] = [];
    handle = async (context) => {
      states.push((await bed.record(context.taskId)).state);
      if (calls > 1) return foldOnce(context);
      await bed.cloudTasks.deleteTask({ name: `${queue}/tasks/${context.delivery.taskName}` });
      bed.killWorker();
      return new Promise(() => {});
    };
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId: 'a' }, { subject: 'letters/a' }),
    );
    await bed.whenSettled();
    const { generation, attempts } = await bed.record(taskId);
    assert.deepEqual([generation, attempts, await folds(taskId)], [1, 1, 1]);
    assert.deepEqual(states, ['pending', 'running']);
  });
});

describe('an attempt without a written claim', () => {
  it('writes it once it has run for a while, and keeps its lease alive from then on', async () => {
    const claimed = Promise.withResolvers<void>();
    const bed = await startTaskTestBed({
      handlers: [
        defineHandler(foldLetter, {
          handle: async ({ letterId: taskId }) => {
            while ((await bed.record(taskId)).state !== 'running');
            const { leaseUntilMs } = await bed.record(taskId);
            claimed.resolve();
            bed.advance(50_000);
            while (((await bed.record(taskId)).leaseUntilMs ?? 0) < (leaseUntilMs ?? 0) + 50_000);
          },
        }),
      ],
      timing: { claimAfterMs: 5, heartbeatMs: 10 },
    });
    try {
      const key = 'a-letter';
      const { taskId } = await bed.client.transaction(async (transaction) =>
        transaction.enqueue(
          foldLetter,
          { letterId: key },
          { subject: 'letters/a', delaySeconds: 3_600, dedupeKey: key },
        ),
      );
      await bed.firestore.doc(`tasks/${taskId}`).update({ payload: JSON.stringify({ letterId: taskId }) });
      assert.equal((await bed.deliver(taskId, { retryCount: 0 })).status, 200);
      await claimed.promise;
      const { state, attempts, history } = await bed.record(taskId);
      assert.deepEqual([state, attempts], ['succeeded', 1]);
      assert.deepEqual(
        history.map(({ event }) => event),
        ['claimed', 'succeeded'],
      );
    } finally {
      await bed.close();
    }
  });

  it('is handed back uncounted when the process is told to end', async () => {
    const started = Promise.withResolvers<void>();
    const bed = await startTaskTestBed({
      handlers: [
        defineHandler(foldLetter, {
          handle: async (_payload, { signal }) => {
            started.resolve();
            await new Promise((_resolve, reject) =>
              signal.addEventListener('abort', () => reject(signal.reason)),
            );
          },
        }),
      ],
      timing: { stopGraceMs: 5, abortGraceMs: 5 },
    });
    try {
      const { taskId } = await bed.client.transaction(async (transaction) =>
        transaction.enqueue(foldLetter, { letterId: 'a' }, { subject: 'letters/a', delaySeconds: 3_600 }),
      );
      const response = bed.deliver(taskId, { retryCount: 0 });
      await started.promise;
      await bed.stopWorker();
      assert.equal((await response).status, 409);
      const { state, attempts } = await bed.record(taskId);
      assert.deepEqual([state, attempts], ['pending', 0]);
    } finally {
      await bed.close();
    }
  });
});
