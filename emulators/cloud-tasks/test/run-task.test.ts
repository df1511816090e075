import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { advance, nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/orders`;
const NOW_SECONDS = 1_800_000_000;

describe('RunTask', () => {
  let receiver: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator({ clock: new MovableClock({ systemNowMs: () => NOW_SECONDS * 1000 }) });
    await test.client.createQueue({
      parent: PARENT,
      queue: {
        name: QUEUE,
        retryConfig: { minBackoff: { seconds: 10 } },
        rateLimits: { maxDispatchesPerSecond: 0.001 },
      },
    });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  const createTask = async (afterSeconds: number, id = 'task') => {
    const name = `${QUEUE}/tasks/${id}`;
    await test.client.createTask({
      parent: QUEUE,
      task: {
        name,
        scheduleTime: { seconds: NOW_SECONDS + afterSeconds },
        httpRequest: { url: receiver.url },
      },
    });
    return name;
  };

  it('sends a task of a paused queue before its time, once', async () => {
    const name = await createTask(3600);
    await test.client.pauseQueue({ name: QUEUE });
    const [task] = await test.client.runTask({ name });
    assert.equal(task.name, name);
    assert.equal(Number(task.scheduleTime?.seconds), NOW_SECONDS + 3600);
    assert.equal(task.dispatchCount, 1);
    assert.equal(task.firstAttempt, null);
    assert.deepEqual(task.lastAttempt, {
      scheduleTime: { seconds: String(NOW_SECONDS + 3600), nanos: 0 },
      dispatchTime: null,
      responseTime: null,
      responseStatus: null,
    });
    const [request] = await receiver.waitFor(1);
    assert.equal(request?.headers['x-cloudtasks-tasketa'], String(NOW_SECONDS + 3600));
    await test.emulator.whenIdle();
    await assert.rejects(test.client.runTask({ name }), {
      code: 5,
      details: 'Requested entity was not found.',
    });
    await test.client.resumeQueue({ name: QUEUE });
    advance(test.clock, 7_200_000);
    await test.emulator.whenIdle();
    assert.equal(receiver.received.length, 1);
  });

  it('sends past the rate', async () => {
    for (let count = 0; count < 10; count += 1) await createTask(0, `burst-${count}`);
    await receiver.waitFor(10);
    const name = await createTask(0, 'eleventh');
    assert.equal(receiver.received.length, 10);
    await test.client.runTask({ name });
    await receiver.waitFor(11);
  });

  it('answers before the handler does, and does not send what is on its way already', async () => {
    const started = Promise.withResolvers<() => void>();
    receiver.answer((_request, response) => started.resolve(() => response.end()));
    const name = await createTask(3600);
    await test.client.runTask({ name });
    const answer = await started.promise;
    const [again] = await test.client.runTask({ name });
    assert.equal(again.dispatchCount, 1);
    answer();
    await test.emulator.whenIdle();
    assert.equal(receiver.received.length, 1);
  });

  it('schedules a failed task anew, from the time of the response', async () => {
    const started = Promise.withResolvers<() => void>();
    receiver.answer((_request, response) => started.resolve(() => response.writeHead(500).end()), 200);
    const name = await createTask(3600);
    await test.client.runTask({ name });
    const answer = await started.promise;
    advance(test.clock, 4_000);
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    answer();
    assert.equal((await ended).retryAtMs, (NOW_SECONDS + 14) * 1000);
    const [task] = await test.client.getTask({ name });
    assert.equal(Number(task.scheduleTime?.seconds), NOW_SECONDS + 14);
    assert.deepEqual([task.dispatchCount, task.responseCount], [1, 0]);
    assert.equal(Number(task.firstAttempt?.dispatchTime?.seconds), NOW_SECONDS);
    advance(test.clock, 10_000);
    await receiver.waitFor(2);
  });
});
