import assert from 'node:assert/strict';
import { PermanentError } from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import sinon from 'sinon';
import { bed, enqueue, handle, letterId, mail, mailLetter, subject, useLetters } from '../letters.ts';

describe('TaskOperator', () => {
  useLetters();

  const actor = { by: 'ada@example.com', why: 'a test' };
  let operator: TaskOperator;
  before(() => {
    operator = new TaskOperator(bed.runtime);
  });

  it('replays a dead letter with a mended payload, without a second charge', async () => {
    const charge = sinon.stub().resolves('c1');
    handle.onFirstCall().callsFake(async (_payload, context) => {
      await context.step('charge', charge);
      throw new PermanentError('NO_SUCH_LETTER', 'There is no such letter');
    });
    handle.onSecondCall().callsFake(async (payload, context) => {
      assert.equal(payload.letterId, `${letterId}-mended`);
      assert.equal(await context.step('charge', charge), 'c1');
    });
    const { taskId } = await enqueue();
    await bed.whenIdle();
    await operator.replay(taskId, actor, { payload: { letterId: `${letterId}-mended` } });
    await bed.whenIdle();
    const record = await bed.record(taskId);
    assert.equal(record.state, 'succeeded');
    assert.equal(charge.callCount, 1);
    assert.deepEqual(
      record.audit.map(({ action, by, why }) => ({ action, by, why })),
      [{ action: 'replay-mended', ...actor }],
    );
    await assert.rejects(operator.replay(taskId, actor), {
      code: 'TASK_STATE',
      status: 409,
      message: `Task ${taskId} can't be replayed: it must be dead, and is succeeded`,
    });
  });

  it('can’t replay with a payload that breaks the contract, and nothing changes', async () => {
    handle.rejects(new PermanentError('NO_SUCH_LETTER', 'There is no such letter'));
    const { taskId } = await enqueue();
    await bed.whenIdle();
    for (const payload of [{ letterId: 7 }, {}, [], '', 0, false, null]) {
      await assert.rejects(operator.replay(taskId, actor, { payload }), { code: 'CONTRACT_VIOLATION' });
    }
    const record = await bed.record(taskId);
    assert.equal(record.state, 'dead');
    assert.deepEqual(record.audit, []);
  });

  it('cancels what is pending: its delivery does nothing', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const { commitId } = await bed.record(taskId);
    await operator.cancel(taskId, actor);
    // A producer whose answer was lost looks for its own commit at that very time.
    assert.equal((await bed.record(taskId)).commitId, commitId);
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal(handle.callCount, 0);
    await assert.rejects(operator.cancel(taskId, actor), { code: 'TASK_STATE' });
  });

  it('cancels only what was never begun, where that is asked for', async () => {
    handle.onFirstCall().rejects(new Error('the paper is wet'));
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    assert.equal((await bed.deliver(taskId)).status, 500);
    await assert.rejects(operator.cancel(taskId, actor, { onlyUntried: true }), {
      code: 'TASK_STATE',
      message: `Task ${taskId} can't be cancelled: it must be pending, and never begun, and is pending`,
    });
    assert.equal((await bed.record(taskId)).state, 'pending');
    await operator.cancel(taskId, actor);
    const { taskId: untried } = await enqueue({ delaySeconds: 3_600 });
    await operator.cancel(untried, actor, { onlyUntried: true });
    assert.equal((await bed.record(untried)).state, 'cancelled');
  });

  it('compensates what it cancels in the same commit, and only that', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const compensating = new TaskOperator(bed.runtime, {
      onCancelled: async (cancelled, transaction) => {
        assert.equal(cancelled.taskId, taskId);
        assert.equal(cancelled.record.state, 'cancelled');
        transaction.enqueue(mailLetter, { letterId: `${letterId}-instead` }, { subject: subject() });
      },
    });
    await compensating.cancel(taskId, actor);
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'cancelled');
    assert.deepEqual(
      mail.args.map(([{ letterId: done }]) => done),
      [`${letterId}-instead`],
    );
    await assert.rejects(compensating.cancel(taskId, actor), { code: 'TASK_STATE' });

    const { taskId: kept } = await enqueue({ delaySeconds: 3_600 });
    const failing = new TaskOperator(bed.runtime, {
      onCancelled: async () => {
        throw new Error('it can’t be put right');
      },
    });
    await assert.rejects(failing.cancel(kept, actor), /can’t be put right/);
    assert.equal((await bed.record(kept)).state, 'pending');
    await operator.cancel(kept, actor);
  });

  it('says of an erased letter that it is discarded, not that its payload is wrong', async () => {
    handle.rejects(new PermanentError('NO_SUCH_LETTER', 'There is no such letter'));
    const { taskId } = await enqueue();
    await bed.whenIdle();
    await operator.erase(subject(), actor);
    await assert.rejects(operator.replay(taskId, actor), {
      code: 'TASK_STATE',
      message: `Task ${taskId} can't be replayed: it must be dead, and is discarded`,
    });
  });

  it('erases a subject’s tasks, but not while one is under way', async () => {
    const { taskId } = await enqueue();
    await bed.whenIdle();
    const { taskId: later } = await enqueue({ delaySeconds: 3_600 });
    await assert.rejects(operator.erase(subject(), actor), { code: 'TASK_STATE' });
    assert.notEqual((await bed.record(taskId)).payload, 'null');
    await operator.cancel(later, actor);
    assert.equal(await operator.erase(subject(), actor), 2);
    const record = await bed.record(taskId);
    assert.equal(record.payload, 'null');
    assert.equal(record.state, 'succeeded');
  });

  it('leaves of an erased task that it was enqueued: its key is not enqueued again', async () => {
    const dedupeKey = `folded-${letterId}`;
    const { taskId } = await enqueue({ dedupeKey });
    await bed.whenIdle();
    await operator.erase(subject(), actor);
    assert.deepEqual(await enqueue({ dedupeKey }), { taskId });
    await bed.whenIdle();
    assert.equal(handle.callCount, 1);
    assert.equal((await bed.record(taskId)).payload, 'null');
  });

  it('must say who and why, and name a task that exists', async () => {
    await assert.rejects(operator.cancel('x', { by: ' ', why: 'a test' }), { code: 'TASK_REFUSED' });
    await assert.rejects(operator.cancel('no-such-task', actor), { code: 'TASK_NOT_FOUND', status: 404 });
  });
});
