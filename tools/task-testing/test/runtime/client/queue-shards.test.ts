import assert from 'node:assert/strict';
import { defineCatalogue, defineContract } from '@waybill/contract-kit';
import { defineHandler } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';

const foldLetter = defineContract({
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['letter'],
    properties: { letter: { type: 'string' }, copy: { type: 'boolean' } },
  },
  example: { letter: 'a' },
});
const SHARDS = ['letters-0', 'letters-1', 'letters-2', 'letters-3'];

describe('a task of a queue with shards', () => {
  let bed: TaskTestBed;
  let deliveredBy: Map<string, string>;

  beforeEach(async () => {
    deliveredBy = new Map();
    bed = await startTaskTestBed({
      catalogue: defineCatalogue([foldLetter], [], { letters: 4 }),
      handlers: [
        defineHandler(foldLetter, {
          async handle(payload, { taskId, delivery, finish }) {
            deliveredBy.set(taskId, delivery.queueName);
            if (payload.copy) return;
            await finish(async (transaction) => {
              transaction.enqueue(foldLetter, { ...payload, copy: true }, { subject: 'letters/1' });
            });
          },
        }),
      ],
    });
  });
  afterEach(() => bed.close());

  const enqueue = (options: { dedupeKey?: string; delaySeconds?: number } = {}): Promise<string> =>
    bed.client.transaction(
      async (transaction) =>
        transaction.enqueue(foldLetter, { letter: 'a' }, { subject: 'letters/1', ...options }).taskId,
    );

  it('goes to the shard that its id falls on, and its record says which', async () => {
    const taskIds = await Promise.all(
      Array.from({ length: 24 }, (_, index) => enqueue({ dedupeKey: `letter-${index}` })),
    );
    await bed.whenIdle();
    const used = new Set<string>();
    for (const taskId of taskIds) {
      const { state, queue } = await bed.record(taskId);
      assert.equal(state, 'succeeded');
      assert.equal(queue, bed.catalogue.physicalQueueOf('letters', taskId));
      assert.equal(deliveredBy.get(taskId), queue);
      used.add(queue);
    }
    assert.deepEqual([...used].sort(), SHARDS);
  });

  it('has follow-ups that do likewise', async () => {
    const [followUp = ''] = (await bed.record(await enqueueAndRun())).followUps;
    assert.equal((await bed.record(followUp)).queue, bed.catalogue.physicalQueueOf('letters', followUp));
    assert.equal(deliveredBy.get(followUp), bed.catalogue.physicalQueueOf('letters', followUp));
  });

  it('is looked for, when it is overdue, in the shard that its record names', async () => {
    const taskId = await enqueue({ delaySeconds: 3_600 });
    const { queue } = await bed.record(taskId);
    await bed.cloudTasks.pauseQueue({
      name: bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, queue),
    });
    bed.advance(2 * 3_600_000);
    await bed.whenIdle();
    const { checked, sent } = await bed.sweep();
    assert.deepEqual({ checked, sent }, { checked: 1, sent: 0 });
    assert.equal((await bed.record(taskId)).generation, 0);
  });

  async function enqueueAndRun(): Promise<string> {
    const taskId = await enqueue();
    await bed.whenIdle();
    return taskId;
  }
});
