import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, PermanentError, type TaskContext } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';

const MAX_AGE_SECONDS = 3_600;
const ABORT_GRACE_MS = 50;
const aboutALetter = {
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  limits: { maxAttempts: 2, maxAgeSeconds: MAX_AGE_SECONDS },
  schema: { type: 'object', additionalProperties: false },
  example: {},
} as const;
const foldLetter = defineContract({ ...aboutALetter, name: 'fold-letter' });

const hurryLetter = defineContract({ ...aboutALetter, name: 'hurry-letter', deadlineSeconds: 1 });

/** Reads a document in a transaction of another client that stays open: no other one can commit a write to it. */
async function holdIn({ firestore }: TaskTestBed, path: string): Promise<() => Promise<void>> {
  const read = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const holding = firestore.runTransaction(async (transaction) => {
    await transaction.get(firestore.doc(path));
    read.resolve();
    await end.promise;
  });
  await read.promise;
  return async () => {
    end.resolve();
    await holding;
  };
}

describe('contention', () => {
  let bed: TaskTestBed;
  let handle: (context: TaskContext) => Promise<void>;
  let burn: () => void;
  let releaseAll: (() => Promise<void>)[];

  before(async () => {
    const handler = defineHandler(foldLetter, {
      handle: (_payload, context) => handle(context),
      onDead: async ({ error }, transaction) => {
        const burnt = bed.firestore.doc('burnt/a');
        await transaction.get(burnt);
        burn();
        transaction.set(burnt, { code: error.code });
      },
    });
    bed = await startTaskTestBed({ handlers: [handler], contention: { lockWaitMs: 20, maxAttempts: 1 } });
  });
  after(() => bed.close());
  beforeEach(() => {
    releaseAll = [];
    handle = foldOnce;
    burn = () => {};
  });
  afterEach(async () => {
    for (const release of releaseAll) await release();
  });

  const letter = () => bed.firestore.doc('letters/a');
  const foldOnce = (context: TaskContext): Promise<void> =>
    context.finish(async (transaction) => {
      const folds = ((await transaction.get(letter())).get('folds') as number | undefined) ?? 0;
      transaction.set(letter(), { folds: folds + 1 });
    });
  const enqueue = async (): Promise<string> => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, {}, { subject: 'letters/a', delaySeconds: 86_400 }),
    );
    return taskId;
  };

  async function hold(path: string): Promise<() => Promise<void>> {
    const release = await holdIn(bed, path);
    releaseAll.push(release);
    return release;
  }
  async function deliver(taskId: string): Promise<[number, unknown]> {
    const response = await bed.deliver(taskId);
    return [response.status, ((await response.json()) as { outcome?: unknown }).outcome];
  }

  it('over the handler’s documents hands the attempt back uncounted, however often', async () => {
    const taskId = await enqueue();
    const release = await hold('letters/a');
    for (let delivery = 1; delivery <= 3; delivery += 1) {
      assert.deepEqual(await deliver(taskId), [409, 'handed-back']);
      const { state, attempts, leaseUntilMs, error, history } = await bed.record(taskId);
      assert.deepEqual(
        { state, attempts, leaseUntilMs, error },
        {
          state: 'pending',
          attempts: 0,
          leaseUntilMs: null,
          error: null,
        },
      );
      const { event, code } = history.at(-1) ?? {};
      assert.deepEqual({ event, code }, { event: 'handed-back', code: 'CONTENTION' });
    }
    await release();
    assert.deepEqual(await deliver(taskId), [200, 'succeeded']);
    assert.equal((await letter().get()).get('folds'), 1);
  });

  it('over a transaction that a handler runs by itself does not count, either', async () => {
    const taskId = await enqueue();
    await hold('letters/c');
    handle = async () => {
      const held = bed.firestore.doc('letters/c');
      await bed.firestore.runTransaction(
        async (transaction) => {
          await transaction.get(held);
          transaction.set(held, { folds: 1 });
        },
        { maxAttempts: 1 },
      );
    };
    assert.deepEqual(await deliver(taskId), [409, 'handed-back']);
    const { attempts, history } = await bed.record(taskId);
    assert.deepEqual([attempts, history.at(-1)?.code], [0, 'CONTENTION']);
  });

  it('over a step’s record hands the attempt back uncounted, too', async () => {
    const taskId = await enqueue();
    let release: () => Promise<void> = async () => {};
    handle = async (context) => {
      const pressing = context.step('press', async () => {
        release = await hold(`tasks/${taskId}`);
      });
      // The hand-back needs the record, too.
      await pressing.finally(() => release());
    };
    assert.deepEqual(await deliver(taskId), [409, 'handed-back']);
    const { attempts, history } = await bed.record(taskId);
    assert.deepEqual([attempts, history.at(-1)?.code], [0, 'CONTENTION']);
  });

  it('over the record keeps a delivery from its claim, and nothing is written', async () => {
    const taskId = await enqueue();
    const before = await bed.record(taskId);
    const release = await hold(`tasks/${taskId}`);
    assert.deepEqual(await deliver(taskId), [409, 'contention']);
    await release();
    assert.deepEqual(await bed.record(taskId), before);
    assert.deepEqual(await deliver(taskId), [200, 'succeeded']);
  });

  it('over the compensation of a permanent failure hands the attempt back; the next gives the task up', async () => {
    const taskId = await enqueue();
    handle = async () => {
      throw new PermanentError('PAPER_WET', 'The paper is wet');
    };
    const release = await hold('burnt/a');
    assert.deepEqual(await deliver(taskId), [409, 'handed-back']);
    assert.equal((await bed.record(taskId)).attempts, 0);
    await release();
    assert.deepEqual(await deliver(taskId), [200, 'dead']);
    assert.equal((await bed.record(taskId)).error?.code, 'PAPER_WET');
    assert.equal((await bed.firestore.doc('burnt/a').get()).get('code'), 'PAPER_WET');
  });

  it('is not what a compensation that fails by itself is taken for', async () => {
    const taskId = await enqueue();
    handle = async () => {
      throw new PermanentError('PAPER_WET', 'The paper is wet');
    };
    burn = () => {
      throw new Error('There is no fire');
    };
    const response = await bed.deliver(taskId);
    assert.equal(response.status, 500);
    assert.equal((await bed.record(taskId)).error?.code, 'COMPENSATION_FAILED');
    const lines = bed.logs.filter((line) => line['taskId'] === taskId);
    assert.ok(lines.every(({ message }) => message !== 'task attempt handed back'));
    burn = () => {};
    assert.deepEqual(await deliver(taskId), [200, 'dead']);
  });

  it('ends with the contract’s age, and the reason says so', async () => {
    const taskId = await enqueue();
    const release = await hold('letters/a');
    assert.deepEqual(await deliver(taskId), [409, 'handed-back']);
    handle = async (context) => {
      bed.advance((MAX_AGE_SECONDS + 1) * 1_000);
      await foldOnce(context);
    };
    assert.deepEqual(await deliver(taskId), [200, 'dead']);
    await release();
    const { error } = await bed.record(taskId);
    assert.equal(error?.code, 'AGE_USED_UP');
    assert.match(error.message, /CONTENTION/);
  });

  it('that outlasts a producer’s timeout is told from a Firestore that does not answer', async () => {
    await hold('letters/b');
    const folding = bed.client.transaction(
      async (transaction) => {
        const held = bed.firestore.doc('letters/b');
        await transaction.get(held);
        transaction.set(held, { folds: 1 });
      },
      // The client waits for up to 1.5 s before its second run.
      { timeoutMs: 1_700 },
    );
    await assert.rejects(folding, { name: 'ContentionError', code: 'CONTENTION', status: 503 });
  });

  it('within the first run is told from a Firestore that does not answer, too', async () => {
    const patient = await startTaskTestBed({ handlers: [] });
    const held = patient.firestore.doc('letters/d');
    const release = await holdIn(patient, 'letters/d');
    let runs = 0;
    const folding = patient.client.transaction(
      async (transaction) => {
        runs += 1;
        await transaction.get(held);
        transaction.set(held, { folds: 1 });
      },
      { timeoutMs: 500 },
    );
    await assert.rejects(folding, { name: 'ContentionError', code: 'CONTENTION' });
    assert.equal(runs, 1);
    await release();
    await patient.close();
  });

  it('is not what a function that waits for something else is taken for', async () => {
    const end = Promise.withResolvers<void>();
    const folding = bed.client.transaction(
      async (transaction) => {
        await transaction.get(letter());
        await end.promise;
      },
      { timeoutMs: 200 },
    );
    await assert.rejects(folding, { code: 'STORE_UNAVAILABLE', message: /waits for something else/ });
    end.resolve();
  });

  it('is not what a commit without a response is taken for', async () => {
    const folding = bed.client.transaction(
      async (transaction) => {
        await transaction.get(letter());
        bed.link.loseResponses();
        transaction.set(letter(), { folds: 5 });
      },
      { timeoutMs: 500 },
    );
    await assert.rejects(folding, { code: 'STORE_UNAVAILABLE' }).finally(() => bed.link.cut());
  });

  it('over the hand-back itself does not count, either', async () => {
    const taskId = await enqueue();
    let release: () => Promise<void> = async () => {};
    handle = async (context) => {
      release = await hold(`tasks/${taskId}`);
      await foldOnce(context);
    };
    assert.deepEqual(await deliver(taskId), [409, 'contention']);
    assert.equal((await bed.record(taskId)).state, 'running');
    await release();
    handle = foldOnce;
    const logged = bed.nextLog(({ event }) => event === 'task.claimed');
    assert.deepEqual(await deliver(taskId), [200, 'succeeded']);
    assert.equal((await logged)['attempt'], 1);
    const { attempts, history } = await bed.record(taskId);
    assert.equal(attempts, 1);
    assert.deepEqual(
      history.slice(-3).map(({ event, attempt, code }) => [event, attempt, code]),
      [
        ['handed-back', 1, 'CONTENTION'],
        ['claimed', 1, null],
        ['succeeded', 1, null],
      ],
    );
  });

  it('that outlasts the handler’s deadline hands the attempt back; a finish that gets through then counts', async () => {
    let afterGrace = (): void => {};
    const patient = await startTaskTestBed({
      handlers: [
        defineHandler(hurryLetter, {
          async handle(_payload, context) {
            context.signal.addEventListener('abort', () => setTimeout(afterGrace, 2 * ABORT_GRACE_MS));
            await context.finish(async (transaction) => {
              const read = await transaction.get(patient.firestore.doc('letters/e'));
              transaction.set(read.ref, { folds: 1 });
            });
          },
        }),
      ],
      timing: { abortGraceMs: ABORT_GRACE_MS },
      contention: { lockWaitMs: 1_500, maxAttempts: 1 },
    });
    const { taskId } = await patient.client.transaction(async (transaction) =>
      transaction.enqueue(hurryLetter, {}, { subject: 'letters/e', delaySeconds: 3_600 }),
    );
    const release = await holdIn(patient, 'letters/e');
    const contended = await patient.deliver(taskId);
    const { attempts, history } = await patient.record(taskId);
    assert.deepEqual(
      [contended.status, attempts, history.at(-1)?.event, history.at(-1)?.code],
      [409, 0, 'handed-back', 'CONTENTION'],
    );
    afterGrace = () => void release();
    assert.equal((await patient.deliver(taskId)).status, 200);
    assert.equal((await patient.record(taskId)).state, 'succeeded');
    await patient.close();
  });

  it('of a finish does not delay the hand-back of a process that is told to end', async () => {
    const waiting = Promise.withResolvers<void>();
    const stopped = await startTaskTestBed({
      handlers: [
        defineHandler(foldLetter, {
          handle: (_payload, context) =>
            context.finish(async (transaction) => {
              const reading = transaction.get(stopped.firestore.doc('letters/f'));
              transaction.set((await reading).ref, { folds: 1 });
              waiting.resolve();
            }),
        }),
      ],
      timing: { stopGraceMs: 5, abortGraceMs: ABORT_GRACE_MS },
      contention: { lockWaitMs: 60_000, maxAttempts: 1 },
    });
    const { taskId } = await stopped.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, {}, { subject: 'letters/f', delaySeconds: 3_600 }),
    );
    const release = await holdIn(stopped, 'letters/f');
    const response = stopped.deliver(taskId, { retryCount: 0 });
    await waiting.promise;
    const stopping = stopped.stopWorker();
    // The lock is released only after the hand-back is written.
    assert.equal((await response).status, 409);
    const { state, attempts, history } = await stopped.record(taskId);
    assert.deepEqual([state, attempts, history.at(-1)?.event], ['pending', 0, 'handed-back']);
    await release();
    await stopping;
    await stopped.close();
  });

  it('over an overdue record is no failure of the sweep', async () => {
    const taskId = await enqueue();
    const name = bed.cloudTasks.taskPath(
      bed.queueLocation.project,
      bed.queueLocation.location,
      'letters',
      `${taskId}-g0`,
    );
    await bed.cloudTasks.deleteTask({ name });
    bed.advance(86_400_000 + 11 * 60_000);
    // The tasks that other tests left open are delivered now.
    await bed.whenIdle();
    const release = await hold(`tasks/${taskId}`);
    const contended = bed.nextLog(({ event }) => event === 'sweep.contention');
    const { failed, sent } = await bed.sweep();
    assert.deepEqual({ failed, sent }, { failed: 0, sent: 0 });
    assert.equal((await contended)['taskId'], taskId);
    await release();
    assert.equal((await bed.sweep()).sent, 1);
    await bed.whenIdle();
  });
});
