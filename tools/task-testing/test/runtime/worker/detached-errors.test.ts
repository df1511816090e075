import assert from 'node:assert/strict';
import type { TaskContext, TaskTransaction } from '@waybill/task-runtime';
import sinon from 'sinon';
import { bed, enqueue, foldLetter, handle, letterId, mailLetter, subject, useLetters } from '../letters.ts';

/** Runs a callback for one item, and awaits it as little as forEach does. */
const detach = (callback: () => Promise<unknown>): void => ['item'].forEach(async () => await callback());

describe('code that nobody awaits', () => {
  useLetters();
  const letter = () => bed.firestore.doc(`letters/${letterId}`);
  const unhandled = sinon.stub<[unknown], void>();
  /** Mocha's own listeners, which fail the test that runs. A worker has none. */
  let others: NodeJS.UnhandledRejectionListener[] = [];

  beforeEach(() => {
    unhandled.reset();
    process.on('uncaughtException', unhandled);
  });
  afterEach(() => {
    process.off('uncaughtException', unhandled);
    assert.deepEqual(unhandled.args, []);
  });

  /** Delivers a task without the listeners that a worker does not have. @returns its record */
  const attempt = async (): Promise<Awaited<ReturnType<typeof bed.record>>> => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.deliver(taskId);
    return await bed.record(taskId);
  };
  const finishWith = (work: (transaction: TaskTransaction) => void): void =>
    void handle.callsFake((_payload, context) => context.finish(async (transaction) => work(transaction)));

  before(() => {
    // The runtime's listener is there after the first work.
    others = process.listeners('unhandledRejection').filter(({ name }) => name !== 'settleRejection');
    for (const listener of others) process.off('unhandledRejection', listener);
  });
  after(() => {
    for (const listener of others) process.on('unhandledRejection', listener);
  });

  const write = (transaction: TaskTransaction): void => {
    transaction.set(letter(), { folds: 1 });
  };
  const twice = async (transaction: TaskTransaction): Promise<void> => {
    write(transaction);
    write(transaction);
  };
  const calls: Record<string, (transaction: TaskTransaction) => Promise<unknown>> = {
    WRITTEN_TWICE: twice,
    READ_AFTER_WRITE: async (transaction) => {
      write(transaction);
      await transaction.get(letter());
    },
    LEDGER_DOCUMENT: async (transaction) => transaction.delete(bed.firestore.doc('tasks/one')),
    CONTRACT_VIOLATION: async (transaction) =>
      transaction.enqueue(mailLetter, { letterId: 5 as never }, { subject: subject() }),
    TASK_REFUSED: async (transaction) =>
      transaction.enqueue(mailLetter, { letterId }, { subject: subject(), delaySeconds: 1e12 }),
  };

  describe('in the work of a transaction', () => {
    for (const [code, call] of Object.entries(calls)) {
      it(`fails the attempt with ${code}, and the process goes on`, async () => {
        finishWith((transaction) => {
          transaction.set(bed.firestore.doc(`letters/${letterId}-beside`), { folds: 1 });
          detach(() => call(transaction));
        });
        const { state, error } = await attempt();
        assert.deepEqual([state, error?.code], ['dead', code]);
        assert.equal((await bed.firestore.doc(`letters/${letterId}-beside`).get()).exists, false);
      });

      it(`fails a producer's transaction with ${code}, and the process goes on`, async () => {
        const work = async (transaction: TaskTransaction): Promise<void> => detach(() => call(transaction));
        await assert.rejects(bed.client.transaction(work), { code });
        assert.equal((await letter().get()).exists, false);
      });
    }
  });

  describe('in a handler', () => {
    const assertDead = async (
      code: string,
      run: (context: TaskContext) => Promise<unknown>,
    ): Promise<void> => {
      handle.callsFake(async (_payload, context) => {
        detach(() => run(context));
        // The handler would go on for long.
        await new Promise((_resolve, reject) =>
          context.signal.addEventListener('abort', () => reject(context.signal.reason)),
        );
      });
      const { state, error } = await attempt();
      assert.deepEqual([state, error?.code], ['dead', code]);
    };

    it('fails it at once by a step that is used wrongly', () =>
      assertDead('STEP_NAME_REPEATED', async ({ step }) => {
        await step('fold', async () => 1);
        await step('fold', async () => 2);
      }));

    it('fails it at once by a finish that is called twice', () =>
      assertDead('TASK_REFUSED', async ({ finish }) => {
        const finishing = finish(async () => {
          throw new Error('the paper is wet');
        });
        await finish(async () => {});
        await finishing;
      }));

    it('fails it at once by a misuse in its finish', () =>
      assertDead('WRITTEN_TWICE', ({ finish }) => finish(twice)));

    it('has it tried again after an error that a retry may mend', async () => {
      handle.callsFake(async (_payload, { finish }) => {
        detach(async () => {
          throw Object.assign(new Error('the provider is away'), { code: 'AWAY' });
        });
        await finish(async (transaction) => write(transaction));
      });
      const { state, error, attempts } = await attempt();
      assert.deepEqual([state, error?.code, attempts], ['pending', 'AWAY', 1]);
      assert.equal((await letter().get()).exists, false);
    });

    it('is logged where it fails after the finish, and the process goes on', async () => {
      const ended = Promise.withResolvers<void>();
      handle.callsFake(async (_payload, { finish }) => {
        detach(async () => {
          await ended.promise;
          throw new Error('the paper is wet');
        });
        await finish(async (transaction) => write(transaction));
      });
      assert.equal((await attempt()).state, 'succeeded');
      const logged = bed.nextLog(({ event }) => event === 'task.detached-error');
      ended.resolve();
      const line = await logged;
      assert.deepEqual([line['contract'], line['severity']], [foldLetter.name, 'ERROR']);
    });
  });

  it('of no task ends the process as it does without the runtime', async () => {
    await attempt();
    const ofMocha = process.listeners('uncaughtException').filter((listener) => listener !== unhandled);
    for (const listener of ofMocha) process.off('uncaughtException', listener);
    try {
      const failure = new Error('of no task');
      const caught = new Promise<unknown>((resolve) => unhandled.callsFake(resolve));
      void Promise.reject(failure);
      assert.equal(await caught, failure);
    } finally {
      for (const listener of ofMocha) process.on('uncaughtException', listener);
    }
    unhandled.reset();
  });
});
