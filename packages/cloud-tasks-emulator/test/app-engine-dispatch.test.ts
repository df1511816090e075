import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/orders`;

describe('tasks with an App Engine target', () => {
  let receiver: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator({
      appEngine: { url: receiver.url, headers: { 'X-Front-Door': 'opensesame' } },
      queues: { project: 'demo', location: 'us-central1', list: [{ name: 'orders', settings: {} }] },
    });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  it('reach the service and version by the Host header', async () => {
    const [task] = await test.client.createTask({
      parent: QUEUE,
      task: {
        name: `${QUEUE}/tasks/t1`,
        appEngineHttpRequest: {
          relativeUri: '/tasks/ship/v1?x=1',
          body: Buffer.from('{"a":1}'),
          headers: { 'content-type': 'application/json' },
          appEngineRouting: { service: 'worker', version: 'v2' },
        },
      },
    });
    assert.equal(task.name, `${QUEUE}/tasks/t1`);
    const [request] = await receiver.waitFor(1);
    assert.equal(request?.method, 'POST');
    assert.equal(request?.path, '/tasks/ship/v1?x=1');
    assert.equal(request?.body.toString(), '{"a":1}');
    assert.equal(request?.headers.host, 'v2.worker.demo.uc.r.appspot.com');
    assert.equal(request?.headers['x-appengine-queuename'], 'orders');
    assert.equal(request?.headers['x-appengine-taskname'], 't1');
    assert.equal(request?.headers['x-appengine-taskretrycount'], '0');
    assert.equal(request?.headers['x-appengine-taskexecutioncount'], '0');
    assert.match(String(request?.headers['x-appengine-tasketa']), /^\d{10}\.\d{6}$/);
    assert.equal(request?.headers['x-front-door'], 'opensesame');
    assert.equal(request?.headers['content-type'], 'application/json');
    assert.equal(request?.headers['user-agent'], 'AppEngine-Google; (+http://code.google.com/appengine)');
    await test.emulator.whenIdle();
    const [tasks] = await test.client.listTasks({ parent: QUEUE });
    assert.deepEqual(tasks, []);
  });
});
