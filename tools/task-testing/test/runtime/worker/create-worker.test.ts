import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { defineCatalogue } from '@waybill/contract-kit';
import { createLogger, createService } from '@waybill/service-kit';
import {
  createAppEngineOriginCheck,
  createWorker,
  defineHandler,
  PermanentError,
  RetryLaterError,
} from '@waybill/task-runtime';
import { TaskOperator } from '@waybill/task-runtime/operator';
import {
  bed,
  enqueue,
  foldLetter,
  folds,
  handle,
  letterId,
  mail,
  mailLetter,
  pressLetter,
  subject,
  unfoldLetter,
  useLetters,
} from '../letters.ts';

describe('a task’s way through the worker', () => {
  useLetters();

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
    const responses = await Promise.all(Array.from({ length: 20 }, () => bed.deliver(taskId)));
    const statuses = responses.map(({ status }) => status);
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
    handle.callsFake((_payload, context) =>
      // Before its first step its claim may not be written yet.
      context.step('press', async () => {
        started.resolve();
        await release.promise;
      }),
    );
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
    const burnt = await bed.firestore.doc(`burnt/${letterId}`).get();
    assert.equal(burnt.get('code'), 'ATTEMPTS_USED_UP');
    const { updateTime } = await bed.firestore.doc(`tasks/${taskId}`).get();
    assert.deepEqual(burnt.updateTime, updateTime);
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
    const response = await bed.deliver(taskId);
    assert.equal(response.status, 500);
    const record = await bed.record(taskId);
    assert.equal(record.state, 'pending');
    assert.equal(record.error?.code, 'DEADLINE_EXCEEDED');
  });

  it('can’t be finished after the deadline of its attempt', async () => {
    handle.callsFake(async ({ letterId: id }, { signal, finish }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await finish(async (transaction) => {
        transaction.set(bed.firestore.doc(`letters/${id}`), { folds: 'too late' });
      });
    });
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    assert.equal((await bed.deliver(taskId)).status, 500);
    const record = await bed.record(taskId);
    assert.equal(record.state, 'pending');
    assert.equal(record.error?.code, 'DEADLINE_EXCEEDED');
    assert.equal(await folds(), undefined);
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

  it('is not done by the handler of another contract', async () => {
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    const response = await fetch(`${bed.workerUrl}/tasks/mail-letter/v1`, {
      method: 'POST',
      headers: { 'X-AppEngine-QueueName': 'letters', 'X-AppEngine-TaskName': `${taskId}-g0` },
      body: JSON.stringify({ letterId }),
    });
    assert.equal(response.status, 409);
    assert.deepEqual(await response.json(), { outcome: 'mismatch' });
    assert.equal(mail.callCount, 0);
    assert.equal((await bed.record(taskId)).state, 'pending');
    await new TaskOperator(bed.runtime).cancel(taskId, { by: 'ada', why: 'the end of the test' });
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

  it('is refused with a payload that no record holds', async () => {
    const enqueueLetters = (length: number): Promise<unknown> =>
      bed.client.transaction(async (transaction) =>
        transaction.enqueue(mailLetter, { letterId: 'x'.repeat(length) }, { subject: subject() }),
      );
    const around = JSON.stringify({ letterId: '' }).length;
    await enqueueLetters(512 * 1_024 - around);
    await assert.rejects(enqueueLetters(512 * 1_024 - around + 1), {
      code: 'TASK_REFUSED',
      message: /at most 524288 bytes/,
    });
    await bed.whenIdle();
  });

  it('is refused at a path that is none', async () => {
    const response = await fetch(`${bed.workerUrl}/tasks/fold-letter/latest`, {
      method: 'POST',
      headers: { 'X-AppEngine-QueueName': 'letters', 'X-AppEngine-TaskName': 'x' },
      body: '{}',
    });
    assert.equal(response.status, 404);
  });
});

describe('a worker whose process is about to end', () => {
  useLetters();

  it('begins nothing any more, and asks for another delivery', async () => {
    const logger = createLogger({ service: 'worker', version: 'v1', destination: { write: () => {} } });
    const app = createService({ logger, stopping: AbortSignal.abort() });
    app.use(
      createWorker({
        runtime: bed.runtime,
        handlers: [foldLetter, mailLetter, pressLetter, unfoldLetter].map((contract) =>
          defineHandler(contract, { handle }),
        ),
        originCheck: createAppEngineOriginCheck({ gaeEnv: 'standard', queues: ['letters'] }),
        service: 'worker',
        stopping: AbortSignal.abort(),
      }),
    );
    const server = app.listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { taskId } = await enqueue({ delaySeconds: 3_600 });
      const before = await bed.record(taskId);
      const { port } = server.address() as AddressInfo;
      const response = await fetch(`http://127.0.0.1:${port}/tasks/fold-letter/v1`, {
        method: 'POST',
        headers: { 'X-AppEngine-QueueName': 'letters', 'X-AppEngine-TaskName': `${taskId}-g0` },
        body: before.payload,
      });
      assert.equal(response.status, 409);
      assert.deepEqual(await response.json(), { outcome: 'stopping' });
      assert.deepEqual(await bed.record(taskId), before);
      assert.equal(handle.callCount, 0);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe('createWorker()', () => {
  it('refuses to start without a handler for each contract, naming all', async () => {
    const handler = defineHandler(mailLetter, { handle: async () => {} });
    const options = {
      runtime: { catalogue: defineCatalogue([foldLetter]) },
      handlers: [handler],
      service: 'worker',
    } as unknown as Parameters<typeof createWorker>[0];
    assert.throws(() => createWorker(options), {
      code: 'CONTRACT_DEFINITION',
      message: 'Worker: the handler of mail-letter v1 has no contract; fold-letter v1 has no handler',
    });
  });
});
