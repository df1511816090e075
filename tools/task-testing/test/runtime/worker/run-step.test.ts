import assert from 'node:assert/strict';
import { PermanentError, StepNotDoneError } from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import sinon from 'sinon';
import { bed, enqueue, handle, letterId, useLetters } from '../letters.ts';

describe('a task’s steps', () => {
  useLetters();

  it('are called once over several attempts, with the same key', async () => {
    const charge = sinon.stub().resolves({ chargeId: 'c1' });
    const results: unknown[] = [];
    handle.callsFake(async (_payload, context) => {
      results.push(await context.step('charge', charge));
      if (context.attempt === 1) throw new Error('crashed after the charge');
    });
    const { taskId } = await enqueue();
    await bed.whenIdle();
    bed.advance(1_000);
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'succeeded');
    assert.equal(charge.callCount, 1);
    assert.equal(charge.firstCall.args[0], `${taskId}:charge`);
    assert.deepEqual(results, [{ chargeId: 'c1' }, { chargeId: 'c1' }]);
  });

  it('get another key after the provider has refused', async () => {
    const keys: string[] = [];
    handle.callsFake(async (_payload, context) => {
      await context.step('charge', async (key) => {
        keys.push(key);
        if (keys.length === 1) throw new PermanentError('DECLINED', 'The card was declined');
      });
    });
    const { taskId } = await enqueue();
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'dead');
    await new TaskOperator(bed.runtime).replay(taskId, { by: 'ada', why: 'another card' });
    await bed.whenIdle();
    assert.deepEqual(keys, [`${taskId}:charge`, `${taskId}:charge:2`]);
  });

  it('go to a person when an attempt died in the middle of a call that must not be repeated', async () => {
    const calling = Promise.withResolvers<void>();
    const send = sinon.stub();
    send.onFirstCall().callsFake(() => {
      calling.resolve();
      // The process that made this call is gone, for all that anybody can tell.
      return new Promise(() => {});
    });
    handle.callsFake((_payload, context) => context.step('mail', send, { atMostOnce: true }));
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const gone = bed.deliver(taskId);
    await calling.promise;
    bed.advance(60_001);
    assert.equal((await bed.deliver(taskId)).status, 200);
    const record = await bed.record(taskId);
    assert.equal(record.state, 'dead');
    assert.equal(record.error?.code, 'OUTCOME_UNKNOWN');
    assert.equal(send.callCount, 1);
    assert.equal((await gone).status, 200);
  });

  it('may be repeated, also where at most once is wanted, if the call certainly had no effect', async () => {
    const send = sinon.stub();
    send.onFirstCall().rejects(new StepNotDoneError('refused', { cause: new Error('connection refused') }));
    send.onSecondCall().resolves();
    handle.callsFake((_payload, context) => context.step('mail', send, { atMostOnce: true }));
    const { taskId } = await enqueue();
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'pending');
    bed.advance(1_000);
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'succeeded');
    assert.equal(send.callCount, 2);
  });

  it('are looked up before a repeat whose outcome is not known', async () => {
    const charge = sinon.stub().rejects(new Error('timed out after charging'));
    const lookup = sinon.stub().resolves({ chargeId: 'found' });
    let result: unknown;
    handle.callsFake(async (_payload, context) => {
      result = await context.step('charge', charge, { lookup });
    });
    const { taskId } = await enqueue();
    await bed.whenIdle();
    assert.equal(lookup.callCount, 0);
    bed.advance(1_000);
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'succeeded');
    assert.equal(charge.callCount, 1);
    assert.deepEqual(result, { chargeId: 'found' });
  });

  it('are repeated with their key as long as the provider remembers it, and looked up only after that', async () => {
    const charge = sinon.stub().rejects(new Error('timed out'));
    const lookup = sinon.stub().resolves(undefined);
    handle.callsFake(async (_payload, context) => {
      await context.step('charge', charge, { lookup, remembersForSeconds: 60 });
    });
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    assert.equal((await bed.deliver(taskId)).status, 500);
    bed.advance(59_000);
    assert.equal((await bed.deliver(taskId)).status, 500);
    assert.deepEqual([charge.callCount, lookup.callCount], [2, 0]);
    // Counted from the first call: a repeat doesn't make a provider remember for longer.
    bed.advance(1_000);
    charge.resolves({ chargeId: 'c1' });
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.deepEqual([charge.callCount, lookup.callCount], [3, 1]);
    assert.equal(lookup.firstCall.args[0], `${taskId}:charge`);
    assert.deepEqual(new Set(charge.args.map(([key]) => key)), new Set([`${taskId}:charge`]));
  });

  it('go to a person when at most once is wanted and the outcome stays unknown', async () => {
    handle.callsFake(async (_payload, context) => {
      await context.step('mail', () => Promise.reject(new Error('connection lost')), { atMostOnce: true });
    });
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    assert.equal((await bed.deliver(taskId)).status, 200);
    const record = await bed.record(taskId);
    assert.equal(record.state, 'dead');
    assert.equal(record.error?.code, 'OUTCOME_UNKNOWN');
    assert.equal((await bed.firestore.doc(`burnt/${letterId}`).get()).exists, false, 'no compensation');
  });

  it('are made once more, or never, as the person says who found out', async () => {
    const operator = new TaskOperator(bed.runtime);
    const actor = { by: 'ada', why: 'asked the mail server' };
    for (const [verdict, calls] of [
      ['happened', 1],
      ['did-not-happen', 2],
    ] as const) {
      const mailed = sinon.stub().resolves('sent');
      mailed.onFirstCall().rejects(new Error('connection lost'));
      handle.callsFake(async (_payload, context) => {
        await context.step('mail', mailed, { atMostOnce: true });
      });
      const { taskId } = await enqueue();
      await bed.whenIdle();
      await assert.rejects(operator.replay(taskId, actor), { code: 'VERDICT_NEEDED', status: 409 });
      assert.equal((await bed.record(taskId)).state, 'dead');
      await operator.replay(taskId, actor, { verdict });
      await bed.whenIdle();
      assert.equal((await bed.record(taskId)).state, 'succeeded');
      assert.equal(mailed.callCount, calls);
    }
  });
});
