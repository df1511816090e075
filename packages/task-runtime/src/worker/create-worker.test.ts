import assert from 'node:assert/strict';
import { defineCatalogue, defineContract } from '@waybill/task-contracts';
import sinon from 'sinon';
import { TaskOperator } from '../client/task-operator.ts';
import { PermanentError, RetryLaterError, StepNotDoneError } from '../errors.ts';
import { startTaskTestBed, type TaskTestBed } from '../testing/task-test-bed.ts';
import { createWorker } from './create-worker.ts';
import { defineHandler, type TaskContext } from './task-handler.ts';

const foldLetter = defineContract({
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  deadlineSeconds: 1,
  limits: { maxAttempts: 3, maxAgeSeconds: 3_600 },
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['letterId'],
    properties: { letterId: { type: 'string' } },
  },
  example: { letterId: 'a' },
});
const mailLetter = defineContract({
  name: 'mail-letter',
  version: 1,
  description: 'Mails a letter.',
  queue: 'letters',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['letterId'],
    properties: { letterId: { type: 'string' } },
  },
  example: { letterId: 'a' },
});

const pressLetter = defineContract({
  name: 'press-letter',
  version: 1,
  description: 'Presses a letter flat, once its ink is dry.',
  queue: 'letters',
  delaySeconds: 7_200,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['letterId'],
    properties: { letterId: { type: 'string' } },
  },
  example: { letterId: 'a' },
});

interface Letter {
  letterId: string;
}
type Handle = (payload: Letter, context: TaskContext) => Promise<void>;

describe('a task’s way through the worker', () => {
  const handle = sinon.stub<Parameters<Handle>, ReturnType<Handle>>();
  const mail = sinon.stub<Parameters<Handle>, ReturnType<Handle>>();
  let bed: TaskTestBed;
  let letters = 0;
  let letterId: string;

  before(async () => {
    bed = await startTaskTestBed({
      handlers: [
        defineHandler(foldLetter, {
          handle: (payload, context) => handle(payload, context),
          onDead: async ({ payload, error }, transaction) => {
            const id = payload?.letterId ?? 'unreadable';
            transaction.set(bed.firestore.doc(`burnt/${id}`), { code: error.code });
          },
        }),
        defineHandler(mailLetter, { handle: (payload, context) => mail(payload, context) }),
        defineHandler(pressLetter, { handle: async () => {} }),
      ],
    });
  });
  after(() => bed.close());
  beforeEach(() => {
    letters += 1;
    letterId = `letter-${letters}`;
    handle.reset();
    mail.reset();
    // What a handler does by default: one write of its own, which counts how often it took effect.
    handle.callsFake(async (payload, context) => {
      const letter = bed.firestore.doc(`letters/${payload.letterId}`);
      await context.finish(async (transaction) => {
        const folds = ((await transaction.get(letter)).get('folds') as number | undefined) ?? 0;
        transaction.set(letter, { folds: folds + 1 });
      });
    });
    mail.resolves();
  });

  const subject = (): string => `letters/${letterId}`;
  const folds = async (): Promise<unknown> =>
    (await bed.firestore.doc(`letters/${letterId}`).get()).get('folds');
  const enqueue = (
    options: { delaySeconds?: number; dedupeKey?: string } = {},
  ): Promise<{ taskId: string }> =>
    bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId }, { subject: subject(), ...options }),
    );

  it('is enqueued, delivered, and done', async () => {
    const { taskId } = await enqueue();
    await bed.whenIdle();
    const record = await bed.record(taskId);
    assert.equal(record.state, 'succeeded');
    assert.equal(record.attempts, 1);
    assert.equal(record.dueAtMs, null);
    assert.ok(record.expireAtMs !== null);
    assert.deepEqual(
      record.history.map(({ event }) => event),
      ['claimed', 'succeeded'],
    );
    assert.equal(await folds(), 1);
    const { delivery } = handle.firstCall.args[1];
    assert.equal(delivery.queueName, 'letters');
    assert.equal(delivery.taskName, `${taskId}-g0`);
  });

  it('does not exist if the producer’s transaction fails', async () => {
    let taskId = '';
    await assert.rejects(
      bed.client.transaction(async (transaction) => {
        ({ taskId } = transaction.enqueue(foldLetter, { letterId }, { subject: subject() }));
        throw new Error('changed my mind');
      }),
      { message: 'changed my mind' },
    );
    await bed.whenIdle();
    assert.equal((await bed.firestore.doc(`tasks/${taskId}`).get()).exists, false);
    assert.equal(handle.callCount, 0);
  });

  it('has one effect when it is delivered 20 times at once', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => bed.deliver(taskId)));
    const statuses = answers.map(({ status }) => status);
    assert.ok(statuses.includes(200));
    assert.ok(statuses.every((status) => status === 200 || status === 409));
    assert.equal(handle.callCount, 1);
    assert.equal(await folds(), 1);
    assert.equal((await bed.deliver(taskId)).status, 200, 'a late duplicate is dropped');
    assert.equal(handle.callCount, 1);
  });

  it('waits while another attempt runs, and is not answered as done', async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    handle.callsFake(async () => {
      started.resolve();
      await release.promise;
    });
    const { taskId } = await enqueue();
    await started.promise;
    const duplicate = await bed.deliver(taskId);
    assert.equal(duplicate.status, 409);
    assert.deepEqual(await duplicate.json(), { outcome: 'lease-alive' });
    release.resolve();
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'succeeded');
    assert.equal(handle.callCount, 1);
  });

  it('is delivered again after a failure, by Cloud Tasks', async () => {
    handle.onFirstCall().rejects(new Error('the paper is wet'));
    const { taskId } = await enqueue();
    await bed.whenIdle();
    const waiting = await bed.record(taskId);
    assert.equal(waiting.state, 'pending');
    assert.equal(waiting.leaseUntilMs, null);
    assert.equal(waiting.error?.message, 'the paper is wet');
    bed.advance(1_000);
    await bed.whenIdle();
    const record = await bed.record(taskId);
    assert.equal(record.state, 'succeeded');
    assert.equal(record.attempts, 2);
    assert.equal(record.error, null);
  });

  it('is dead once its attempts are used up, and compensated in the same commit', async () => {
    handle.rejects(new Error('the paper is wet'));
    const { taskId } = await enqueue();
    await bed.whenIdle();
    for (const _retry of [2, 3, 4]) {
      bed.advance(1_000);
      await bed.whenIdle();
    }
    const record = await bed.record(taskId);
    assert.equal(record.state, 'dead');
    assert.equal(record.attempts, 3);
    assert.equal(record.error?.code, 'ATTEMPTS_USED_UP');
    assert.match(record.error.message, /HANDLER_FAILED: the paper is wet/);
    assert.equal(handle.callCount, 3);
    assert.equal((await bed.firestore.doc(`burnt/${letterId}`).get()).get('code'), 'ATTEMPTS_USED_UP');
  });

  it('is dead at once after a permanent error, and answered 200', async () => {
    handle.rejects(new PermanentError('NO_SUCH_LETTER', 'There is no such letter'));
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    assert.equal((await bed.deliver(taskId)).status, 200);
    const record = await bed.record(taskId);
    assert.equal(record.state, 'dead');
    assert.equal(record.error?.code, 'NO_SUCH_LETTER');
    assert.equal(record.expireAtMs, null);
    assert.equal((await bed.firestore.doc(`burnt/${letterId}`).get()).get('code'), 'NO_SUCH_LETTER');
  });

  it('fails its attempt at the deadline even if the handler goes on', async () => {
    handle.callsFake(() => new Promise(() => {}));
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const answer = await bed.deliver(taskId);
    assert.equal(answer.status, 500);
    const record = await bed.record(taskId);
    assert.equal(record.state, 'pending');
    assert.equal(record.error?.code, 'DEADLINE_EXCEEDED');
  });

  it('is taken over once the lease of a dead attempt has run out, and the old attempt can write nothing', async () => {
    const zombie = Promise.withResolvers<void>();
    const woken = Promise.withResolvers<void>();
    handle.onFirstCall().callsFake(async (payload, context) => {
      zombie.resolve();
      await woken.promise;
      await context.finish(async (transaction) => {
        transaction.set(bed.firestore.doc(`letters/${payload.letterId}`), { folds: 'by a zombie' });
      });
    });
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const first = bed.deliver(taskId);
    await zombie.promise;
    bed.advance(60_001);
    assert.equal((await bed.deliver(taskId)).status, 200);
    woken.resolve();
    const late = await first;
    assert.equal(late.status, 200);
    assert.deepEqual(await late.json(), { outcome: 'lost' });
    assert.equal(await folds(), 1);
    assert.equal((await bed.record(taskId)).attempts, 2);
  });

  it('is delivered when its delay is over, not before', async () => {
    const { taskId } = await enqueue({ delaySeconds: 86_400 });
    const record = await bed.record(taskId);
    assert.ok(record.sentAtMs !== null);
    assert.equal(record.notBeforeMs, record.createdAtMs + 86_400_000);
    assert.equal(record.dueAtMs, record.notBeforeMs + 600_000);
    bed.advance(86_400_000 - 60_000);
    await bed.whenIdle();
    assert.equal(handle.callCount, 0);
    bed.advance(60_000);
    await bed.whenIdle();
    assert.equal(handle.callCount, 1);
    assert.equal((await bed.record(taskId)).state, 'succeeded');
  });

  it('waits as long as its contract says where the call says nothing', async () => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(pressLetter, { letterId }, { subject: subject() }),
    );
    const record = await bed.record(taskId);
    assert.equal(record.notBeforeMs, record.createdAtMs + 7_200_000);
    const { taskId: sooner } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(pressLetter, { letterId }, { subject: subject(), delaySeconds: 0 }),
    );
    assert.equal((await bed.record(sooner)).notBeforeMs, null);
    await assert.rejects(
      bed.client.transaction(async (transaction) =>
        transaction.enqueue(pressLetter, { letterId }, { subject: subject(), version: 'v1' }),
      ),
      { code: 'TASK_REFUSED' },
    );
  });

  it('enqueues follow-ups in its finish, which inherit its subject', async () => {
    handle.callsFake(async (payload, context) => {
      await context.finish(async (transaction) => {
        transaction.enqueue(mailLetter, payload, { subject: context.subject });
      });
    });
    const { taskId } = await enqueue();
    await bed.nextLog(({ event, task }) => event === 'task.succeeded' && task === 'mail-letter');
    const { followUps } = await bed.record(taskId);
    assert.equal(followUps.length, 1);
    const followUp = await bed.record(followUps[0] ?? '');
    assert.equal(followUp.parent, taskId);
    assert.equal(followUp.subject, subject());
    assert.equal(mail.callCount, 1);
  });

  it('is one task for one dedupe key, and refuses the key for another payload', async () => {
    const [one, two] = await Promise.all([
      enqueue({ dedupeKey: letterId }),
      enqueue({ dedupeKey: letterId }),
    ]);
    assert.equal(one.taskId, two.taskId);
    await bed.whenIdle();
    assert.equal(await folds(), 1);
    await assert.rejects(
      bed.client.transaction(async (transaction) =>
        transaction.enqueue(foldLetter, { letterId: 'other' }, { subject: subject(), dedupeKey: letterId }),
      ),
      { code: 'TASK_KEY_CONFLICT', retryable: false },
    );
  });

  describe('with a body that breaks the contract', () => {
    const post = async (name: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response> =>
      fetch(`${bed.workerUrl}/tasks/fold-letter/v1`, {
        method: 'POST',
        headers: { 'X-AppEngine-QueueName': 'letters', 'X-AppEngine-TaskName': name },
        body,
      });

    for (const [kind, body, reason] of [
      ['a wrong member', '{"letterId": 7}', '/letterId must be string, got number'],
      ['no JSON', 'letter', 'its body is not JSON'],
      ['nothing', '', 'it has no body'],
      ['bytes that are no text', new Uint8Array([0x22, 0xff, 0x22]), 'its body is not text in UTF-8'],
      [
        'JSON too deep to be written again',
        '['.repeat(100_000) + ']'.repeat(100_000),
        'its body is nested in more than 100 levels',
      ],
      [
        'JSON that grows beyond a payload when it is written again',
        `[${'1e20,'.repeat(50_000)}1]`,
        'its body has 1100003 bytes, written as a record keeps it; at most 524288 are a payload',
      ],
      ['text that grows likewise', '\u0001'.repeat(200_000), 'its body is not JSON'],
    ] as const) {
      it(`is recorded as dead with the reason, for ${kind}`, async () => {
        const name = `from-gcloud-${letters}`;
        const answer = await post(name, body);
        assert.equal(answer.status, 200);
        assert.deepEqual(await answer.json(), { outcome: 'dead' });
        const record = await bed.record(name);
        assert.equal(record.state, 'dead');
        assert.equal(record.error?.code, 'CONTRACT_VIOLATION');
        assert.equal(record.error.message, reason);
        assert.equal(handle.callCount, 0);
        assert.equal((await post(name, body)).status, 200);
      });
    }

    it('is adopted if it is well and only has no record yet', async () => {
      const name = `from-gcloud-${letters}`;
      assert.equal((await post(name, JSON.stringify({ letterId }))).status, 200);
      assert.equal((await bed.record(name)).state, 'succeeded');
      assert.equal((await post(name, JSON.stringify({ letterId }))).status, 200);
      assert.equal(await folds(), 1);
    });

    it('uses the enqueued payload where there is one', async () => {
      const { taskId } = await enqueue({ delaySeconds: 3_600 });
      assert.equal((await bed.deliver(taskId, { body: { letterId: 'forged' } })).status, 200);
      assert.equal(await folds(), 1);
      assert.ok(bed.logs.some(({ event, taskId: id }) => event === 'task.other-body' && id === taskId));
    });
  });

  it('is not done by the handler of another contract', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const answer = await fetch(`${bed.workerUrl}/tasks/mail-letter/v1`, {
      method: 'POST',
      headers: { 'X-AppEngine-QueueName': 'letters', 'X-AppEngine-TaskName': `${taskId}-g0` },
      body: JSON.stringify({ letterId }),
    });
    assert.equal(answer.status, 409);
    assert.deepEqual(await answer.json(), { outcome: 'mismatch' });
    assert.equal(mail.callCount, 0);
    assert.equal((await bed.record(taskId)).state, 'pending');
    await new TaskOperator(bed.client).cancel(taskId, { by: 'ada', why: 'the end of the test' });
  });

  it('waits for a worker with its own schema if this one’s refuses its payload', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    // As a producer of another version would have written it.
    await bed.firestore
      .doc(`tasks/${taskId}`)
      .update({ schemaHash: 'other', payload: '{"letterId":"a","pages":2}' });
    const answer = await bed.deliver(taskId);
    assert.equal(answer.status, 409);
    assert.deepEqual(await answer.json(), { outcome: 'other-schema' });
    assert.equal((await bed.record(taskId)).error?.code, 'OTHER_SCHEMA');
    assert.equal((await bed.record(taskId)).state, 'pending');
    bed.advance(3_600_000 + 86_400_000);
    await bed.whenIdle();
    const record = await bed.record(taskId);
    assert.equal(record.state, 'dead', 'after a day nobody else is to be expected');
    assert.equal(record.error?.code, 'CONTRACT_VIOLATION');
    assert.equal(handle.callCount, 0);
  });

  it('is done if its payload fits, whatever schema it was written by', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.firestore.doc(`tasks/${taskId}`).update({ schemaHash: 'other' });
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal(await folds(), 1);
  });

  describe('and its steps', () => {
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
      await new TaskOperator(bed.client).replay(taskId, { by: 'ada', why: 'another card' });
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
      const operator = new TaskOperator(bed.client);
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
  });

  describe('and its sweep', () => {
    it('leaves alone what is not overdue', async () => {
      await enqueue({ delaySeconds: 7_200 });
      assert.equal((await bed.sweep()).checked, 0);
    });

    it('sends what was never sent', async () => {
      const { taskId } = await enqueue({ delaySeconds: 1_800 });
      await bed.tasks.deleteTask({
        name: bed.tasks.taskPath(bed.queues.project, bed.queues.location, 'letters', `${taskId}-g0`),
      });
      bed.advance(1_800_000 + 599_000);
      assert.equal((await bed.sweep()).sent, 0);
      bed.advance(1_000);
      assert.equal((await bed.sweep()).sent, 1);
      await bed.whenIdle();
      const record = await bed.record(taskId);
      assert.equal(record.generation, 1);
      assert.equal(record.state, 'succeeded');
      assert.equal((await bed.deliver(taskId, { generation: 0 })).status, 200, 'the old name is superseded');
      assert.equal(await folds(), 1);
    });

    it('answers only App Engine’s cron', async () => {
      const answer = await fetch(`${bed.workerUrl}/cron/sweep`);
      assert.equal(answer.status, 403);
      assert.equal(((await answer.json()) as { code: string }).code, 'NOT_A_CRON_REQUEST');
    });
  });

  it('is delivered again at the time that its handler asks for', async () => {
    handle.onFirstCall().rejects(new RetryLaterError(90, 'the provider is busy'));
    const { taskId } = await enqueue();
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).generation, 1);
    bed.advance(89_000);
    await bed.whenIdle();
    assert.equal(handle.callCount, 1);
    bed.advance(1_000);
    await bed.whenIdle();
    const record = await bed.record(taskId);
    assert.equal(record.state, 'succeeded');
    assert.equal(record.attempts, 2);
  });

  it('waits a day for a worker that knows its contract, then is dead', async () => {
    const name = `from-tomorrow-${letters}`;
    const post = (): Promise<Response> =>
      fetch(`${bed.workerUrl}/tasks/fold-letter/v9`, {
        method: 'POST',
        headers: {
          'X-AppEngine-QueueName': 'letters',
          'X-AppEngine-TaskName': name,
          // As Cloud Tasks does: the time of this retry, not of the first delivery.
          'X-AppEngine-TaskETA': String(bed.clock.nowMs() / 1_000),
        },
        body: JSON.stringify({ letterId }),
      });
    assert.equal((await post()).status, 409);
    const waiting = await bed.record(name);
    assert.equal(waiting.state, 'pending');
    assert.equal(waiting.attempts, 0);
    assert.match(waiting.error?.message ?? '', /knows fold-letter v9/);
    bed.advance(86_399_000);
    assert.equal((await post()).status, 409);
    assert.deepEqual(await bed.record(name), waiting, 'that is written once');
    bed.advance(1_000);
    assert.equal((await post()).status, 200);
    const record = await bed.record(name);
    assert.equal(record.state, 'dead');
    assert.equal(record.error?.code, 'UNKNOWN_CONTRACT');
    assert.equal(record.payload, JSON.stringify({ letterId }));
    const again = await post();
    assert.equal(again.status, 200);
    assert.deepEqual(await again.json(), { outcome: 'drop' });
  });

  it('is left alone, however old, while a worker that knows its contract has it', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const record = bed.firestore.doc(`tasks/${taskId}`);
    await record.update({
      version: 9,
      state: 'running',
      attemptId: 'of-another-worker',
      leaseUntil: new Date(bed.clock.nowMs() + 60_000),
      createdAt: new Date(bed.clock.nowMs() - 86_400_000),
      notBefore: new Date(bed.clock.nowMs() - 86_400_000),
    });
    const post = async (): Promise<number> => {
      const { status } = await fetch(`${bed.workerUrl}/tasks/fold-letter/v9`, {
        method: 'POST',
        headers: {
          'X-AppEngine-QueueName': 'letters',
          'X-AppEngine-TaskName': `${taskId}-g0`,
        },
        body: JSON.stringify({ letterId }),
      });
      return status;
    };
    assert.equal(await post(), 409);
    assert.equal((await bed.record(taskId)).state, 'running');
    await record.update({ version: 1, state: 'pending', leaseUntil: null });
    assert.equal(await post(), 409, 'its record is of another contract');
    await new TaskOperator(bed.client).cancel(taskId, { by: 'ada', why: 'the end of the test' });
  });

  it('is refused at a path that is none', async () => {
    const answer = await fetch(`${bed.workerUrl}/tasks/fold-letter/latest`, {
      method: 'POST',
      headers: { 'X-AppEngine-QueueName': 'letters', 'X-AppEngine-TaskName': 'x' },
      body: '{}',
    });
    assert.equal(answer.status, 404);
  });

  describe('and an operator', () => {
    const actor = { by: 'ada@example.com', why: 'a test' };
    let operator: TaskOperator;
    before(() => {
      operator = new TaskOperator(bed.client);
    });

    it('replays a dead letter with a mended payload, without a second charge', async () => {
      const charge = sinon.stub().resolves('c1');
      handle.onFirstCall().callsFake(async (_payload, context) => {
        await context.step('charge', charge);
        throw new PermanentError('NO_SUCH_LETTER', 'There is no such letter');
      });
      handle.onSecondCall().callsFake(async (payload, context) => {
        assert.equal(payload.letterId, `${letterId}-mended`);
        assert.equal(await context.step('charge', charge), 'c1');
      });
      const { taskId } = await enqueue();
      await bed.whenIdle();
      await operator.replay(taskId, actor, { payload: { letterId: `${letterId}-mended` } });
      await bed.whenIdle();
      const record = await bed.record(taskId);
      assert.equal(record.state, 'succeeded');
      assert.equal(charge.callCount, 1);
      assert.deepEqual(
        record.audit.map(({ action, by, why }) => ({ action, by, why })),
        [{ action: 'replay-mended', ...actor }],
      );
      await assert.rejects(operator.replay(taskId, actor), {
        code: 'TASK_STATE',
        status: 409,
        message: `Task ${taskId} can't be replayed: it must be dead, and is succeeded`,
      });
    });

    it('can’t replay with a payload that breaks the contract, and nothing changes', async () => {
      handle.rejects(new PermanentError('NO_SUCH_LETTER', 'There is no such letter'));
      const { taskId } = await enqueue();
      await bed.whenIdle();
      await assert.rejects(operator.replay(taskId, actor, { payload: { letterId: 7 } }), {
        code: 'CONTRACT_VIOLATION',
      });
      const record = await bed.record(taskId);
      assert.equal(record.state, 'dead');
      assert.deepEqual(record.audit, []);
    });

    it('cancels what is pending: its delivery does nothing', async () => {
      const { taskId } = await enqueue({ delaySeconds: 3_600 });
      await operator.cancel(taskId, actor);
      assert.equal((await bed.deliver(taskId)).status, 200);
      assert.equal(handle.callCount, 0);
      await assert.rejects(operator.cancel(taskId, actor), { code: 'TASK_STATE' });
    });

    it('compensates what it cancels in the same commit, and only that', async () => {
      const { taskId } = await enqueue({ delaySeconds: 3_600 });
      const compensating = new TaskOperator(bed.client, {
        onCancelled: async (cancelled, transaction) => {
          assert.equal(cancelled.taskId, taskId);
          assert.equal(cancelled.record.state, 'cancelled');
          transaction.enqueue(mailLetter, { letterId: `${letterId}-instead` }, { subject: subject() });
        },
      });
      await compensating.cancel(taskId, actor);
      await bed.whenIdle();
      assert.equal((await bed.record(taskId)).state, 'cancelled');
      assert.deepEqual(
        mail.args.map(([{ letterId: done }]) => done),
        [`${letterId}-instead`],
      );
      await assert.rejects(compensating.cancel(taskId, actor), { code: 'TASK_STATE' });

      const { taskId: kept } = await enqueue({ delaySeconds: 3_600 });
      const failing = new TaskOperator(bed.client, {
        onCancelled: async () => {
          throw new Error('it can’t be put right');
        },
      });
      await assert.rejects(failing.cancel(kept, actor), /can’t be put right/);
      assert.equal((await bed.record(kept)).state, 'pending');
      await operator.cancel(kept, actor);
    });

    it('erases a subject’s tasks, but not while one is under way', async () => {
      const { taskId } = await enqueue();
      await bed.whenIdle();
      const { taskId: later } = await enqueue({ delaySeconds: 3_600 });
      await assert.rejects(operator.erase(subject(), actor), { code: 'TASK_STATE' });
      assert.notEqual((await bed.record(taskId)).payload, 'null');
      await operator.cancel(later, actor);
      assert.equal(await operator.erase(subject(), actor), 2);
      const record = await bed.record(taskId);
      assert.equal(record.payload, 'null');
      assert.equal(record.state, 'succeeded');
    });

    it('must say who and why, and name a task that exists', async () => {
      await assert.rejects(operator.cancel('x', { by: ' ', why: 'a test' }), { code: 'TASK_REFUSED' });
      await assert.rejects(operator.cancel('no-such-task', actor), { code: 'TASK_NOT_FOUND', status: 404 });
    });
  });
});

describe('createWorker()', () => {
  it('refuses to start without a handler for each contract, naming all', async () => {
    const handler = defineHandler(mailLetter, { handle: async () => {} });
    const options = {
      client: { catalogue: defineCatalogue([foldLetter]) },
      handlers: [handler],
    } as unknown as Parameters<typeof createWorker>[0];
    assert.throws(() => createWorker(options), {
      code: 'CONTRACT_DEFINITION',
      message: 'Worker: the handler of mail-letter v1 has no contract; fold-letter v1 has no handler',
    });
  });
});
