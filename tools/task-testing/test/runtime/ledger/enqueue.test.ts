import assert from 'node:assert/strict';
import { defineCatalogue, defineContract, defineUpCaster } from '@waybill/contract-kit';
import { type DeadTask, defineHandler, PermanentError, type TaskTransaction } from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';
import { aboutALetter } from '../letters.ts';

const ACTOR = { by: 'ada', why: 'a test' };
const older = defineContract({
  ...aboutALetter,
  name: 'fold-letter',
  description: 'Folds a letter.',
});
const foldLetter = defineContract({
  name: 'fold-letter',
  version: 2,
  description: 'Folds a letter.',
  queue: 'letters',
  subject: 'letters/{id}',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'folds'],
    properties: { id: { type: 'string' }, folds: { type: 'integer' } },
  },
  example: { id: 'a', folds: 1 },
});
const mailLetter = defineContract({ ...aboutALetter, name: 'mail-letter', description: 'Mails a letter.' });

describe('enqueue()', () => {
  let bed: TaskTestBed;
  let onDead: (dead: DeadTask<unknown>, transaction: TaskTransaction) => void;
  let number = 0;

  before(async () => {
    bed = await startTaskTestBed({
      handlers: [
        defineHandler(foldLetter, {
          handle: (payload, context) =>
            context.finish(async (transaction) => {
              transaction.enqueue(mailLetter, { letterId: payload.id }, { subject: context.subject });
            }),
        }),
        defineHandler(mailLetter, {
          handle: async ({ letterId }) => {
            if (letterId === 'lost') throw new PermanentError('LOST', 'It is lost');
          },
          onDead: async (dead, transaction) => onDead(dead, transaction),
        }),
      ],
      catalogue: defineCatalogue(
        [older, foldLetter, mailLetter],
        [defineUpCaster(older, foldLetter, ({ letterId }) => ({ id: letterId, folds: 1 }))],
      ),
    });
  });
  after(() => bed.close());
  beforeEach(() => {
    number += 1;
    onDead = () => {};
  });

  describe('with a key that another version of the contract has used', () => {
    const enqueueOlder = (letterId: string) =>
      bed.client.transaction(async (transaction) =>
        transaction.enqueue(
          older,
          { letterId },
          { subject: 'letters/x', dedupeKey: `key-${number}`, delaySeconds: 3_600 },
        ),
      );
    const enqueueNewer = (id: string, folds: number) =>
      bed.client.transaction(async (transaction) =>
        transaction.enqueue(foldLetter, { id, folds }, { dedupeKey: `key-${number}`, delaySeconds: 3_600 }),
      );

    it('is the same task if the payloads are, once both are converted to the newest version', async () => {
      const { taskId } = await enqueueOlder('a');
      assert.equal((await enqueueNewer('a', 1)).taskId, taskId);
      assert.equal((await enqueueOlder('a')).taskId, taskId);
      assert.equal((await bed.record(taskId)).version, 1);
      await assert.rejects(enqueueNewer('a', 2), { code: 'TASK_KEY_CONFLICT' });
      await assert.rejects(enqueueNewer('b', 1), { code: 'TASK_KEY_CONFLICT' });
    });

    it('is the same the other way round', async () => {
      const { taskId } = await enqueueNewer('a', 1);
      assert.equal((await enqueueOlder('a')).taskId, taskId);
      await assert.rejects(enqueueOlder('b'), { code: 'TASK_KEY_CONFLICT' });
    });

    it('is compared as it is with a version that is not known here', async () => {
      const { taskId } = await enqueueNewer('a', 1);
      await bed.firestore.doc(`tasks/${taskId}`).update({ version: 3 });
      assert.equal((await enqueueNewer('a', 1)).taskId, taskId);
      await assert.rejects(enqueueOlder('a'), { code: 'TASK_KEY_CONFLICT' });
    });
  });

  describe('of a subject', () => {
    it('takes what the contract makes of the payload, unless the call names another', async () => {
      const [derived, named] = await bed.client.transaction(async (transaction) => [
        transaction.enqueue(foldLetter, { id: 'one', folds: 1 }).taskId,
        transaction.enqueue(foldLetter, { id: 'one', folds: 1 }, { subject: 'letters/two' }).taskId,
      ]);
      assert.equal((await bed.record(derived ?? '')).subject, 'letters/one');
      assert.equal((await bed.record(named ?? '')).subject, 'letters/two');
      await bed.whenIdle();
    });

    it('refuses a task that has none', async () => {
      await assert.rejects(
        bed.client.transaction(async (transaction) => transaction.enqueue(mailLetter, { letterId: 'a' })),
        { code: 'TASK_REFUSED', message: /give its subject, or give its contract a subject template/ },
      );
      await assert.rejects(
        bed.client.transaction(async (transaction) =>
          transaction.enqueue(foldLetter, { id: 'a/b', folds: 1 }),
        ),
        { code: 'TASK_REFUSED' },
      );
    });

    it('gives an adopted task one that its follow-ups can have', async () => {
      const { status, taskId } = await bed.deliverWithoutRecord(foldLetter, { id: 'adopted', folds: 1 });
      assert.equal(status, 200);
      const { subject, followUps } = await bed.record(taskId);
      assert.equal(subject, 'letters/adopted');
      assert.equal((await bed.record(followUps[0] ?? '')).subject, 'letters/adopted');
    });

    it('gives an adopted task of a contract without a template its own', async () => {
      const { status, taskId } = await bed.deliverWithoutRecord(mailLetter, { letterId: 'a' });
      assert.equal(status, 200);
      assert.equal((await bed.record(taskId)).subject, `tasks/${taskId}`);
      const name = 'x'.repeat(500);
      const long = await bed.deliverWithoutRecord(mailLetter, { letterId: 'a' }, { name });
      assert.match((await bed.record(long.taskId)).subject, /^tasks\/[0-9a-f]{64}$/);
    });

    it('gives one to a task that an older worker has adopted without', async () => {
      const { taskId } = await bed.client.transaction(async (transaction) =>
        transaction.enqueue(foldLetter, { id: 'old', folds: 1 }, { delaySeconds: 3_600 }),
      );
      await bed.firestore.doc(`tasks/${taskId}`).update({ subject: '' });
      assert.equal((await bed.deliver(taskId)).status, 200);
      const { followUps } = await bed.record(taskId);
      assert.equal((await bed.record(followUps[0] ?? '')).subject, 'letters/old');
    });
  });

  for (const [what, options, message] of [
    ['an unknown option', { dedupkey: 'a' }, /no option "dedupkey": use .*dedupeKey/],
    ['a key that is a number', { dedupeKey: 5 }, /dedupeKey must be a text, got number/],
    ['a key that is null', { dedupeKey: null }, /dedupeKey must be a text/],
    ['a key with half of a character', { dedupeKey: '\ud800' }, /dedupeKey must be well-formed/],
    ['a time that is a text', { notBefore: '2027-01-01' }, /notBefore must be a valid Date/],
    ['a time that is null', { notBefore: null }, /notBefore must be a valid Date/],
    ['a delay that is a symbol', { delaySeconds: Symbol('s') }, /delaySeconds must be/],
    ['an empty version', { version: '' }, /version must be the id/],
    ['a version that is no id', { version: 'x y' }, /version must be the id/],
    ['a version that is a number', { version: 5 }, /version must be the id/],
    ['a subject that is a number', { subject: 5 }, /its subject must be/],
    ['a subject with half of a character', { subject: 'letters/\ud800' }, /its subject must be/],
  ] as const) {
    it(`refuses ${what}, and says where`, async () => {
      const refused = bed.client.transaction(async (transaction) =>
        transaction.enqueue(mailLetter, { letterId: 'a' }, { subject: 'letters/a', ...(options as object) }),
      );
      await assert.rejects(refused, { code: 'TASK_REFUSED', message });
      await assert.rejects(refused, { message: /\(at ledger\/enqueue\.test\.ts:\d+:\d+\)$/ });
    });
  }

  for (const [what, options] of [
    ['a delay that no date can hold', { delaySeconds: 1e12 }],
    ['a delay of more than ten years', { delaySeconds: 315_360_001 }],
    ['an infinite delay', { delaySeconds: Number.POSITIVE_INFINITY }],
    ['a negative delay', { delaySeconds: -1 }],
    ['a delay that is no number', { delaySeconds: '60' as unknown as number }],
    ['a time after the year 9999', { notBefore: new Date(253_402_300_800_000) }],
    ['a time that is none', { notBefore: new Date(Number.NaN) }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(
        bed.client.transaction(async (transaction) =>
          transaction.enqueue(mailLetter, { letterId: 'a' }, { subject: 'letters/a', ...options }),
        ),
        { code: 'TASK_REFUSED', message: /delaySeconds must be|notBefore must be/ },
      );
    });
  }

  it('takes a delay of ten years', async () => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(mailLetter, { letterId: 'a' }, { subject: 'letters/a', delaySeconds: 315_360_000 }),
    );
    assert.equal((await bed.record(taskId)).state, 'pending');
  });

  it('of a compensation with a key enqueues it once for each death, though the task is replayed', async () => {
    const compensations: string[] = [];
    onDead = (_dead, transaction) => {
      const { taskId } = transaction.enqueue(
        foldLetter,
        { id: 'compensated', folds: 1 },
        { dedupeKey: `undo-${number}` },
      );
      compensations.push(taskId);
    };
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(mailLetter, { letterId: 'lost' }, { subject: 'letters/lost' }),
    );
    await bed.whenIdle();
    const operator = new TaskOperator(bed.runtime);
    for (const _death of [2, 3]) {
      await operator.replay(taskId, ACTOR);
      await bed.whenIdle();
      assert.equal((await bed.record(taskId)).state, 'dead');
    }
    assert.equal(new Set(compensations).size, 3);
    for (const compensation of compensations) {
      assert.equal((await bed.record(compensation)).state, 'succeeded');
    }
  });
});
