import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { advance, nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/orders`;

describe('retries', () => {
  let receiver: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    receiver = await startReceiver();
    // Time stands still but where a test moves it.
    test = await startTestEmulator({ clock: new MovableClock({ systemNowMs: () => 1_800_000_000_000 }) });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  const createQueue = (retryConfig: object, rateLimits: object = {}) =>
    test.client.createQueue({ parent: PARENT, queue: { name: QUEUE, retryConfig, rateLimits } });
  const createTask = async (id = 'task') => {
    const name = `${QUEUE}/tasks/${id}`;
    await test.client.createTask({ parent: QUEUE, task: { name, httpRequest: { url: receiver.url } } });
    return name;
  };
  const seconds = (value: number) => ({ seconds: value });

  it('wait as the documentation says, counted from the answer', async () => {
    await createQueue({
      minBackoff: seconds(10),
      maxBackoff: seconds(300),
      maxDoublings: 3,
      maxAttempts: -1,
    });
    receiver.answer(500);
    let ended = nextEvent(test.emulator, 'dispatchEnded');
    const name = await createTask();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      const { retryAtMs = 0 } = await ended;
      const waitMs = retryAtMs - test.clock.nowMs();
      waits.push(waitMs / 1000);
      // A millisecond too early is too early.
      advance(test.clock, waitMs - 1);
      await test.emulator.whenIdle();
      assert.equal(receiver.received.length, attempt);
      ended = nextEvent(test.emulator, 'dispatchEnded');
      advance(test.clock, 1);
    }
    assert.deepEqual(waits, [10, 20, 40, 80, 160, 240, 300, 300, 300]);
    await ended;
    const [task] = await test.client.getTask({ name });
    assert.equal(task.dispatchCount, 10);
    // A 5xx counts as no response (recorded).
    assert.equal(task.responseCount, 0);
  });

  it('wait from the answer, not from the dispatch', async () => {
    await createQueue({ minBackoff: seconds(10) });
    const started = Promise.withResolvers<() => void>();
    receiver.answer((_request, response) => started.resolve(() => response.writeHead(500).end()));
    const name = await createTask();
    const answer = await started.promise;
    advance(test.clock, 60_000);
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    answer();
    assert.equal((await ended).retryAtMs, test.clock.nowMs() + 10_000);
    const [task] = await test.client.getTask({ name });
    assert.equal(Number(task.scheduleTime?.seconds), 1_800_000_070);
    assert.equal(Number(task.firstAttempt?.dispatchTime?.seconds), 1_800_000_000);
    assert.equal(task.firstAttempt?.responseTime, null);
    assert.equal(Number(task.lastAttempt?.scheduleTime?.seconds), 1_800_000_000);
    assert.equal(Number(task.lastAttempt?.responseTime?.seconds), 1_800_000_060);
    assert.deepEqual(task.lastAttempt?.responseStatus, {
      code: 13,
      message: 'INTERNAL(13): HTTP status code 500',
      details: [],
    });
  });

  it('end after maxAttempts attempts, and the task is gone', async () => {
    await createQueue({ minBackoff: seconds(1), maxBackoff: seconds(1), maxAttempts: 3 });
    receiver.answer(400);
    const dropped = nextEvent(test.emulator, 'taskDropped');
    const name = await createTask();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await receiver.waitFor(attempt);
      await test.emulator.whenIdle();
      advance(test.clock, 1_000);
    }
    const { attempts, reason } = await dropped;
    assert.deepEqual({ attempts, reason }, { attempts: 3, reason: 'retries-used-up' });
    await test.emulator.whenIdle();
    assert.equal(receiver.received.length, 3);
    await assert.rejects(test.client.getTask({ name }), { code: 5, details: /^The task no longer exists/ });
  });

  it('end only once maxAttempts and maxRetryDuration are both reached', async () => {
    await createQueue({
      minBackoff: seconds(10),
      maxBackoff: seconds(10),
      maxAttempts: 2,
      maxRetryDuration: seconds(35),
    });
    receiver.answer(500);
    await createTask();
    // Attempts at 0, 10, 20, 30 and 40 s: the second limit is reached with the fifth.
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await receiver.waitFor(attempt);
      await test.emulator.whenIdle();
      advance(test.clock, 10_000);
    }
    await test.emulator.whenIdle();
    assert.equal(receiver.received.length, 5);
    assert.deepEqual((await test.client.listTasks({ parent: QUEUE }))[0], []);
  });

  it('end when a task is 31 days old', async () => {
    await createQueue({ maxAttempts: -1, minBackoff: seconds(1) });
    receiver.answer(500);
    await createTask();
    await receiver.waitFor(1);
    await test.emulator.whenIdle();
    const dropped = nextEvent(test.emulator, 'taskDropped');
    advance(test.clock, 31 * 24 * 3_600_000 + 1);
    assert.equal((await dropped).reason, 'too-old');
  });

  it('hold no slot while they wait', async () => {
    await createQueue({ minBackoff: seconds(60) }, { maxConcurrentDispatches: 1 });
    receiver.answer(500, 200);
    await createTask('fails');
    await receiver.waitFor(1);
    await createTask('passes');
    await receiver.waitFor(2);
    await test.emulator.whenIdle();
    const [tasks] = await test.client.listTasks({ parent: QUEUE });
    assert.deepEqual(
      tasks.map(({ name }) => name),
      [`${QUEUE}/tasks/fails`],
    );
  });

  it('follow settings that were changed meanwhile', async () => {
    await createQueue({ minBackoff: seconds(60), maxAttempts: 1 });
    const started = Promise.withResolvers<() => void>();
    receiver.answer((_request, response) => started.resolve(() => response.writeHead(500).end()));
    await createTask();
    const answer = await started.promise;
    await test.client.updateQueue({
      queue: { name: QUEUE, retryConfig: { minBackoff: seconds(5), maxAttempts: 2 } },
    });
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    answer();
    assert.equal((await ended).retryAtMs, test.clock.nowMs() + 5_000);
  });

  it('of a task that was deleted during its attempt do not happen', async () => {
    await createQueue({ minBackoff: seconds(1) });
    const started = Promise.withResolvers<() => void>();
    receiver.answer((_request, response) => started.resolve(() => response.writeHead(500).end()));
    const name = await createTask();
    const answer = await started.promise;
    await test.client.deleteTask({ name });
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    answer();
    assert.equal((await ended).retryAtMs, undefined);
    advance(test.clock, 60_000);
    await test.emulator.whenIdle();
    assert.equal(receiver.received.length, 1);
  });
});
