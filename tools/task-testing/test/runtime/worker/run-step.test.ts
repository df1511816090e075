import assert from 'node:assert/strict';
import { PermanentError, StepNotDoneError, type StepOptions, type TaskContext } from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import sinon from 'sinon';
import { bed, enqueue, foldLetter, handle, letterId, useLetters } from '../letters.ts';

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

  it('give the recorded JSON in each attempt', async () => {
    const at = new Date('2026-11-30T00:00:00Z');
    const results: unknown[] = [];
    handle.callsFake(async (_payload, context) => {
      const result = await context.step('charge', async () => ({ at, note: undefined, list: [undefined] }));
      // The type says so too: a Date would have no toUpperCase().
      results.push(result, result.at.toUpperCase());
      if (context.attempt === 1) throw new Error('crashed after the charge');
    });
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.deliver(taskId);
    await bed.deliver(taskId);
    const recorded = { at: '2026-11-30T00:00:00.000Z', list: [null] };
    assert.deepEqual(results, [recorded, recorded.at, recorded, recorded.at]);
  });

  it('are refused where their result is no JSON', async () => {
    handle.callsFake(async (_payload, context) => {
      const circle: Record<string, unknown> = {};
      circle['self'] = circle;
      await context.step('charge', async () => circle);
    });
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.deliver(taskId);
    const { state, error } = await bed.record(taskId);
    assert.deepEqual([state, error?.code], ['dead', 'STEP_RESULT_NOT_JSON']);
  });

  for (const kind of ['an error with retryable: false', 'a StepNotDoneError'] as const) {
    it(`repeat a refusal by ${kind} where the worker died before its task was dead`, async () => {
      const keys: string[] = [];
      const declined = new PermanentError('DECLINED', 'The card was declined');
      const caught: unknown[] = [];
      handle.callsFake(async (_payload, context) => {
        try {
          await context.step('charge', async (key) => {
            keys.push(key);
            throw kind === 'a StepNotDoneError' ? new StepNotDoneError('no', { cause: declined }) : declined;
          });
        } catch (error) {
          const { code, message } = error as PermanentError;
          caught.push([error instanceof PermanentError, code, message]);
          // Between the record of the refusal and that of the death.
          if (keys.length === 1 && caught.length === 1) throw new Error('killed');
          throw error;
        }
      });
      const { taskId } = await enqueue({ delaySeconds: 3_600 });
      assert.equal((await bed.deliver(taskId)).status, 500);
      assert.equal((await bed.deliver(taskId)).status, 200);
      const { state, error } = await bed.record(taskId);
      assert.deepEqual([state, error?.code, error?.message], ['dead', 'DECLINED', 'The card was declined']);
      assert.deepEqual(caught, Array(2).fill([true, 'DECLINED', 'The card was declined']));
      assert.deepEqual(keys, [`${taskId}:charge`]);
      // Also when the sweep or a retry sends it under another name: a new key comes only after a replay.
      await new TaskOperator(bed.runtime).replay(taskId, { by: 'ada', why: 'another card' });
      await bed.whenIdle();
      assert.deepEqual(keys, [`${taskId}:charge`, `${taskId}:charge:2`]);
    });
  }

  it('keep their key after a call that never reached the provider', async () => {
    const keys: string[] = [];
    handle.callsFake(async (_payload, context) => {
      await context.step('charge', async (key) => {
        keys.push(key);
        if (keys.length === 1) throw new StepNotDoneError('no', { cause: new Error('connection refused') });
      });
    });
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.deliver(taskId);
    await bed.deliver(taskId);
    await bed.assertState(taskId, 'succeeded');
    assert.deepEqual(keys, [`${taskId}:charge`, `${taskId}:charge`]);
  });

  it('go to a person when at most once is wanted and an error of the code follows the call', async () => {
    const mailed = sinon.stub().rejects(new PermanentError('RECEIPT_TOO_LARGE', 'after the mail was sent'));
    handle.callsFake((_payload, context) => context.step('mail', { atMostOnce: true }, mailed));
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.deliver(taskId);
    const { state, error, steps } = await bed.record(taskId);
    assert.deepEqual([state, error?.code, steps['mail']?.state], ['dead', 'OUTCOME_UNKNOWN', 'started']);
    assert.match(error?.message ?? '', /RECEIPT_TOO_LARGE: only a StepNotDoneError says/);
    assert.equal((await bed.firestore.doc(`burnt/${letterId}`).get()).exists, false, 'no compensation');
  });

  it('are not recorded as refused for a fault of the code, or of a step inside', async () => {
    for (const [code, inner] of [
      ['STEP_NAME', (context: TaskContext) => context.step('Not Kebab', async () => {})],
      [
        'OUTCOME_UNKNOWN',
        (context: TaskContext) =>
          context.step('mail', { atMostOnce: true }, () => Promise.reject(new Error('connection lost'))),
      ],
    ] as const) {
      handle.callsFake((_payload, context) => context.step('outer', async () => void (await inner(context))));
      const { taskId } = await enqueue({ delaySeconds: 3_600 });
      await bed.deliver(taskId);
      const { error, steps } = await bed.record(taskId);
      assert.deepEqual([error?.code, steps['outer']], [code, undefined]);
    }
  });

  it('share a key among the tasks that want the same effect', async () => {
    const keys = new Set<string>();
    handle.callsFake(async (_payload, context) => {
      await context.step('charge', { effect: 'order-1' }, async (key) => void keys.add(key));
      await context.step('receipt', { effect: 'order 1, ü' }, async (key) => void keys.add(key));
    });
    const tasks = await Promise.all([enqueue(), enqueue(), enqueue(), enqueue()]);
    await bed.whenIdle();
    for (const { taskId } of tasks) await bed.assertState(taskId, 'succeeded');
    const [first = '', second = '', ...others] = keys;
    assert.deepEqual(others, []);
    assert.equal(first, 'fold-letter.charge:order-1');
    assert.match(second, /^fold-letter\.receipt:[0-9a-f]{64}$/);
  });

  it('keep the key of an older worker for a call that may have happened', async () => {
    const found = sinon.stub().resolves(undefined);
    const charge = sinon.stub().resolves('charged');
    handle.callsFake((_payload, context) =>
      context.step('charge', { effect: 'order-1', lookup: found }, charge),
    );
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const started = { state: 'started', tries: 1, startedAtMs: bed.clock.nowMs(), result: null };
    await bed.firestore.doc(`tasks/${taskId}`).update({ steps: { charge: started } });
    await bed.deliver(taskId);
    await bed.assertState(taskId, 'succeeded');
    assert.equal(found.firstCall.args[0], `${taskId}:charge`);
    assert.equal(charge.firstCall.args[0], `${taskId}:charge`);
  });

  it('are made again under a new key after a refusal that an older worker recorded', async () => {
    const keys: string[] = [];
    handle.callsFake(async (_payload, context) => {
      await context.step('charge', async (key) => void keys.push(key));
    });
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const refused = { state: 'refused', tries: 1, startedAtMs: 0, result: null };
    await bed.firestore.doc(`tasks/${taskId}`).update({ steps: { charge: refused } });
    await bed.deliver(taskId);
    await bed.assertState(taskId, 'succeeded');
    assert.deepEqual(keys, [`${taskId}:charge:2`]);
  });

  it('give a provider bounded keys, whatever the name of the task', async () => {
    const keys: string[] = [];
    handle.callsFake(async (_payload, context) => {
      await context.step('charge', async (key) => void keys.push(key));
    });
    const name = 'n'.repeat(300);
    const { taskId } = await bed.createWithoutRecord(foldLetter, { letterId }, { name });
    await bed.whenIdle();
    await bed.assertState(taskId, 'succeeded');
    assert.match(keys[0] ?? '', /^[0-9a-f]{64}:charge$/);
  });

  describe('are refused with options that contradict each other', () => {
    const lookup = async () => undefined;
    for (const [problem, options] of [
      // @ts-expect-error Without a lookup nothing is done about a forgotten key.
      ['remembersForSeconds needs a lookup', { remembersForSeconds: 60 } satisfies StepOptions<void>],
      // @ts-expect-error A call that can be looked up needs no operator.
      ['atMostOnce is for calls', { atMostOnce: true, lookup } satisfies StepOptions<void>],
      ['must be 0 or more, got NaN', { lookup, remembersForSeconds: Number.NaN }],
      ['effect must be a text', { effect: '' }],
    ] as const) {
      it(problem, async () => {
        const call = sinon.stub().resolves();
        handle.callsFake((_payload, context) => context.step('charge', options as StepOptions<void>, call));
        const { taskId } = await enqueue({ delaySeconds: 3_600 });
        await bed.deliver(taskId);
        const { state, error } = await bed.record(taskId);
        assert.deepEqual([state, error?.code, call.callCount], ['dead', 'STEP_OPTIONS', 0]);
        assert.ok(error?.message.includes(problem), error?.message);
      });
    }

    it('by the compiler, where lookup gives null for a call that never does', () => {
      // @ts-expect-error null is a result; undefined says that the call never happened.
      const options: StepOptions<{ id: string }> = { lookup: async () => null };
      assert.ok(options.lookup);
    });
  });
});
