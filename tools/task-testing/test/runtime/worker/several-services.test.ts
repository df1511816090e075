import assert from 'node:assert/strict';
import { defineCatalogue, defineContract, defineUpCaster } from '@waybill/contract-kit';
import { createWorker, defineHandler } from '@waybill/task-runtime';
import { compensateByHandlers } from '@waybill/task-runtime/internal';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';
import { aboutALetter, foldLetter } from '../letters.ts';

const DAY_MS = 24 * 3_600_000;

const billLetter = defineContract({
  name: 'bill-letter',
  description: 'Bills a letter.',
  ...aboutALetter,
  service: 'billing',
  queue: 'bills',
});

const movedFold = { name: 'fold-letter', description: 'Folds a letter, and bills it.' } as const;

describe('createWorker() of one of several services', () => {
  const catalogue = defineCatalogue([foldLetter, billLetter]);
  const fold = defineHandler(foldLetter, { handle: async () => {} });
  const bill = defineHandler(billLetter, { handle: async () => {} });
  const create = (service: string, handlers: readonly unknown[], contracts = catalogue) =>
    createWorker({
      runtime: { catalogue: contracts },
      handlers,
      service,
    } as unknown as Parameters<typeof createWorker>[0]);

  it('needs the handlers of its own contracts alone', () => {
    create('worker', [fold]);
    create('billing', [bill]);
  });

  it('refuses the handler of another service’s contract', () => {
    assert.throws(() => create('worker', [fold, bill]), {
      code: 'CONTRACT_DEFINITION',
      message: 'Worker: the handler of bill-letter v1 belongs to the service "billing"',
    });
  });

  it('refuses a service that has no contract, and names those that have', () => {
    assert.throws(() => create('biling', []), {
      message:
        'Worker: the catalogue has no contract of the service "biling"; it has those of billing, worker',
    });
  });

  it('needs a handler of its own for a version that another service’s newer one replaces', () => {
    const moved = defineContract({ ...aboutALetter, ...movedFold, version: 2, service: 'billing' });
    const contracts = defineCatalogue([foldLetter, moved], [defineUpCaster(foldLetter, moved, (old) => old)]);
    const handler = defineHandler(moved, { handle: async () => {} });
    create('billing', [handler], contracts);
    create('worker', [fold], contracts);
    assert.throws(() => create('worker', [], contracts), { message: /fold-letter v1 has no handler/ });
  });
});

describe('tasks of several services', () => {
  let bed: TaskTestBed;
  /** Letters whose bill was given up, with the reason. */
  const givenUp = async (letterId: string): Promise<unknown> =>
    (await bed.firestore.doc(`unbilled/${letterId}`).get()).get('code');
  const isBilled = async (letterId: string): Promise<boolean> =>
    (await bed.firestore.doc(`bills/${letterId}`).get()).exists;

  before(async () => {
    bed = await startTaskTestBed({
      handlers: [
        defineHandler(foldLetter, {
          handle: async ({ letterId }, context) =>
            context.finish(async (transaction) => {
              transaction.enqueue(billLetter, { letterId }, { subject: context.subject });
            }),
        }),
        defineHandler(billLetter, {
          handle: async ({ letterId }, context) =>
            context.finish(async (transaction) =>
              transaction.set(bed.firestore.doc(`bills/${letterId}`), {}),
            ),
          onDead: async ({ payload, error }, transaction) =>
            transaction.set(bed.firestore.doc(`unbilled/${payload?.letterId}`), { code: error.code }),
        }),
      ],
    });
  });
  after(() => bed.close());

  const billsPath = (): string =>
    bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'bills');
  const enqueueBill = (letterId: string, delaySeconds = 0): Promise<{ taskId: string }> =>
    bed.client.transaction(async (transaction) =>
      transaction.enqueue(billLetter, { letterId }, { subject: `letters/${letterId}`, delaySeconds }),
    );

  it('are done by their own service, follow-ups of another one too', async () => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId: 'followed' }, { subject: 'letters/followed' }),
    );
    await bed.whenIdle();
    const [followUp = ''] = (await bed.record(taskId)).followUps;
    const { route, state } = await bed.record(followUp);
    assert.deepEqual({ service: route.service, state }, { service: 'billing', state: 'succeeded' });
    assert.equal(await isBilled('followed'), true);
  });

  it('are given up by their own service’s sweep, with its onDead', async () => {
    const { taskId } = await enqueueBill('purged', 3_600);
    await bed.cloudTasks.purgeQueue({ name: billsPath() });
    bed.advance(3_600_000 + 601_000);
    const { checked, dead } = await bed.sweep('worker');
    assert.deepEqual({ checked, dead }, { checked: 0, dead: 0 });
    await bed.assertState(taskId, 'pending');
    assert.equal((await bed.sweep('billing')).dead, 1);
    await bed.assertState(taskId, 'dead');
    assert.equal(await givenUp('purged'), 'PURGED');
  });

  it('are reported by another service’s sweep once nobody looks after them for ten minutes', async () => {
    await bed.cloudTasks.pauseQueue({ name: billsPath() });
    // So many that each shard has one: a sweep looks at one shard.
    const ids = await Promise.all(
      Array.from({ length: 150 }, (_, number) => enqueueBill(`neglected-${number}`)),
    );
    // A hundred seconds before and after the ten minutes: a slow machine needs some of them.
    bed.advance(60_000 + 500_000);
    assert.deepEqual((await bed.sweep('worker')).neglected, []);
    bed.advance(200_000);
    const logged = bed.nextLog(({ event }) => event === 'sweep.neglected');
    assert.deepEqual((await bed.sweep('worker')).neglected, ['billing']);
    const line = await logged;
    assert.deepEqual([line.severity, line['service']], ['ERROR', 'billing']);
    assert.equal((await bed.sweep('billing')).checked, ids.length);
    assert.deepEqual((await bed.sweep('worker')).neglected, []);
    await bed.cloudTasks.resumeQueue({ name: billsPath() });
    await bed.whenIdle();
  });

  it('wait where they are delivered to another service, and are not given up there', async () => {
    const { taskId } = await bed.createWithoutRecord(
      { ...billLetter, service: 'worker' },
      { letterId: 'misrouted' },
    );
    const logged = bed.nextLog(({ event }) => event === 'task.wrong-service');
    await bed.whenIdle();
    assert.equal((await logged).severity, 'ERROR');
    bed.advance(2 * DAY_MS);
    await bed.whenIdle();
    const { state, error, attempts, route } = await bed.record(taskId);
    assert.deepEqual([state, error?.code, attempts], ['pending', 'WRONG_SERVICE', 0]);
    assert.equal(route.service, 'billing', 'its own service sweeps it');
    assert.match(
      error?.message ?? '',
      /delivered to the service "worker", and "billing" does bill-letter v1/,
    );
    assert.equal((await bed.deliver(taskId)).status, 200);
    await bed.assertState(taskId, 'succeeded');
    assert.equal(await isBilled('misrouted'), true);
  });
});

describe('compensateByHandlers()', () => {
  it('fails for a task that has no handler here, and does not skip its onDead in silence', async () => {
    const record = { contract: 'bill-letter', version: 1, payload: '{}', error: { code: 'PURGED' } };
    const compensate = compensateByHandlers('worker', new Map());
    await assert.rejects(compensate({ taskId: 'a', record } as never, {} as never), {
      code: 'HANDLER_MISSING',
      message: /The service "worker" has no handler of bill-letter v1/,
    });
  });
});
