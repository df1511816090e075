import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, PermanentError, type TaskContext } from '@waybill/task-runtime';
import { uncompensated } from '@waybill/task-runtime/internal';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';

const foldLetter = defineContract({
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  deadlineSeconds: 1,
  limits: { maxAttempts: 1 },
  schema: { type: 'object', additionalProperties: false },
  example: {},
});

describe('giving a task up', () => {
  const actor = { by: 'ada', why: 'a test' };
  let bed: TaskTestBed;
  let handle: (context: TaskContext) => Promise<void>;
  let onDead: (code: string) => Promise<void>;
  let compensated: string[];

  beforeEach(async () => {
    compensated = [];
    onDead = async (code) => void compensated.push(code);
    bed = await startTaskTestBed({
      handlers: [
        defineHandler(foldLetter, {
          handle: (_payload, context) => handle(context),
          onDead: ({ error }) => onDead(error.code),
        }),
      ],
    });
  });
  afterEach(() => bed.close());

  const enqueue = async (): Promise<string> =>
    bed.client.transaction(
      async (transaction) =>
        transaction.enqueue(foldLetter, {}, { subject: 'letters/a', delaySeconds: 3_600 }).taskId,
    );

  it('leaves it to a person if its last attempt died in a call that must not be repeated', async () => {
    const calling = Promise.withResolvers<void>();
    handle = (context) =>
      context.step(
        'mail',
        () => {
          calling.resolve();
          return new Promise<void>(() => {});
        },
        { atMostOnce: true },
      );
    const taskId = await enqueue();
    const gone = bed.deliver(taskId);
    await calling.promise;
    bed.advance(60_001);
    assert.equal((await bed.deliver(taskId)).status, 200);
    const { state, error } = await bed.record(taskId);
    assert.deepEqual([state, error?.code], ['dead', 'OUTCOME_UNKNOWN']);
    assert.match(error?.message ?? '', /Step "mail" .*; given up with ATTEMPTS_USED_UP: All 1 attempts/);
    assert.deepEqual(compensated, []);
    await assert.rejects(new TaskOperator(bed.runtime).replay(taskId, actor), { code: 'VERDICT_NEEDED' });
    assert.equal((await gone).status, 200);
  });

  it('says so in its record if what compensates for it fails, and tries again with the next delivery', async () => {
    handle = () => Promise.reject(new PermanentError('NO_SUCH_LETTER', 'There is no such letter'));
    onDead = () => Promise.reject(new TypeError('order is undefined'));
    const taskId = await enqueue();
    for (const _delivery of ['fails', 'has no attempt left']) {
      assert.equal((await bed.deliver(taskId)).status, 500);
      const { state, error, attempts, leaseUntilMs, dueAtMs } = await bed.record(taskId);
      assert.deepEqual([state, attempts, leaseUntilMs], ['pending', 1, null]);
      assert.deepEqual(error, {
        code: 'COMPENSATION_FAILED',
        message: `Task ${taskId} can't be given up, for its onDead failed with HANDLER_FAILED: order is undefined`,
        atMs: error?.atMs,
      });
      assert.equal(dueAtMs, (error?.atMs ?? 0) + 600_000);
    }
    onDead = async (code) => void compensated.push(code);
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal((await bed.record(taskId)).state, 'dead');
    assert.deepEqual(compensated, ['ATTEMPTS_USED_UP']);
  });

  it('says so also of a task that had no record yet', async () => {
    onDead = () => Promise.reject(new TypeError('order is undefined'));
    const post = (): Promise<Response> =>
      fetch(`${bed.workerUrl}/tasks/fold-letter/v1`, {
        method: 'POST',
        headers: { 'X-AppEngine-QueueName': 'letters', 'X-AppEngine-TaskName': 'by-hand' },
        body: 'not JSON',
      });
    assert.equal((await post()).status, 500);
    assert.equal((await bed.record('letters.by-hand')).error?.code, 'COMPENSATION_FAILED');
    onDead = async (code) => void compensated.push(code);
    assert.equal((await post()).status, 200);
    assert.equal((await bed.record('letters.by-hand')).state, 'dead');
    assert.deepEqual(compensated, ['CONTRACT_VIOLATION']);
  });

  it('leaves alone what has gone on while its compensation failed', async () => {
    const record = await bed.record(await enqueue());
    const before = { generation: 0, attemptId: 'one' };
    const held = { ...record, state: 'running', attemptId: 'one' } as const;
    assert.equal(uncompensated(held, before, 'why', 7)?.state, 'pending');
    for (const gone of [
      { ...held, attemptId: 'two' },
      { ...held, generation: 1 },
      { ...held, state: 'cancelled' } as const,
    ]) {
      assert.equal(uncompensated(gone, before, 'why', 7), undefined);
    }
  });

  it('does not take an error of the life before a replay for its last attempt’s', async () => {
    handle = () => Promise.reject(new PermanentError('NO_SUCH_LETTER', 'There is no such letter'));
    const taskId = await enqueue();
    await bed.deliver(taskId);
    const begun = Promise.withResolvers<void>();
    handle = () => {
      begun.resolve();
      return new Promise(() => {});
    };
    bed.advance(1_000);
    await new TaskOperator(bed.runtime).replay(taskId, actor);
    await begun.promise;
    bed.advance(60_001);
    await bed.deliver(taskId);
    assert.equal((await bed.record(taskId)).error?.message, 'All 1 attempts are used up');
  });
});
