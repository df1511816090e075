import assert from 'node:assert/strict';
import { defineCatalogue, defineContract, defineUpCaster } from '@waybill/contract-kit';
import { createWorker, type DeadTask, defineHandler, PermanentError } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';

const definition = {
  name: 'fold-letter',
  description: 'Folds a letter.',
  queue: 'letters',
} as const;
const v1 = defineContract({
  ...definition,
  version: 1,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['letter'],
    properties: { letter: { type: 'string' } },
  },
  example: { letter: 'a' },
});
const v2 = defineContract({
  ...definition,
  version: 2,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['letter', 'folds'],
    properties: { letter: { type: 'string' }, folds: { type: 'integer', minimum: 1 } },
  },
  example: { letter: 'a', folds: 1 },
});
const v3 = defineContract({
  ...definition,
  version: 3,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['letterId', 'folds'],
    properties: { letterId: { type: 'string', maxLength: 10 }, folds: { type: 'integer', minimum: 1 } },
  },
  example: { letterId: 'a', folds: 1 },
});
const catalogue = defineCatalogue(
  [v1, v2, v3],
  [
    defineUpCaster(v1, v2, ({ letter }) => {
      if (letter === 'burnt') throw new TypeError('no paper');
      return { letter, folds: 1 };
    }),
    defineUpCaster(v2, v3, ({ letter, folds }) => ({ letterId: letter, folds })),
  ],
);

describe('a task of an older version', () => {
  const handled: unknown[] = [];
  const dead: DeadTask<unknown>[] = [];
  let bed: TaskTestBed;
  before(async () => {
    bed = await startTaskTestBed({
      catalogue,
      handlers: [
        defineHandler(v3, {
          async handle(payload) {
            handled.push(payload);
            if (payload.letterId === 'wet') throw new PermanentError('WET', 'The paper is wet');
          },
          async onDead(task) {
            dead.push(task);
          },
        }),
      ],
    });
  });
  after(() => bed.close());
  beforeEach(() => {
    handled.length = 0;
    dead.length = 0;
  });

  const run = async (contract: typeof v1 | typeof v2, payload: { letter: string; folds?: number }) => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(contract as typeof v1, payload, { subject: 'letters/1' }),
    );
    await bed.whenIdle();
    return bed.record(taskId);
  };

  it('is done by the newest version’s handler, its payload turned step by step', async () => {
    const record = await run(v1, { letter: 'a' });
    assert.equal(record.state, 'succeeded');
    assert.equal(record.version, 1);
    assert.deepEqual(handled, [{ letterId: 'a', folds: 1 }]);
  });

  it('takes only the steps that are left', async () => {
    assert.equal((await run(v2, { letter: 'a', folds: 3 })).state, 'succeeded');
    assert.deepEqual(handled, [{ letterId: 'a', folds: 3 }]);
  });

  it('is validated against its own version first', async () => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(v1, { letter: 'a' }, { subject: 'letters/1', delaySeconds: 3600 }),
    );
    await bed.firestore.doc(`tasks/${taskId}`).update({ payload: '{"letter":7}' });
    assert.equal((await bed.deliver(taskId)).status, 200);
    const { state, error } = await bed.record(taskId);
    assert.equal(state, 'dead');
    assert.equal(error?.code, 'CONTRACT_VIOLATION');
    assert.equal(error?.message, '/letter must be string, got number');
    assert.deepEqual(handled, []);
    assert.equal(dead[0]?.payload, undefined);
  });

  it('is dead, for a replay, where its up-caster throws; its payload is kept as it was', async () => {
    const record = await run(v1, { letter: 'burnt' });
    assert.equal(record.state, 'dead');
    assert.equal(record.attempts, 1);
    assert.deepEqual(record.error?.code, 'UP_CAST_FAILED');
    assert.equal(record.error?.message, 'Task "fold-letter" v1 to v3: the up-caster to v2 threw TypeError');
    assert.equal(record.payload, '{"letter":"burnt"}');
    assert.equal(dead[0]?.payload, undefined);
    assert.deepEqual(handled, []);
  });

  it('is dead where what its up-casters made breaks the newest version', async () => {
    const record = await run(v2, { letter: 'a letter that is too long', folds: 1 });
    assert.equal(record.state, 'dead');
    assert.equal(record.error?.code, 'UP_CAST_FAILED');
    assert.match(record.error?.message ?? '', /breaks v3: \/letterId must NOT have more than 10 characters/);
    assert.ok(!JSON.stringify(record.error).includes('too long'));
  });

  it('is compensated with the newest version’s payload', async () => {
    const record = await run(v1, { letter: 'wet' });
    assert.equal(record.error?.code, 'WET');
    assert.deepEqual(dead[0]?.payload, { letterId: 'wet', folds: 1 });
  });
});

describe('a worker without up-casters', () => {
  it('needs a handler for each version', () => {
    const options = {
      runtime: {
        catalogue: defineCatalogue([v1, v2, v3], [defineUpCaster(v1, v2, (old) => ({ ...old, folds: 1 }))]),
      },
      handlers: [defineHandler(v3, { handle: async () => {} })],
      service: 'worker',
    } as unknown as Parameters<typeof createWorker>[0];
    assert.throws(() => createWorker(options), {
      message: 'Worker: fold-letter v1 has no handler; fold-letter v2 has no handler',
    });
  });
});
