import assert from 'node:assert/strict';
import type { RecordedAttempt } from '../src/index.ts';
import { advance, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/orders`;

describe('control routes', () => {
  let receiver: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator();
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  const post = (route: string, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${test.emulator.port}/emulator/${route}`, {
      method: 'POST',
      ...(signal && { signal }),
    });
  const createTask = (task: object = {}) =>
    test.client.createTask({ parent: QUEUE, task: { httpRequest: { url: receiver.url }, ...task } });

  it('dispatch:hold says "held" once open dispatches have ended, and lasts as long as its connection', async () => {
    const started = Promise.withResolvers<() => void>();
    receiver.answer((_request, response) => started.resolve(() => response.end()), 200);
    await createTask();
    const answer = await started.promise;
    const connection = new AbortController();
    const held = await post('dispatch:hold', connection.signal);
    const reader = held.body?.getReader() ?? assert.fail('no body');
    const firstLine = reader.read();
    let isHeld = false;
    firstLine.then(() => {
      isHeld = true;
    });
    // Two calls there and back: a line that were sent too early would be here by then.
    await createTask();
    await (await fetch(`http://127.0.0.1:${test.emulator.port}/emulator/health`)).text();
    assert.equal(receiver.received.length, 1);
    assert.equal(isHeld, false);
    answer();
    assert.equal(Buffer.from((await firstLine).value ?? []).toString(), 'held\n');
    // A dispatch that were wrongly started would show in the count of attempts at once.
    const [[task]] = await test.client.listTasks({ parent: QUEUE });
    assert.equal(task?.dispatchCount, 0);
    const waiting = test.emulator.whenIdle();
    connection.abort();
    await receiver.waitFor(2);
    await waiting;
  });

  it('dispatch:hold keeps back RunTask and due tasks over a move of the clock', async () => {
    const connection = new AbortController();
    const held = await post('dispatch:hold', connection.signal);
    const { value } = (await held.body?.getReader().read()) ?? {};
    assert.equal(Buffer.from(value ?? []).toString(), 'held\n');
    const seconds = Math.floor(test.clock.nowMs() / 1000) + 3600;
    const [{ name }] = await createTask({ scheduleTime: { seconds } });
    await createTask({ scheduleTime: { seconds } });
    await test.client.runTask({ name: name ?? '' });
    advance(test.clock, 3_700_000);
    const [tasks] = await test.client.listTasks({ parent: QUEUE });
    assert.deepEqual(
      tasks.map(({ dispatchCount }) => dispatchCount),
      [0, 0],
    );
    connection.abort();
    await receiver.waitFor(2);
    await test.emulator.whenIdle();
    assert.equal(receiver.received.length, 2);
  });

  it('idle:wait answers when nothing is open and nothing is due', async () => {
    const started = Promise.withResolvers<() => void>();
    receiver.answer((_request, response) => started.resolve(() => response.end()));
    await createTask({ scheduleTime: { seconds: Math.floor(test.clock.nowMs() / 1000) + 3600 } });
    assert.equal((await post('idle:wait')).status, 200);
    await createTask();
    const answer = await started.promise;
    let isIdle = false;
    const idle = post('idle:wait').then(() => {
      isIdle = true;
    });
    await test.client.listTasks({ parent: QUEUE });
    assert.equal(isIdle, false);
    answer();
    await idle;
  });

  it('reset drops tasks and reserved names, and keeps queues', async () => {
    await createTask({ name: `${QUEUE}/tasks/a` });
    await receiver.waitFor(1);
    await test.emulator.whenIdle();
    await test.client.createQueue({ parent: PARENT, queue: { name: `${PARENT}/queues/gone` } });
    await test.client.deleteQueue({ name: `${PARENT}/queues/gone` });
    await test.client.pauseQueue({ name: QUEUE });
    await createTask({ name: `${QUEUE}/tasks/b` });
    assert.equal((await post('reset')).status, 200);
    assert.deepEqual((await test.client.listTasks({ parent: QUEUE }))[0], []);
    assert.equal((await test.client.getQueue({ name: QUEUE }))[0].state, 'PAUSED');
    await createTask({ name: `${QUEUE}/tasks/a` });
    await createTask({ name: `${QUEUE}/tasks/b` });
    await test.client.createQueue({ parent: PARENT, queue: { name: `${PARENT}/queues/gone` } });
  });
});

describe('recorded attempts', () => {
  let receiver: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator({
      maxAttempts: 1,
      appEngine: { url: receiver.url, headers: { 'X-Secret': 's3cret' } },
      queues: { project: 'demo', location: 'us-central1', list: [{ name: 'orders', settings: {} }] },
    });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  const attempts = async (query = ''): Promise<RecordedAttempt[]> => {
    const response = await fetch(`http://127.0.0.1:${test.emulator.port}/emulator/attempts${query}`);
    assert.equal(response.status, 200);
    return ((await response.json()) as { attempts: RecordedAttempt[] }).attempts;
  };
  const createTask = (id: string, task: object) =>
    test.client.createTask({ parent: QUEUE, task: { name: `${QUEUE}/tasks/${id}`, ...task } });

  it('show the request, the response and the transport error of finished tasks', async () => {
    receiver.answer((_request, response) => {
      response.writeHead(418, { 'X-Pot': 'tea' }).end('short and stout');
    });
    const url = `${receiver.url}/brew`;
    await createTask('a', { httpRequest: { url, headers: { 'X-Own': '1' } } });
    await test.emulator.whenIdle();
    await createTask('b', { httpRequest: { url: 'http://127.0.0.1:1/' } });
    await test.emulator.whenIdle();
    const [first, second] = await attempts();
    assert.deepEqual([first?.name, first?.attempt], [`${QUEUE}/tasks/a`, 1]);
    assert.deepEqual([first?.request?.method, first?.request?.url], ['POST', url]);
    assert.equal(first?.request?.headers['X-Own'], '1');
    assert.equal(first?.request?.headers['X-CloudTasks-TaskName'], 'a');
    assert.deepEqual([first?.response?.status, first?.response?.body], [418, 'short and stout']);
    assert.equal(first?.response?.headers['x-pot'], 'tea');
    assert.match(second?.error ?? '', /ECONNREFUSED/);
    assert.equal(second?.response, undefined);
    assert.deepEqual(
      (await attempts('?task=b')).map(({ task }) => task),
      ['b'],
    );
    assert.deepEqual(
      (await attempts(`?queue=${QUEUE}&limit=1`)).map(({ task }) => task),
      ['b'],
    );
    assert.deepEqual(await attempts('?queue=other'), []);
    await test.emulator.reset();
    assert.deepEqual(test.emulator.attempts(), []);
  });

  it('hide the headers by which the front door knows the emulator', async () => {
    await createTask('a', { appEngineHttpRequest: { relativeUri: '/x' } });
    await test.emulator.whenIdle();
    const text = JSON.stringify(await attempts());
    assert.doesNotMatch(text, /s3cret/);
    assert.match(text, /"X-Secret":"\(hidden\)"/);
  });

  it('refuse a limit that is no number', async () => {
    const response = await fetch(`http://127.0.0.1:${test.emulator.port}/emulator/attempts?limit=x`);
    assert.deepEqual(
      [response.status, ((await response.json()) as { code: string }).code],
      [400, 'BAD_LIMIT'],
    );
  });
});

describe('due:run', () => {
  it('sends what is due of paused and slow queues, and on demand what is due later', async () => {
    const receiver = await startReceiver();
    const test = await startTestEmulator();
    try {
      await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
      await test.client.pauseQueue({ name: QUEUE });
      const httpRequest = { url: receiver.url };
      for (let index = 0; index < 3; index += 1) {
        await test.client.createTask({ parent: QUEUE, task: { httpRequest } });
      }
      const seconds = Math.floor(test.clock.nowMs() / 1000) + 3600;
      await test.client.createTask({ parent: QUEUE, task: { httpRequest, scheduleTime: { seconds } } });
      const run = async (body?: string): Promise<unknown> => {
        const url = `http://127.0.0.1:${test.emulator.port}/emulator/due:run`;
        const response = await fetch(url, { method: 'POST', ...(body !== undefined && { body }) });
        return response.json();
      };
      assert.deepEqual(await run(), { started: 3 });
      await test.emulator.whenIdle();
      assert.equal(receiver.received.length, 3);
      assert.deepEqual(await run('{"all": true}'), { started: 1 });
      await test.emulator.whenIdle();
      assert.equal(receiver.received.length, 4);
      assert.equal(((await run('{"all": 1}')) as { code: string }).code, 'BAD_RUN');
    } finally {
      await test.close();
      await receiver.close();
    }
  });
});

describe('the clock', () => {
  it('fires what is due when it is moved, in order', async () => {
    const receiver = await startReceiver();
    const test = await startTestEmulator();
    try {
      await test.client.createQueue({
        parent: PARENT,
        queue: { name: QUEUE, rateLimits: { maxConcurrentDispatches: 1 } },
      });
      const nowSeconds = Math.floor(test.clock.nowMs() / 1000);
      for (const hours of [3, 1, 2, 30]) {
        await test.client.createTask({
          parent: QUEUE,
          task: {
            scheduleTime: { seconds: nowSeconds + hours * 3600 },
            httpRequest: { url: `${receiver.url}/${hours}` },
          },
        });
      }
      advance(test.clock, 24 * 3_600_000);
      await receiver.waitFor(3);
      await test.emulator.whenIdle();
      assert.deepEqual(
        receiver.received.map(({ path }) => path),
        ['/1', '/2', '/3'],
      );
    } finally {
      await test.close();
      await receiver.close();
    }
  });
});
