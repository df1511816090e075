import assert from 'node:assert/strict';
import { Timestamp } from '@google-cloud/firestore';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, PermanentError, type TaskContext, type TaskTransaction } from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';
import { aboutALetter } from '../letters.ts';

const foldLetter = defineContract({ ...aboutALetter, name: 'fold-letter', description: 'Folds a letter.' });

/** Called when a transition, which has read its record, asks the contract, and has not been committed yet. */
let beforeCommit: (() => void) | undefined;
const once = (): void => {
  const call = beforeCommit;
  beforeCommit = undefined;
  call?.();
};
const watched: typeof foldLetter = {
  ...foldLetter,
  get limits() {
    once();
    return foldLetter.limits;
  },
};

describe('a commit that lands while its answer is lost', function () {
  // Firestore's client waits about a second before it runs the transaction again.
  this.timeout(30_000);
  let bed: TaskTestBed;
  let handle: (payload: { letterId: string }, context: TaskContext) => Promise<void>;

  before(async () => {
    bed = await startTaskTestBed({
      handlers: [defineHandler(watched, { handle: (payload, context) => handle(payload, context) })],
    });
  });
  after(() => bed.close());

  /** Lets the next commit land unanswered, as soon as `landed` sees it, and then breaks the connection. */
  const loseResponse = async (landed: () => Promise<boolean>): Promise<void> => {
    bed.link.loseResponses();
    while (!(await landed())) await new Promise((resolve) => setImmediate(resolve));
    bed.link.cut();
  };
  const exists = async (path: string): Promise<boolean> => (await bed.firestore.doc(path).get()).exists;

  it('is recognised by the producer: the order is there once, with its task', async () => {
    handle = async () => {};
    let runs = 0;
    let losing: Promise<void> | undefined;
    const orders = bed.firestore.collection('orders');
    const { taskId } = await bed.client.transaction(async (transaction) => {
      runs += 1;
      await transaction.get(orders.doc('one'));
      // Without the check for its own commit a rerun would place a second order.
      transaction.create(orders.doc(`placed-in-run-${runs}`), { runs });
      const enqueued = transaction.enqueue(watched, { letterId: 'a' }, { subject: 'orders/one' });
      losing ??= loseResponse(() => exists('orders/placed-in-run-1'));
      return enqueued;
    });
    await losing;
    assert.deepEqual(
      (await orders.get()).docs.map(({ id }) => id),
      ['placed-in-run-1'],
    );
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'succeeded');
  });

  for (const [what, reads, dedupeKey] of [
    ['whose task exists already, by its key', true, 'taken'],
    ['that enqueues nothing', true, undefined],
    ['that reads nothing', false, undefined],
  ] as const) {
    it(`is recognised by a producer ${what}: its balance is changed once`, async () => {
      handle = async () => {};
      const account = bed.firestore.doc(`accounts/${what}`);
      await account.set({ balance: 100 });
      const enqueue = (transaction: TaskTransaction, key: string): void => {
        transaction.enqueue(watched, { letterId: 'a' }, { subject: 'letters/a', dedupeKey: key });
      };
      if (dedupeKey !== undefined)
        await bed.client.transaction(async (transaction) => enqueue(transaction, dedupeKey));
      await bed.whenIdle();
      let runs = 0;
      let losing: Promise<void> | undefined;
      const result = await bed.client.transaction(async (transaction) => {
        runs += 1;
        const balance = reads ? ((await transaction.get(account)).get('balance') as number) : 100 * runs;
        const run = runs;
        transaction.set(account, {
          balance: balance + 5,
          run,
          // After all reads: from here on the next response is the commit's.
          at: encodedTimestamp(() => {
            losing ??= loseResponse(async () => (await account.get()).get('run') === 1);
          }),
        });
        if (dedupeKey !== undefined) enqueue(transaction, dedupeKey);
        return `run ${runs}`;
      });
      await losing;
      const { balance, run } = (await account.get()).data() ?? {};
      assert.deepEqual([balance, run, result], [105, 1, 'run 1']);
      const marks = await bed.firestore.collection('taskCommits').get();
      const expireAtMs = marks.docs.map((mark) =>
        (mark.get('expireAt') as { toMillis(): number }).toMillis(),
      );
      assert.ok(expireAtMs.length > 0 && expireAtMs.every((atMs) => atMs > bed.clock.nowMs() + 80_000_000));
    });
  }

  it('leaves no mark where nothing is written, or a task tells of it', async () => {
    handle = async () => {};
    const count = async (): Promise<number> => (await bed.firestore.collection('taskCommits').get()).size;
    const before = await count();
    await bed.client.transaction(async (transaction) => transaction.get(bed.firestore.doc('accounts/none')));
    await bed.client.transaction(async (transaction) => {
      transaction.set(bed.firestore.doc('accounts/with-a-task'), { balance: 1 });
      transaction.enqueue(watched, { letterId: 'a' }, { subject: 'letters/a' });
    });
    await bed.whenIdle();
    assert.equal(await count(), before);
  });

  it('is recognised by a finish: one effect, its follow-up sent, the task answered as done', async () => {
    let losing: Promise<void> | undefined;
    let work = 0;
    handle = async ({ letterId }, context) => {
      if (letterId !== 'with-follow-up') return;
      await context.finish(async (transaction) => {
        work += 1;
        const letter = bed.firestore.doc(`letters/${letterId}`);
        const folds = ((await transaction.get(letter)).get('folds') as number | undefined) ?? 0;
        transaction.set(letter, { folds: folds + 1 });
        transaction.enqueue(watched, { letterId: 'follow-up' }, { subject: context.subject });
        losing ??= loseResponse(() => exists(`letters/${letterId}`));
      });
    };
    const done = bed.nextLog(({ event, subject }) => event === 'task.succeeded' && subject === 'letters/b');
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(watched, { letterId: 'with-follow-up' }, { subject: 'letters/b' }),
    );
    await done;
    await losing;
    await bed.whenIdle();
    const record = await bed.record(taskId);
    assert.equal(record.state, 'succeeded');
    assert.equal(record.attempts, 1);
    assert.equal(work, 1);
    assert.equal((await bed.firestore.doc('letters/with-follow-up').get()).get('folds'), 1);
    assert.equal((await bed.record(record.followUps[0] ?? '')).state, 'succeeded');
  });

  it('is recognised by a claim: it counts as one attempt', async () => {
    handle = async () => {};
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(watched, { letterId: 'c' }, { subject: 'letters/c', delaySeconds: 3_600 }),
    );
    let losing: Promise<void> | undefined;
    beforeCommit = () => {
      losing = loseResponse(async () => (await bed.record(taskId)).state === 'running');
    };
    assert.equal((await bed.deliver(taskId)).status, 200);
    await losing;
    assert.ok(losing !== undefined);
    const record = await bed.record(taskId);
    assert.equal(record.state, 'succeeded');
    assert.equal(record.attempts, 1);
  });

  it('is recognised by a failure: it is recorded once', async () => {
    let losing: Promise<void> | undefined;
    handle = async () => {
      beforeCommit = () => {
        losing = loseResponse(async () => (await bed.record(taskId)).state === 'pending');
      };
      throw new Error('the paper is wet');
    };
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(watched, { letterId: 'd' }, { subject: 'letters/d', delaySeconds: 3_600 }),
    );
    const response = await bed.deliver(taskId);
    assert.equal(response.status, 500);
    assert.deepEqual(await response.json(), { outcome: 'retry' });
    assert.ok(losing !== undefined);
    await losing;
    const record = await bed.record(taskId);
    assert.deepEqual(
      record.history.map(({ event }) => event),
      ['claimed', 'retry'],
    );
  });

  it('is recognised by an operator’s action: it is recorded once', async () => {
    handle = async () => {
      throw new PermanentError('NO_SUCH_LETTER', 'There is no such letter');
    };
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(watched, { letterId: 'e' }, { subject: 'letters/e' }),
    );
    await bed.whenIdle();
    const actor = {
      by: 'ada',
      // Read when the record is made, between the transaction's read and its commit.
      get why() {
        once();
        return 'a test';
      },
    };
    let losing: Promise<void> | undefined;
    beforeCommit = undefined;
    const operator = new TaskOperator(bed.runtime);
    const discarding = operator.discard(taskId, actor);
    beforeCommit = () => {
      losing = loseResponse(async () => (await bed.record(taskId)).state === 'discarded');
    };
    await discarding;
    assert.ok(losing !== undefined);
    await losing;
    assert.equal((await bed.record(taskId)).audit.length, 1);
  });
});

/** A time that tells when Firestore's client (9.4.1) encodes it: when a commit is made. */
function encodedTimestamp(onEncoded: () => void): Timestamp {
  const timestamp = Timestamp.fromMillis(0) as Timestamp & { toProto(): unknown };
  const toProto = timestamp.toProto.bind(timestamp);
  timestamp.toProto = () => {
    onEncoded();
    return toProto();
  };
  return timestamp;
}
