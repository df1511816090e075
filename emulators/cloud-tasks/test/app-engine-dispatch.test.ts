import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/orders`;
const FAST_RETRIES = { minBackoffMicros: 1_000, maxBackoffMicros: 1_000 };

describe('tasks with an App Engine target', () => {
  let receiver: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator({
      appEngine: { url: receiver.url, headers: { 'X-Front-Door': 'opensesame' } },
      queues: {
        project: 'demo',
        location: 'us-central1',
        list: [
          { name: 'orders', settings: FAST_RETRIES },
          {
            name: 'overridden',
            settings: { routingOverride: { service: 'other', version: '', instance: '' } },
          },
        ],
      },
    });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  const create = (appEngineHttpRequest: object, task: object = {}, parent = QUEUE) =>
    test.client.createTask({ parent, task: { appEngineHttpRequest, ...task } });

  it('reach the service and version by the Host header, as App Engine would send them', async () => {
    await create(
      {
        relativeUri: '/tasks/ship/v1?x=%20',
        body: Buffer.from('{"a":1}'),
        headers: { 'content-Type': 'application/json' },
        appEngineRouting: { service: 'worker', version: 'v2' },
      },
      { name: `${QUEUE}/tasks/t1` },
    );
    const [request] = await receiver.waitFor(1);
    assert.equal(request?.method, 'POST');
    assert.equal(request?.path, '/tasks/ship/v1?x=%20');
    assert.equal(request?.body.toString(), '{"a":1}');
    const { headers = {} } = request ?? {};
    assert.equal(headers.host, 'v2.worker.demo.uc.r.appspot.com');
    assert.equal(headers['x-appengine-queuename'], 'orders');
    assert.equal(headers['x-appengine-taskname'], 't1');
    assert.equal(headers['x-appengine-taskretrycount'], '0');
    assert.equal(headers['x-appengine-taskexecutioncount'], '0');
    assert.match(String(headers['x-appengine-tasketa']), /^\d{10}(\.\d{0,5}[1-9])?$/);
    assert.equal(headers['x-appengine-taskpreviousresponse'], undefined);
    assert.equal(headers['x-appengine-taskretryreason'], undefined);
    assert.equal(headers['x-front-door'], 'opensesame');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['content-length'], '7');
    assert.equal(headers['user-agent'], 'AppEngine-Google; (+http://code.google.com/appengine)');
    await test.emulator.whenIdle();
    assert.deepEqual((await test.client.listTasks({ parent: QUEUE }))[0], []);
  });

  it('tell of earlier attempts in the headers that the live service was seen to send', async () => {
    receiver.answer(503, 404, 429, 500, 302, 200);
    await create({ relativeUri: '/a' });
    const requests = await receiver.waitFor(6);
    const column = (name: string) => requests.map(({ headers }) => headers[`x-appengine-task${name}`]);
    assert.deepEqual(column('retrycount'), ['0', '1', '2', '3', '4', '5']);
    assert.deepEqual(column('executioncount'), ['0', '1', '2', '3', '4', '5']);
    assert.deepEqual(column('previousresponse'), [undefined, '503', '404', '429', '500', '302']);
    assert.deepEqual(column('retryreason'), [undefined, ...Array(5).fill('App Error')]);
    assert.ok(requests.every(({ body }) => body.length === 0));
  });

  it('go where a queue overrides their routing', async () => {
    const parent = `${PARENT}/queues/overridden`;
    await create({ appEngineRouting: { service: 'worker' } }, {}, parent);
    const [request] = await receiver.waitFor(1);
    assert.equal(request?.headers.host, 'other.demo.uc.r.appspot.com');
  });

  it('get a default content type with a body only', async () => {
    await create({ relativeUri: '/with', body: Buffer.from('x') });
    await create({ relativeUri: '/without' });
    const requests = await receiver.waitFor(2);
    const typeOf = (path: string) =>
      requests.find((request) => request.path === path)?.headers['content-type'];
    assert.equal(typeOf('/with'), 'application/octet-stream');
    assert.equal(typeOf('/without'), undefined);
  });
});

describe('tasks with an App Engine target that cannot be reached', () => {
  for (const [title, appEngine, message] of [
    ['because none is configured', undefined, /^UNAVAILABLE\(14\): no App Engine is configured/],
    ['because it refuses', { url: 'http://127.0.0.1:1' }, /^UNAVAILABLE\(14\): .*ECONNREFUSED/],
  ] as const) {
    it(`fail and are retried, ${title}`, async () => {
      const test = await startTestEmulator({ ...(appEngine && { appEngine }) });
      try {
        await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
        const [{ name }] = await test.client.createTask({
          parent: QUEUE,
          task: { appEngineHttpRequest: {} },
        });
        await test.emulator.whenIdle();
        const [task] = await test.client.getTask({ name: name ?? '' });
        assert.ok(Number(task.dispatchCount) >= 1);
        assert.equal(task.responseCount, 0);
        assert.equal(task.lastAttempt?.responseStatus?.code, 14);
        assert.match(task.lastAttempt?.responseStatus?.message ?? '', message);
      } finally {
        await test.close();
      }
    });
  }

  it('say so to the attempt that gets through', async () => {
    const receiver = await startReceiver();
    const test = await startTestEmulator({ appEngine: { url: receiver.url } });
    try {
      await test.client.createQueue({
        parent: PARENT,
        queue: { name: QUEUE, retryConfig: { minBackoff: { nanos: 1e6 }, maxBackoff: { nanos: 1e6 } } },
      });
      receiver.answer((_request, response) => response.destroy(), 200);
      await test.client.createTask({ parent: QUEUE, task: { appEngineHttpRequest: {} } });
      const [, second] = await receiver.waitFor(2);
      assert.equal(second?.headers['x-appengine-taskretrycount'], '1');
      assert.equal(second?.headers['x-appengine-taskexecutioncount'], '0');
      assert.equal(second?.headers['x-appengine-taskpreviousresponse'], '0');
      assert.equal(second?.headers['x-appengine-taskretryreason'], 'Instance Unavailable');
    } finally {
      await test.close();
      await receiver.close();
    }
  });
});
