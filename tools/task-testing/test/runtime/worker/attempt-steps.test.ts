import assert from 'node:assert/strict';
import { PermanentError, type TaskContext } from '@waybill/task-runtime';
import sinon from 'sinon';
import { bed, enqueue, handle, letterId, useLetters } from '../letters.ts';

describe('the steps of an attempt', () => {
  useLetters();

  /** Runs one attempt of a new task. */
  const run = async (handler: (context: TaskContext) => Promise<unknown>) => {
    handle.callsFake(async (_payload, context) => void (await handler(context)));
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.deliver(taskId);
    return { taskId, ...(await bed.record(taskId)) };
  };
  const assertMisuse = async (
    code: string,
    message: RegExp,
    handler: (context: TaskContext) => Promise<unknown>,
  ): Promise<void> => {
    const { state, error } = await run(handler);
    assert.deepEqual([state, error?.code], ['dead', code]);
    assert.match(error?.message ?? '', message);
  };
  const people = ['ada', 'grace', 'lin'];

  describe('have names of their own', () => {
    const repeated =
      /"text" twice in one attempt \(at worker\/attempt-steps\.test\.ts:\d+:\d+\), so .*use step\.each/;

    it('in a loop', async () => {
      const text = sinon.stub().resolves('sent');
      await assertMisuse('STEP_NAME_REPEATED', repeated, async (context) => {
        for (const person of people) await context.step('text', () => text(person));
      });
      assert.equal(text.callCount, 1);
    });

    it('in Promise.all, and the first call has its result recorded', async () => {
      const text = sinon.stub().callsFake(async (person: string) => {
        await new Promise((resolve) => setImmediate(resolve));
        return `to ${person}`;
      });
      const { state, error, steps } = await run((context) =>
        Promise.all(people.map((person) => context.step('text', () => text(person)))),
      );
      assert.deepEqual([state, error?.code], ['dead', 'STEP_NAME_REPEATED']);
      assert.match(error?.message ?? '', repeated);
      assert.deepEqual(text.args, [['ada']]);
      assert.equal(steps['text']?.result, '"to ada"');
    });

    it('also where the handler catches the refusal, and finishes', async () => {
      await assertMisuse('STEP_NAME_REPEATED', repeated, async (context) => {
        await Promise.allSettled(people.map((person) => context.step('text', async () => person)));
        await context.finish(async (transaction) =>
          transaction.set(bed.firestore.doc(`letters/${letterId}`), { folds: 1 }),
        );
      });
      assert.equal((await bed.firestore.doc(`letters/${letterId}`).get()).exists, false);
    });

    it('beside step.each and aliases', async () => {
      await assertMisuse('STEP_NAME_REPEATED', /"text" twice/, async (context) => {
        await context.step('text', async () => 1);
        await context.step.each('text', people, String, async () => 2);
      });
      await assertMisuse('STEP_NAME_REPEATED', /"text" twice/, async (context) => {
        await context.step('text', async () => 1);
        await context.step('tell', { aliases: ['text'] }, async () => 2);
      });
      await assertMisuse('STEP_NAME_REPEATED', /attempt \(at [^)]+\) \(at [^)]+\), so/, async (context) => {
        await context.step('text', async () => 1);
        await context.step('text', async () => 2);
      });
    });

    it('which are kebab case', async () => {
      await assertMisuse('STEP_NAME', /got "text ada"/, (context) => context.step('text ada', async () => 1));
    });
  });

  describe('of a list', () => {
    it('are made once each, with keys of their own, and not again in the next attempt', async () => {
      const text = sinon.stub().callsFake(async (person: string) => `to ${person}`);
      const results: unknown[] = [];
      const { taskId } = await run(async (context) => {
        results.push(await context.step.each('text', people, String, text));
        if (context.attempt === 1) throw new Error('crashed after the texts');
      });
      await bed.deliver(taskId);
      await bed.assertState(taskId, 'succeeded');
      assert.deepEqual(results, Array(2).fill(['to ada', 'to grace', 'to lin']));
      assert.deepEqual(
        text.args.map(([person, key]) => [person, key]),
        people.map((person) => [person, `${taskId}:text[${person}]`]),
      );
    });

    it('go on where the last attempt failed', async () => {
      const text = sinon.stub().resolves();
      text.onSecondCall().rejects(new Error('busy'));
      const { taskId, steps } = await run((context) => context.step.each('text', people, String, text));
      assert.deepEqual(Object.keys(steps), ['text[ada]']);
      await bed.deliver(taskId);
      await bed.assertState(taskId, 'succeeded');
      assert.deepEqual(
        text.args.map(([person]) => person),
        ['ada', 'grace', 'grace', 'lin'],
      );
    });

    for (const [concurrency, expected] of [
      [undefined, 1],
      [2, 2],
      [16, 10],
    ] as const) {
      it(`are at most ${expected} at a time with concurrency ${concurrency}`, async () => {
        let open = 0;
        let max = 0;
        const items = Array.from({ length: 10 }, (_none, index) => `i${index}`);
        const { state } = await run((context) =>
          context.step.each('call', items, String, { concurrency }, async () => {
            open += 1;
            max = Math.max(max, open);
            await new Promise((resolve) => setImmediate(resolve));
            open -= 1;
          }),
        );
        assert.deepEqual([state, max], ['succeeded', expected]);
      });
    }

    it('begin no further call after a failure, and keep what was begun', async () => {
      const begun: string[] = [];
      const { steps } = await run((context) =>
        context.step.each('call', ['a', 'b', 'c', 'd'], String, { concurrency: 2 }, async (item) => {
          begun.push(item);
          if (item === 'a') throw new Error('busy');
          return item;
        }),
      );
      assert.deepEqual(begun, ['a', 'b']);
      assert.deepEqual(Object.keys(steps), ['call[b]']);
    });

    it('are refused before any call where two have the same key, or one has none', async () => {
      const text = sinon.stub().resolves();
      await assertMisuse('STEP_KEY_REPEATED', /items 0 and 2 have the same key/, (context) =>
        context.step.each('text', ['ada', 'lin', 'ada'], String, text),
      );
      await assertMisuse('STEP_KEY', /none for item 1/, (context) =>
        context.step.each('text', [{ id: 'a' }, { id: '' }], ({ id }) => id, text),
      );
      await assertMisuse('STEP_OPTIONS', /concurrency must be 1 to 16, got 17/, (context) =>
        context.step.each('text', people, String, { concurrency: 17 }, text),
      );
      await assertMisuse('TOO_MANY_STEPS', /at most 100 steps/, (context) =>
        context.step.each(
          'text',
          Array.from({ length: 101 }, (_none, index) => `${index}`),
          String,
          text,
        ),
      );
      assert.equal(text.callCount, 0);
    });

    for (const [what, items] of [
      ['a promise', Promise.resolve(people)],
      ['an object', { ada: 1 }],
      ['a number', 3],
      ['an async generator', (async function* () {})()],
      ['undefined', undefined],
      ['a text', 'ada'],
    ] as const) {
      it(`are refused where the list is ${what}`, async () => {
        const place =
          /step\.each\("text"\) \(at worker\/attempt-steps\.test\.ts:\d+:\d+\): its items must be/;
        await assertMisuse('STEP_ITEMS', place, (context) =>
          context.step.each('text', items as unknown as string[], String, async () => 1),
        );
      });
    }

    it('are refused before any call where an option is unknown', async () => {
      const text = sinon.stub().resolves();
      await assertMisuse('STEP_OPTIONS', /no option "concurency"/, (context) =>
        context.step.each('text', people, String, { concurency: 2 } as object, text),
      );
      assert.equal(text.callCount, 0);
    });

    it('have no personal key in the record', async () => {
      const { steps } = await run((context) =>
        context.step.each('text', ['ada@example.com'], String, async () => 1),
      );
      const [name = ''] = Object.keys(steps);
      assert.match(name, /^text\[#[0-9a-f]{32}\]$/);
    });

    it('keep the names that they had as single steps', async () => {
      const refund = sinon.stub().resolves('refunded');
      const { taskId } = await run(async (context) => {
        if (context.attempt === 1) {
          await context.step('refund', refund);
          throw new Error('crashed between two versions');
        }
        const aliases = (_item: string, index: number) => [index === 0 ? 'refund' : `refund-${index + 1}`];
        await context.step.each('refunds', ['c1', 'c2'], String, { aliases }, (_item, key) => refund(key));
      });
      await bed.deliver(taskId);
      await bed.assertState(taskId, 'succeeded');
      assert.deepEqual(
        refund.args.map(([key]) => key),
        [`${taskId}:refund`, `${taskId}:refund-2`],
      );
    });
  });

  describe('are awaited', () => {
    const notAwaited =
      /did not wait for its step "text" \(at worker\/attempt-steps\.test\.ts:\d+:\d+\): await/;

    it('also one that has ended by the finish', async () => {
      await assertMisuse('STEP_NOT_AWAITED', notAwaited, async (context) => {
        void context.step('text', async () => 1);
        await context.step('other', async () => 2);
      });
    });

    it('also one that has failed by the finish', async () => {
      await assertMisuse('STEP_NOT_AWAITED', notAwaited, async (context) => {
        void context.step('text', () => Promise.reject(new Error('busy')));
        await context.step('other', async () => 2);
      });
    });

    it('also where the handler catches what finish() throws', async () => {
      await assertMisuse('STEP_NOT_AWAITED', notAwaited, async (context) => {
        void context.step('text', async () => 1);
        await context.finish(async () => {}).catch(() => {});
      });
    });

    it('by Promise.all, then() and async functions too', async () => {
      const { state } = await run(async (context) => {
        await Promise.all([context.step('a', async () => 1), context.step('b', async () => 2)]);
        await context.step('c', async () => 3).then((value) => value);
        await (async () => context.step('d', async () => 4))();
      });
      assert.equal(state, 'succeeded');
    });
  });

  it('are not begun in the finish, though the work catches the refusal', async () => {
    const call = sinon.stub().resolves();
    await assertMisuse(
      'STEP_AFTER_FINISH',
      /began its step "late" \(at .*\) in or after its finish/,
      (context) =>
        context.finish(async () => {
          await context.step('late', call).catch(() => {});
        }),
    );
    assert.equal(call.callCount, 0);
  });

  describe('begun after the end', () => {
    it('make no call, leave the process alive, and are reported', async () => {
      const call = sinon.stub().resolves();
      const committed = Promise.withResolvers<void>();
      let isPast = false;
      let later: Promise<void> | undefined;
      const { taskId, state } = await run(async (context) => {
        const mailOne = async (): Promise<void> => {
          await committed.promise;
          await context.step('mail', call);
          isPast = true;
        };
        later = mailOne();
      });
      assert.equal(state, 'succeeded');
      const logged = bed.nextLog(({ event }) => event === 'task.late-call');
      committed.resolve();
      // A rejection here ends the process in production.
      const line = await Promise.race([logged, later]);
      assert.deepEqual(
        [line?.severity, line?.['code'], line?.taskId, line?.['contract']],
        ['ERROR', 'STEP_AFTER_FINISH', taskId, 'fold-letter'],
      );
      assert.match(String(line?.['reason']), /"mail" \(at worker\/.*await everything/);
      assert.deepEqual([call.callCount, isPast, bed.takeLateCalls().length], [0, false, 1]);
    });

    it('make no call where the handler awaits them after its finish', async () => {
      const call = sinon.stub().resolves();
      const { state } = await run(async (context) => {
        await context.finish(async () => {});
        await context.step('mail', call);
      });
      assert.deepEqual([state, call.callCount, bed.takeLateCalls().length], ['succeeded', 0, 1]);
    });

    it('make no call and fail the attempt where nobody awaits them in the finish', async () => {
      const call = sinon.stub().resolves();
      let later: Promise<unknown> | undefined;
      await assertMisuse('STEP_AFTER_FINISH', /"mail"/, (context) =>
        context.finish(async () => {
          later = (async () => await context.step('mail', call))();
        }),
      );
      assert.equal(await Promise.race([later, Promise.resolve('pending')]), 'pending');
      assert.equal(call.callCount, 0);
    });
  });

  it('leave the process alive where a finish comes after the end', async () => {
    const ended = Promise.withResolvers<void>();
    let later: Promise<void> | undefined;
    const { taskId } = await run(async (context) => {
      later = ended.promise.then(() => context.finish(async () => {}));
    });
    const logged = bed.nextLog(({ event }) => event === 'task.late-call');
    ended.resolve();
    const line = await Promise.race([logged, later]);
    assert.deepEqual([line?.['code'], line?.taskId], ['TASK_REFUSED', taskId]);
    assert.equal(bed.takeLateCalls().length, 1);
  });

  describe('that nobody asks for again', () => {
    const asked = async (handler: (context: TaskContext) => Promise<unknown>) => {
      const { taskId } = await run(async (context) => {
        if (context.attempt > 1) return await handler(context);
        await context.step('charge', async () => 'charged');
        throw new Error('crashed, and another version takes over');
      });
      await bed.deliver(taskId);
      await bed.assertState(taskId, 'succeeded');
      return bed.logs.filter((line) => line['code'] === 'STEP_NOT_ASKED_FOR' && line['taskId'] === taskId);
    };

    it('are reported at the finish', async () => {
      const [line, ...others] = await asked((context) => context.step('charge-card', async () => 'twice'));
      assert.deepEqual(others, []);
      assert.equal(line?.['severity'], 'ERROR');
      assert.equal(line['event'], 'task.steps-not-asked-for');
      assert.deepEqual(line['steps'], ['charge']);
      assert.match(String(line['reason']), /made "charge", .* in `aliases`/);
    });

    it('are found by their aliases', async () => {
      const charge = sinon.stub().resolves('twice');
      const results: unknown[] = [];
      const lines = await asked(async (context) => {
        results.push(await context.step('charge-card', { aliases: ['charge'] }, charge));
      });
      assert.deepEqual([results, charge.callCount, lines], [['charged'], 0, []]);
    });

    it('are not reported where they had no effect', async () => {
      const { taskId } = await run(async (context) => {
        if (context.attempt > 1) return;
        await context
          .step('charge', () => Promise.reject(new PermanentError('DECLINED', 'no')))
          .catch(() => {});
        throw new Error('crashed');
      });
      await bed.deliver(taskId);
      await bed.assertState(taskId, 'succeeded');
      assert.equal(
        bed.logs.filter((line) => line['code'] === 'STEP_NOT_ASKED_FOR' && line['taskId'] === taskId).length,
        0,
      );
    });
  });

  it('are refused before any call where the call is no function', async () => {
    const mail = sinon.stub().resolves();
    for (const call of [undefined, null, 'mail', Promise.resolve()]) {
      await assertMisuse('STEP_CALL', /Step "text" \(at .*\): its call must be a function/, (context) =>
        context.step('text', call as unknown as typeof mail),
      );
      await assertMisuse('STEP_CALL', /its call must be a function/, (context) =>
        context.step.each('text', people, String, { lookup: mail }, call as unknown as typeof mail),
      );
    }
    assert.equal(mail.callCount, 0);
  });

  it('are refused before any call where the aliases are no list of names', async () => {
    const charge = sinon.stub().resolves();
    for (const aliases of ['charge', ['Über\n'], [7], [`x${'z'.repeat(60)}`]]) {
      await assertMisuse('STEP_OPTIONS', /Step "pay" \(at .*\): aliases must be a list/, (context) =>
        context.step('pay', { aliases: aliases as string[] }, charge),
      );
    }
    assert.equal(charge.callCount, 0);
  });

  it('have a first name that makes the key, where no record tells of the call', async () => {
    const keys: string[] = [];
    const { taskId } = await run(async (context) => {
      const call = async (key: string) => {
        keys.push(key);
        if (context.attempt === 1) throw new Error('the response is lost');
      };
      if (context.attempt === 1) await context.step('charge', call);
      else await context.step('charge-card', { aliases: ['charge'] }, call);
    });
    await bed.deliver(taskId);
    assert.deepEqual(keys, [`${taskId}:charge`, `${taskId}:charge`]);
  });

  it('have their results recorded where another one beside them fails', async () => {
    const slow = Promise.withResolvers<string>();
    const texts = sinon.stub().callsFake(() => slow.promise);
    const { taskId, steps } = await run(async (context) => {
      if (context.attempt > 1) return await context.step('text', { atMostOnce: true }, texts);
      const charge = context.step('charge', () => Promise.reject(new Error('busy')));
      // It ends after the handler has failed.
      charge.catch(() => setImmediate(() => slow.resolve('sent')));
      return await Promise.all([charge, context.step('text', { atMostOnce: true }, texts)]);
    });
    assert.deepEqual(
      Object.entries(steps).map(([name, { state }]) => [name, state]),
      [['text', 'done']],
    );
    await bed.deliver(taskId);
    await bed.assertState(taskId, 'succeeded');
    assert.equal(texts.callCount, 1);
  });

  it('stay within the limits of a record where they are parallel', async () => {
    const call = sinon.stub().callsFake(async () => 'x'.repeat(16 * 1024 - 2));
    const { state, error, taskId } = await run(async (context) => {
      await Promise.allSettled(
        Array.from({ length: 308 }, (_none, index) => context.step(`page-${index}`, call)),
      );
    });
    assert.deepEqual([state, error?.code], ['dead', 'TOO_MANY_STEPS']);
    assert.equal(call.callCount, 100);
    const record = await bed.record(taskId);
    assert.ok(Object.keys(record.steps).length <= 16, 'results of more than 256 KiB');
    assert.equal((await bed.firestore.doc(`burnt/${letterId}`).get()).get('code'), 'TOO_MANY_STEPS');
  });
});
