import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/orders`;

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each test looks into its own answer
  readonly json: any;
}

describe('the REST API', () => {
  let receiver: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator();
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
  });

  async function call(method: string, path: string, body?: unknown, headers: object = {}): Promise<Answer> {
    const answer = await fetch(`http://127.0.0.1:${test.emulator.port}/v2/${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, json: await answer.json() };
  }

  const createQueue = () => call('POST', `${PARENT}/queues?alt=json`, { name: QUEUE });

  for (const [target, status] of [
    ['//', 404],
    ['//evil.example/v2/projects', 404],
    ['/v2/%zz', 400],
    ['*', 400],
    ['localhost:8123', 400],
    ['http://[::1/', 400],
  ] as const) {
    it(`answers ${status} to the request target ${target}`, async () => {
      const request = httpRequest({
        host: '127.0.0.1',
        port: test.emulator.port,
        path: target,
        agent: false,
      });
      const [response] = (await once(request.end(), 'response')) as [IncomingMessage];
      assert.equal(response.statusCode, status);
      response.resume();
      assert.equal((await createQueue()).status, 200);
    });
  }

  it('creates, reads, updates, pauses, lists and deletes queues', async () => {
    const created = await call('POST', `${PARENT}/queues?alt=json`, {
      name: QUEUE,
      rateLimits: { maxConcurrentDispatches: 5, maxDispatchesPerSecond: 10.0 },
      retryConfig: { maxAttempts: 5, maxBackoff: '300.0s', maxDoublings: 4, minBackoff: '0.250s' },
    });
    const expected = {
      name: QUEUE,
      rateLimits: { maxDispatchesPerSecond: 10, maxBurstSize: 10, maxConcurrentDispatches: 5 },
      retryConfig: { maxAttempts: 5, minBackoff: '0.250s', maxBackoff: '300s', maxDoublings: 4 },
      state: 'RUNNING',
    };
    assert.deepEqual(created, { status: 200, json: expected });
    assert.deepEqual((await call('GET', QUEUE)).json, expected);
    const updated = await call(
      'PATCH',
      `${QUEUE}?alt=json&updateMask=rateLimits.maxDispatchesPerSecond,retryConfig.maxAttempts`,
      { name: QUEUE, rateLimits: { maxDispatchesPerSecond: 20.0 }, retryConfig: {} },
    );
    assert.equal(updated.json.rateLimits.maxDispatchesPerSecond, 20);
    assert.equal(updated.json.retryConfig.maxAttempts, 100);
    assert.equal(updated.json.retryConfig.maxDoublings, 4);
    assert.equal((await call('POST', `${QUEUE}:pause`, {})).json.state, 'PAUSED');
    assert.equal((await call('POST', `${QUEUE}:resume`, {})).json.state, 'RUNNING');
    assert.match((await call('POST', `${QUEUE}:purge`)).json.purgeTime, /^\d{4}-.*Z$/);
    assert.equal((await call('GET', `${PARENT}/queues?pageSize=5`)).json.queues.length, 1);
    assert.deepEqual(await call('DELETE', QUEUE), { status: 200, json: {} });
    assert.deepEqual((await call('GET', `${PARENT}/queues`)).json, {});
  });

  it('creates, reads, lists, runs and deletes tasks as gRPC does', async () => {
    await createQueue();
    await call('POST', `${QUEUE}:pause`);
    // What every byte of the URL-safe alphabet looks like.
    const created = await call('POST', `${QUEUE}/tasks`, {
      task: {
        name: `${QUEUE}/tasks/t1`,
        scheduleTime: new Date(test.clock.nowMs() + 3_600_000).toISOString().replace(/\.\d+Z/, '.125+00:00'),
        httpRequest: { url: receiver.url, body: 'Pz8_Pj4-fn5-w78=', headers: { 'X-Blank': ' ' } },
      },
      responseView: 'FULL',
    });
    assert.equal(created.status, 200);
    assert.equal(created.json.httpRequest.body, 'Pz8/Pj4+fn5+w78=');
    assert.equal(created.json.httpRequest.headers['X-Blank'], ' ');
    assert.equal(created.json.dispatchDeadline, '600s');
    assert.match(created.json.scheduleTime, /\.125Z$/);
    assert.match(created.json.createTime, /:\d\dZ$/);
    assert.equal(created.json.dispatchCount, undefined);
    assert.equal((await call('GET', `${QUEUE}/tasks/t1`)).json.httpRequest.body, undefined);
    assert.deepEqual((await call('GET', `${QUEUE}/tasks/t1?responseView=FULL`)).json, created.json);
    const [overGrpc] = await test.client.getTask({ name: `${QUEUE}/tasks/t1`, responseView: 'FULL' });
    assert.equal(overGrpc.httpRequest?.body?.toString(), '???>>>~~~ÿ');
    assert.equal((await call('GET', `${QUEUE}/tasks?pageSize=10`)).json.tasks.length, 1);
    assert.equal((await call('POST', `${QUEUE}/tasks/t1:run`, {})).json.name, `${QUEUE}/tasks/t1`);
    const [request] = await receiver.waitFor(1);
    assert.equal(request?.body.toString(), '???>>>~~~ÿ');
    const other = await call('POST', `${QUEUE}/tasks`, { task: { app_engine_http_request: {} } });
    assert.equal(other.json.appEngineHttpRequest.httpMethod, 'POST');
    assert.deepEqual((await call('DELETE', other.json.name)).json, {});
  });

  it('refuses with the status, the text and the details of the service', async () => {
    await createQueue();
    assert.deepEqual(await createQueue(), {
      status: 409,
      json: { error: { code: 409, message: 'Queue already exists', status: 'ALREADY_EXISTS' } },
    });
    const unknown = await call('GET', `${PARENT}/queues/none`);
    assert.deepEqual([unknown.status, unknown.json.error.status], [404, 'NOT_FOUND']);
    const badName = await call('POST', `${PARENT}/queues`, { name: `${PARENT}/queues/Bad_name!` });
    assert.equal(badName.status, 400);
    assert.equal(badName.json.error.details[0]['@type'], 'type.googleapis.com/google.rpc.Help');
  });

  const bad: [title: string, body: unknown, text: RegExp][] = [
    ['what is no JSON', '{', /Invalid JSON payload/],
    ['what is no object', [], /Unknown name "": Root element must be a message\./],
    [
      'an unknown name',
      { task: { httpRequest: { uri: 'http://a' } } },
      /Unknown name "uri" at 'task\.http_request': Cannot find field/,
    ],
    [
      'a time that is none',
      { task: { scheduleTime: '+p1h' } },
      /Invalid value at 'task\.schedule_time' \(.*Timestamp\), "\+p1h"/,
    ],
    ['a day that does not exist', { task: { scheduleTime: '2030-13-01T00:00:00Z' } }, /schedule_time/],
    ['a duration without its unit', { task: { dispatchDeadline: '10' } }, /dispatch_deadline/],
    ['a method that does not exist', { task: { httpRequest: { httpMethod: 'FETCH' } } }, /"FETCH"/],
    ['a body that is no base64', { task: { httpRequest: { body: '***' } } }, /body/],
    ['a number for a text', { task: { name: 5 } }, /task\.name/],
  ];
  for (const [title, body, text] of bad) {
    it(`refuses ${title}`, async () => {
      await createQueue();
      const { status, json } = await call('POST', `${QUEUE}/tasks`, body);
      assert.equal(status, 400);
      assert.equal(json.error.status, 'INVALID_ARGUMENT');
      assert.match(json.error.message, text);
    });
  }

  it('refuses requests that a web page made', async () => {
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const { status, json } = await call('GET', `${PARENT}/queues`, undefined, headers);
      assert.deepEqual([status, json.error.status], [403, 'PERMISSION_DENIED']);
    }
  });

  it('lists locations', async () => {
    const { json } = await call('GET', 'projects/demo/locations?pageSize=100');
    assert.ok(json.locations.some(({ locationId }: { locationId: string }) => locationId === 'us-central1'));
    assert.equal((await call('GET', PARENT)).json.locationId, 'us-central1');
  });
});
