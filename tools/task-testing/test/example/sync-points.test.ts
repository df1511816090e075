import assert from 'node:assert/strict';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { startTaskTestBed, type TaskTestBed, withEachCrash } from '@waybill/task-testing';
import {
  createSyncPoints,
  createTellBalance,
  MemberUnknownError,
  ProviderBusyError,
  syncPoints,
  TextNotTakenError,
  tellBalance,
} from './sync-points.ts';

describe('sync-points, the example of docs/testing-handlers.md', () => {
  let bed: TaskTestBed;
  let operator: TaskOperator;
  const me = { by: 'ada@example.com', why: 'looked it up at the provider' };

  /** What the provider has credited, by its keys, and to whom texts went. */
  const credits = new Map<string, { memberId: string; points: number }>();
  const texts: string[] = [];
  /** What the next call to either throws. */
  let creditFailure: Error | undefined;
  let textFailure: Error | undefined;

  before(async () => {
    const dependencies = {
      // The bed makes its Firestore while the handlers are there already.
      get firestore() {
        return bed.firestore;
      },
      provider: {
        async credit(key: string, memberId: string, points: number) {
          if (creditFailure !== undefined) throw creditFailure;
          credits.set(key, { memberId, points });
          return { balance: creditsOf(memberId).reduce((sum, credit) => sum + credit.points, 0) };
        },
      },
      texts: {
        async send(memberId: string) {
          if (textFailure !== undefined) throw textFailure;
          texts.push(memberId);
        },
      },
    };
    bed = await startTaskTestBed({
      handlers: [createSyncPoints(dependencies), createTellBalance(dependencies)],
    });
    operator = new TaskOperator(bed.runtime);
  });
  after(() => bed.close());
  afterEach(() => {
    creditFailure = undefined;
    textFailure = undefined;
  });

  // Each test has an id of its own, for an order and its member: what others left behind is no concern of it.
  const enqueue = async (id: string): Promise<string> => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(syncPoints, { orderId: id, memberId: id, points: 10 }, { subject: `orders/${id}` }),
    );
    return taskId;
  };
  const creditsOf = (id: string) => [...credits.values()].filter(({ memberId }) => memberId === id);
  const textsTo = (id: string) => texts.filter((memberId) => memberId === id);
  const read = async (path: string) => (await bed.firestore.doc(path).get()).data();
  /** All that is to be there, once, after a success. */
  const assertCredited = async (id: string): Promise<void> => {
    assert.deepEqual(await read(`members/${id}`), { earned: 10, balance: 10 });
    assert.deepEqual(await read(`points/${id}`), { state: 'credited' });
    assert.equal(creditsOf(id).length, 1);
  };

  it('credits, texts, and tells the balance two hours later', async () => {
    const taskId = await enqueue('once');
    await bed.whenIdle();
    await bed.assertState(taskId, 'succeeded');
    await assertCredited('once');
    assert.equal(textsTo('once').length, 1);

    const [followUp = ''] = (await bed.record(taskId)).followUps;
    bed.advance(tellBalance.delaySeconds * 1_000 - 60_000);
    await bed.whenIdle();
    await bed.assertState(followUp, 'pending');
    bed.advance(60_000);
    await bed.whenIdle();
    await bed.assertState(followUp, 'succeeded');
    assert.deepEqual(await read('letters/once'), { times: 1 });
  });

  it('has one effect when it is delivered again, meanwhile and afterwards', async () => {
    const taskId = await enqueue('again');
    await Promise.all([bed.deliver(taskId), bed.deliver(taskId)]);
    await bed.whenIdle();
    assert.equal((await bed.deliver(taskId)).status, 200);
    await assertCredited('again');
    assert.equal(textsTo('again').length, 1);
  });

  it('comes out right wherever its worker is killed', async () => {
    const atAPerson: string[] = [];
    await withEachCrash(bed, async ({ id }) => {
      const taskId = await enqueue(id);
      return async () => {
        if ((await bed.record(taskId)).error?.code === 'OUTCOME_UNKNOWN') {
          atAPerson.push(id);
          assert.equal(await read(`points/${id}`), undefined);
          return;
        }
        await bed.assertState(taskId, 'succeeded');
        await assertCredited(id);
        assert.equal(textsTo(id).length, 1);
        assert.deepEqual(await read(`letters/${id}`), { times: 1 });
      };
    });
    // Between the intent to send the text, which is the third change, and its result.
    assert.deepEqual(atAPerson, ['after-3', 'before-4']);
    assert.equal(textsTo('after-3').length, 0);
    assert.equal(textsTo('before-4').length, 1);
  });

  it('waits as long as the provider asks for', async () => {
    creditFailure = new ProviderBusyError('too many requests');
    const taskId = await enqueue('busy');
    await bed.whenIdle();
    const { state, error } = await bed.record(taskId);
    assert.deepEqual([state, error?.code], ['pending', 'RETRY_LATER']);
    creditFailure = undefined;
    bed.advance(290_000);
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).attempts, 1);
    bed.advance(10_000);
    await bed.whenIdle();
    await assertCredited('busy');
  });

  it('texts again where the text was certainly not sent', async () => {
    textFailure = new TextNotTakenError('no such service');
    const taskId = await enqueue('refused');
    await bed.whenIdle();
    await bed.assertState(taskId, 'pending');
    textFailure = undefined;
    bed.advance(1_000);
    await bed.whenIdle();
    await assertCredited('refused');
    assert.equal(textsTo('refused').length, 1);
  });

  for (const [verdict, textsSince] of [
    ['happened', 0],
    ['did-not-happen', 1],
  ] as const) {
    it(`goes to a person where the text may have been sent, and on when it ${verdict}`, async () => {
      textFailure = new Error('socket hang up');
      const taskId = await enqueue(verdict);
      await bed.whenIdle();
      const { state, error } = await bed.record(taskId);
      assert.deepEqual([state, error?.code], ['dead', 'OUTCOME_UNKNOWN']);
      assert.equal(await read(`points/${verdict}`), undefined);
      textFailure = undefined;
      await assert.rejects(operator.replay(taskId, me), { code: 'VERDICT_NEEDED' });
      await operator.replay(taskId, me, { verdict });
      await bed.whenIdle();
      await assertCredited(verdict);
      assert.equal(textsTo(verdict).length, textsSince);
    });
  }

  it('does nothing once it is cancelled', async () => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(
        syncPoints,
        { orderId: 'cancelled', memberId: 'cancelled', points: 10 },
        { subject: 'orders/cancelled', delaySeconds: 600 },
      ),
    );
    await operator.cancel(taskId, me);
    bed.advance(600_000);
    await bed.whenIdle();
    await bed.assertState(taskId, 'cancelled');
    assert.equal(creditsOf('cancelled').length, 0);
  });

  it('is given up after its attempts, and the order says so', async () => {
    creditFailure = new Error('connect ECONNREFUSED');
    const taskId = await enqueue('away');
    await bed.whenSettled();
    const { state, error, attempts } = await bed.record(taskId);
    assert.deepEqual([state, error?.code], ['dead', 'ATTEMPTS_USED_UP']);
    assert.equal(attempts, syncPoints.limits.maxAttempts);
    assert.deepEqual(await read('points/away'), { state: 'failed', code: 'ATTEMPTS_USED_UP' });
  });

  it('is given up at once for a member that is unknown', async () => {
    creditFailure = new MemberUnknownError('no such member');
    const taskId = await enqueue('nobody');
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).attempts, 1);
    assert.deepEqual(await read('points/nobody'), { state: 'failed', code: 'MEMBER_UNKNOWN' });
  });

  it('is given up at once when its payload breaks the contract', async () => {
    const { taskId } = await bed.createWithoutRecord(syncPoints, { orderId: 'wrong', points: -1 });
    await bed.whenIdle();
    const { state, error } = await bed.record(taskId);
    assert.deepEqual([state, error?.code], ['dead', 'CONTRACT_VIOLATION']);
  });
});
