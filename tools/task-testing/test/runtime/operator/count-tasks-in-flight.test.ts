import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, PermanentError } from '@waybill/task-runtime';
import { countTasksInFlight } from '@waybill/task-runtime/operator';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';

const version = (number: number) =>
  defineContract({
    name: 'fold-letter',
    version: number,
    description: 'Folds a letter.',
    queue: 'letters',
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['letter'],
      properties: { letter: { type: 'string' } },
    },
    example: { letter: 'a' },
  });
const [v1, v2] = [version(1), version(2)];

describe('countTasksInFlight()', () => {
  let bed: TaskTestBed;
  before(async () => {
    const handle = async ({ letter }: { letter: string }): Promise<void> => {
      if (letter === 'wet') throw new PermanentError('WET', 'The paper is wet');
    };
    bed = await startTaskTestBed({
      handlers: [defineHandler(v1, { handle }), defineHandler(v2, { handle })],
    });
  });
  after(() => bed.close());

  it('counts what waits and what is dead of each version, and nothing that is over', async () => {
    const enqueue = (contract: typeof v1, letter: string, delaySeconds: number): Promise<unknown> =>
      bed.client.transaction(async (transaction) =>
        transaction.enqueue(contract, { letter }, { subject: 'letters/1', delaySeconds }),
      );
    await enqueue(v1, 'dry', 0);
    await enqueue(v1, 'wet', 0);
    await enqueue(v1, 'dry', 3_600);
    // Beyond what Cloud Tasks takes: the ledger alone knows of it.
    await enqueue(v1, 'dry', 100 * 86_400);
    await enqueue(v2, 'dry', 3_600);
    await bed.whenIdle();
    const counted = await countTasksInFlight(bed.firestore, ['fold-letter']);
    assert.deepEqual(
      counted.toSorted((a, b) => a.version - b.version),
      [
        { contract: 'fold-letter', version: 1, waiting: 2, dead: 1 },
        { contract: 'fold-letter', version: 2, waiting: 1, dead: 0 },
      ],
    );
  });
});
