import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler } from '@waybill/task-runtime';
import { aboutALetter } from '../../test/runtime/letters.ts';
import { startTaskTestBed, type TaskTestBed } from '../bed/start-task-test-bed.ts';
import { withEachCrash } from './with-each-crash.ts';

const stampLetter = defineContract({ ...aboutALetter, name: 'stamp-letter', description: 'Buys a stamp.' });
const postLetter = defineContract({ ...aboutALetter, name: 'post-letter', description: 'Posts a letter.' });
const hastyLetter = defineContract({
  ...aboutALetter,
  name: 'hasty-letter',
  description: 'Posts it as it finishes.',
});
const blindLetter = defineContract({
  ...aboutALetter,
  name: 'blind-letter',
  description: 'Posts it blindly.',
});

describe('withEachCrash()', () => {
  let bed: TaskTestBed;
  /** What the provider outside has sold, by its keys, and how often it was asked without one. */
  const stamps = new Map<string, string>();
  let blindCalls: string[] = [];

  before(async () => {
    bed = await startTaskTestBed({
      handlers: [
        defineHandler(stampLetter, {
          async handle({ letterId }, context) {
            const stamp = await context.step('buy', async (key) => {
              stamps.set(key, stamps.get(key) ?? `stamp-${stamps.size}`);
              return stamps.get(key) ?? '';
            });
            await context.finish(async (transaction) => {
              const letter = bed.firestore.doc(`letters/${letterId}`);
              const times = ((await transaction.get(letter)).get('times') as number | undefined) ?? 0;
              transaction.set(letter, { stamp, times: times + 1 });
              transaction.enqueue(
                postLetter,
                { letterId },
                { subject: `letters/${letterId}`, delaySeconds: 7_200 },
              );
            });
          },
        }),
        defineHandler(postLetter, { handle: async () => {} }),
        defineHandler(hastyLetter, {
          handle: ({ letterId }, context) =>
            context.finish(async () => {
              blindCalls.push(letterId);
            }),
        }),
        defineHandler(blindLetter, {
          handle: async ({ letterId }, context) => {
            blindCalls.push(letterId);
            await context.step('seal', async () => {});
          },
        }),
      ],
    });
  });
  after(() => bed.close());
  beforeEach(() => {
    stamps.clear();
    blindCalls = [];
  });

  it('kills the worker before and after each of its transactions, and another does the rest', async () => {
    // Left behind by another test: no crash of this scenario's.
    await bed.client.transaction(async (transaction) =>
      transaction.enqueue(postLetter, { letterId: 'left' }, { subject: 'letters/left', delaySeconds: 3_600 }),
    );
    const points = await withEachCrash(bed, async ({ id }) => {
      const letterId = `letter-${id}`;
      const { taskId } = await bed.client.transaction(async (transaction) =>
        transaction.enqueue(stampLetter, { letterId }, { subject: `letters/${letterId}` }),
      );
      return async () => {
        const { state, followUps } = await bed.record(taskId);
        assert.equal(state, 'succeeded');
        assert.equal((await bed.record(followUps[0] ?? '')).state, 'succeeded');
        const letter = await bed.firestore.doc(`letters/${letterId}`).get();
        assert.equal(letter.get('times'), 1);
        assert.equal([...stamps.keys()].filter((key) => key.startsWith(taskId)).length, 1);
      };
    });
    // Claim, the step's result, finish of the one, and that the other was sent; claim and finish of the other, in one.
    const transactions = points.map(({ transaction, when }) => `${when} ${transaction}`);
    assert.deepEqual(
      transactions,
      [1, 2, 3, 4, 5].flatMap((n) => [`before ${n}`, `after ${n}`]),
    );
  });

  for (const [where, contract, place] of [
    [
      'outside a step',
      blindLetter,
      /with a crash just before the worker’s transaction 1 \(blind-letter running\): .*2 !== 1/s,
    ],
    [
      'in its finish',
      hastyLetter,
      /with a crash just before the worker’s transaction 1 \(hasty-letter succeeded\): .*2 !== 1/s,
    ],
  ] as const) {
    it(`tells of a handler that has an effect twice, ${where}, and where it was killed`, async () => {
      await assert.rejects(
        withEachCrash(bed, async ({ id }) => {
          await bed.client.transaction(async (transaction) =>
            transaction.enqueue(contract, { letterId: id }, { subject: `letters/${id}` }),
          );
          return async () => assert.equal(blindCalls.filter((called) => called === id).length, 1);
        }),
        place,
      );
    });
  }

  it('tells of a scenario that does nothing', async () => {
    await assert.rejects(
      withEachCrash(bed, async () => async () => {}),
      /changed no task/,
    );
  });
});
