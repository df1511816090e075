import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import sinon from 'sinon';
import { nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/hooks`;

describe('tasks with an HTTP target', () => {
  let receiver: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator();
    await test.client.createQueue({
      parent: PARENT,
      queue: { name: QUEUE, retryConfig: { minBackoff: { nanos: 1e6 }, maxBackoff: { nanos: 1e6 } } },
    });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  const create = (httpRequest: object = {}, task: object = {}) =>
    test.client.createTask({
      parent: QUEUE,
      task: { httpRequest: { url: `${receiver.url}/hook?a=1`, ...httpRequest }, ...task },
    });

  it('arrive with the headers of the service and the caller, and no more', async () => {
    await create(
      { body: Buffer.from('hi'), headers: { 'X-My-Header': 'v' } },
      { name: `${QUEUE}/tasks/t1`, scheduleTime: { seconds: Math.floor(test.clock.nowMs() / 1000) - 5 } },
    );
    const [request] = await receiver.waitFor(1);
    const { headers = {}, rawHeaders = [] } = request ?? {};
    assert.equal(request?.method, 'POST');
    assert.equal(request?.path, '/hook?a=1');
    assert.ok(rawHeaders.includes('X-My-Header'), 'the spelling is kept');
    const eta = String(headers['x-cloudtasks-tasketa']);
    assert.match(eta, /^\d{10}(\.\d{0,5}[1-9])?$/);
    assert.ok(Math.abs(Number(eta) * 1000 - test.clock.nowMs()) < 10_000);
    assert.deepEqual(Object.keys(headers).sort(), [
      'connection',
      'content-length',
      'host',
      'user-agent',
      'x-cloudtasks-queuename',
      'x-cloudtasks-tasketa',
      'x-cloudtasks-taskexecutioncount',
      'x-cloudtasks-taskname',
      'x-cloudtasks-taskretrycount',
      'x-my-header',
    ]);
    assert.equal(headers['user-agent'], 'Google-Cloud-Tasks');
    assert.equal(headers['x-cloudtasks-queuename'], 'hooks');
    assert.equal(headers['x-cloudtasks-taskname'], 't1');
    assert.equal(headers.host, new URL(receiver.url).host);
  });

  it('tell of earlier attempts in the headers that the live service was seen to send', async () => {
    receiver.answer(503, 404, 429, 500, 302, 200);
    await create();
    const requests = await receiver.waitFor(6);
    const column = (name: string) => requests.map(({ headers }) => headers[`x-cloudtasks-task${name}`]);
    assert.deepEqual(column('retrycount'), ['0', '1', '2', '3', '4', '5']);
    assert.deepEqual(column('executioncount'), ['0', '0', '1', '2', '2', '3']);
    assert.deepEqual(column('previousresponse'), [undefined, '503', '404', '429', '500', '302']);
    assert.deepEqual(column('retryreason'), [undefined, '', '', '', '', '']);
  });

  it('are done with any 2xx', async () => {
    for (const status of [200, 201, 202, 204, 299]) {
      receiver.answer(status);
      const completed = nextEvent(test.emulator, 'taskCompleted');
      const [{ name }] = await create();
      assert.equal((await completed).name, name);
      await assert.rejects(test.client.getTask({ name: name ?? '' }), { code: 5 });
    }
    assert.equal(receiver.received.length, 5);
  });

  for (const [status, method, body] of [
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'x'],
    [308, 'POST', 'x'],
  ] as const) {
    it(`follow a ${status} within the attempt, by ${method}`, async () => {
      receiver.answer(
        (_request, response) => response.writeHead(status, { location: '/elsewhere' }).end(),
        200,
      );
      const completed = nextEvent(test.emulator, 'taskCompleted');
      await create({ body: Buffer.from('x') });
      assert.equal((await completed).attempts, 1);
      assert.deepEqual(
        receiver.received.map((request) => [request.method, request.path, request.body.toString()]),
        [
          ['POST', '/hook?a=1', 'x'],
          [method, '/elsewhere', body],
        ],
      );
    });
  }

  it('fail with a redirect that has no location, or leads round in a circle', async () => {
    for (const [location, requests] of [
      [undefined, 1],
      ['/hook?a=1', 11],
    ] as const) {
      const before = receiver.received.length;
      receiver.answer(
        ...Array.from({ length: requests }, () => (_request: unknown, response: ServerResponse) => {
          response.writeHead(302, location === undefined ? {} : { location }).end();
        }),
        200,
      );
      const ended = nextEvent(test.emulator, 'dispatchEnded');
      const completed = nextEvent(test.emulator, 'taskCompleted');
      await create();
      assert.equal((await ended).status, 302);
      assert.equal((await completed).attempts, 2);
      assert.equal(receiver.received.length - before, requests + 1);
    }
  });

  it('carry their body byte for byte, by every method', async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    for (const httpMethod of ['POST', 'PUT', 'PATCH'] as const) await create({ httpMethod, body });
    for (const httpMethod of ['GET', 'HEAD', 'DELETE', 'OPTIONS'] as const) await create({ httpMethod });
    const requests = await receiver.waitFor(7);
    const got = Object.fromEntries(requests.map((request) => [request.method, request.body.equals(body)]));
    assert.deepEqual(got, {
      POST: true,
      PUT: true,
      PATCH: true,
      GET: false,
      HEAD: false,
      DELETE: false,
      OPTIONS: false,
    });
  });

  it('with a URL that cannot be sent are accepted, and fail at each attempt', async () => {
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    await create({ url: 'http://example.com/%zz' });
    const { succeeded, error, status } = await ended;
    assert.deepEqual({ succeeded, status }, { succeeded: false, status: undefined });
    assert.match(error ?? '', /invalid escape/);
  });

  it('are cut off at their deadline, and say so to the next attempt', async () => {
    const never: (() => void)[] = [];
    receiver.answer((_request, response) => never.push(() => response.end()), 200);
    // The least deadline is 15 s of real time; a fake timer makes it pass.
    const timers = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await create({}, { dispatchDeadline: { seconds: 15 } });
      await receiver.waitFor(1);
      const ended = nextEvent(test.emulator, 'dispatchEnded');
      await timers.tickAsync(15_000);
      assert.match((await ended).error ?? '', /^DEADLINE_EXCEEDED\(4\)/);
      // The retry waits for a millisecond of the real clock, and for a timer, which is a fake one.
      while (receiver.received.length < 2) {
        await timers.tickAsync(1);
        await new Promise(setImmediate);
      }
    } finally {
      timers.restore();
    }
    const [, second] = await receiver.waitFor(2);
    assert.equal(second?.headers['x-cloudtasks-taskpreviousresponse'], '504');
    assert.equal(second?.headers['x-cloudtasks-taskretryreason'], '');
    assert.equal(second?.headers['x-cloudtasks-taskexecutioncount'], '0');
    for (const end of never) end();
  });

  it('use kept-alive connections again, whatever the answers hold', async () => {
    receiver.answer((_request, response) => response.end(Buffer.alloc(200_000)));
    for (let count = 1; count <= 30; count += 1) {
      await create();
      await receiver.waitFor(count);
      await test.emulator.whenIdle();
    }
    assert.equal(receiver.connections(), 1);
  });

  it('may be answered at any length', async () => {
    receiver.answer((_request, response) => response.end(Buffer.alloc(3_000_000)));
    const completed = nextEvent(test.emulator, 'taskCompleted');
    await create();
    await completed;
    assert.equal(receiver.received.length, 1);
  });
});
