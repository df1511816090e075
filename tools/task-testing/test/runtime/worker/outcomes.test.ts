import assert from 'node:assert/strict';
import { defineCatalogue, defineContract, defineUpCaster } from '@waybill/contract-kit';
import { defineHandler, type TaskContext } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';
import { aboutALetter } from '../letters.ts';

const older = defineContract({ ...aboutALetter, name: 'weigh-letter', description: 'Weighs a letter.' });
const weighLetter = defineContract({
  ...aboutALetter,
  name: 'weigh-letter',
  version: 2,
  description: 'Weighs a letter.',
  outcomes: ['too-heavy', 'no-scales'],
});
type Outcome = (typeof weighLetter.outcomes)[number];

describe('a declared outcome', () => {
  let bed: TaskTestBed;
  let handle: (context: TaskContext<Outcome>) => Promise<void>;

  before(async () => {
    bed = await startTaskTestBed({
      handlers: [defineHandler(weighLetter, { handle: (_payload, context) => handle(context) })],
      catalogue: defineCatalogue(
        [older, weighLetter],
        [defineUpCaster(older, weighLetter, (payload) => payload)],
      ),
    });
  });
  after(() => bed.close());

  const run = async (contract: typeof older | typeof weighLetter = weighLetter) => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(contract, { letterId: 'a' }, { subject: 'letters/a' }),
    );
    await bed.whenIdle();
    return { taskId, record: await bed.record(taskId) };
  };
  const write = (context: TaskContext<Outcome>, outcome?: Outcome): Promise<void> =>
    context.finish(
      async (transaction) =>
        transaction.set(bed.firestore.doc(`letters/${context.taskId}`), { weighed: true }),
      { outcome },
    );

  it('is kept with the success that it is, with the handler’s writes, and logged', async () => {
    handle = (context) => write(context, 'too-heavy');
    const logged = bed.nextLog(({ event }) => event === 'task.succeeded');
    const { taskId, record } = await run();
    assert.deepEqual([record.state, record.outcome, record.error], ['succeeded', 'too-heavy', null]);
    assert.equal((await bed.firestore.doc(`letters/${taskId}`).get()).get('weighed'), true);
    assert.equal((await logged)['outcome'], 'too-heavy');
    assert.equal((await bed.runtime.reader.find(taskId))?.outcome, 'too-heavy');
  });

  it('may be found in the finish’s transaction', async () => {
    for (const outcome of ['no-scales', undefined] as const) {
      handle = (context) =>
        context.finish(async (transaction) => {
          await transaction.get(bed.firestore.doc('scales/one'));
          return { outcome };
        });
      const { record } = await run();
      assert.deepEqual([record.state, record.outcome], ['succeeded', outcome]);
    }
  });

  it('is absent after plain success', async () => {
    handle = (context) => write(context);
    const { taskId, record } = await run();
    assert.equal(Object.hasOwn(record, 'outcome'), false);
    assert.equal((await bed.runtime.reader.find(taskId))?.outcome, undefined);
  });

  it('may be one of the newer version whose handler does the task', async () => {
    handle = (context) => write(context, 'too-heavy');
    const { record } = await run(older);
    assert.deepEqual([record.version, record.state, record.outcome], [1, 'succeeded', 'too-heavy']);
  });

  it('must be declared: the task is dead otherwise, and nothing is written', async () => {
    for (const finish of [
      // @ts-expect-error: the contract does not declare it
      (context: TaskContext<Outcome>) => write(context, 'lost'),
      (context: TaskContext<Outcome>) =>
        // @ts-expect-error: nor here
        context.finish(async (transaction) => {
          transaction.set(bed.firestore.doc(`letters/${context.taskId}`), { weighed: true });
          return { outcome: 'lost' };
        }),
    ]) {
      handle = finish;
      const { taskId, record } = await run();
      assert.deepEqual([record.state, record.error?.code], ['dead', 'OUTCOME_UNDECLARED']);
      assert.match(record.error?.message ?? '', /"lost", and weigh-letter v2 declares too-heavy, no-scales/);
      assert.equal((await bed.firestore.doc(`letters/${taskId}`).get()).exists, false);
    }
  });

  it('is the only thing that a finish takes: the task is dead otherwise, and nothing is written', async () => {
    const weigh = (context: TaskContext<Outcome>, result: unknown, options?: unknown) =>
      context.finish(
        async (transaction) => {
          transaction.set(bed.firestore.doc(`letters/${context.taskId}`), { weighed: true });
          return result as undefined;
        },
        options as { outcome: Outcome },
      );
    for (const finish of [
      // @ts-expect-error: a text is no outcome
      (context: TaskContext<Outcome>) => context.finish(async () => 'too-heavy'),
      // @ts-expect-error: misspelt
      (context: TaskContext<Outcome>) => context.finish(async () => ({ outcom: 'too-heavy' })),
      (context: TaskContext<Outcome>) => weigh(context, ['too-heavy']),
      (context: TaskContext<Outcome>) => weigh(context, null),
      (context: TaskContext<Outcome>) => weigh(context, undefined, { outcom: 'too-heavy' }),
      (context: TaskContext<Outcome>) => weigh(context, undefined, null),
    ]) {
      handle = finish;
      const { taskId, record } = await run();
      assert.deepEqual([record.state, record.error?.code], ['dead', 'FINISH_RESULT']);
      assert.equal((await bed.firestore.doc(`letters/${taskId}`).get()).exists, false);
    }
  });
});
