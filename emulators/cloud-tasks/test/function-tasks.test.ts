import assert from 'node:assert/strict';
import { decodeJwt } from 'jose';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/resize-image`;
const BODY = Buffer.from('{"data":{"size":7}}');
const EMAIL = 'emulated-service-acct@email.com';

describe("tasks of Firebase's functions", () => {
  let functions: Receiver;
  let test: TestEmulator;

  before(async () => {
    functions = await startReceiver();
    test = await startTestEmulator({ functionsUrl: functions.url });
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
  });
  beforeEach(() => {
    functions.received.length = 0;
  });
  after(async () => {
    await test.close();
    await functions.close();
  });

  async function call(method: string, path: string, body?: object) {
    const response = await fetch(`http://127.0.0.1:${test.emulator.port}/${path}`, {
      method,
      headers: { Authorization: 'Bearer owner' },
      ...(body && { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: each test looks into its own response
    return { status: response.status, json: (await response.json()) as any };
  }

  /** Creates a task as firebase-admin does. */
  const enqueue = (task: object = {}, httpRequest: object = {}) =>
    call('POST', `${QUEUE}/tasks`, {
      task: {
        httpRequest: {
          url: '',
          oidcToken: { serviceAccountEmail: EMAIL },
          body: BODY.toString('base64'),
          headers: { 'Content-Type': 'application/json' },
          ...httpRequest,
        },
        ...task,
      },
    });
  const later = { scheduleTime: new Date(Date.now() + 3_600_000).toISOString() };

  it('are created without a version in the path, and reach the function of the queue', async () => {
    const { status, json } = await enqueue({ name: `${QUEUE}/tasks/a` });
    assert.deepEqual([status, json], [200, { task: { name: `/${QUEUE}/tasks/a` } }]);
    const [request] = await functions.waitFor(1);
    assert.equal(request?.method, 'POST');
    assert.equal(request?.path, '/demo/us-central1/resize-image');
    assert.deepEqual(request?.body, BODY);
    const { headers } = request;
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['user-agent'], 'Google-Cloud-Tasks');
    assert.equal(headers['x-cloudtasks-queuename'], 'resize-image');
    assert.equal(headers['x-cloudtasks-taskname'], 'a');
    assert.equal(headers['x-cloudtasks-taskretrycount'], '0');
    assert.equal(headers['x-cloudtasks-taskexecutioncount'], '0');
    const [scheme, token = ''] = (headers.authorization ?? '').split(' ');
    assert.equal(scheme, 'Bearer');
    const { aud, email } = decodeJwt(token);
    assert.deepEqual([aud, email], [`${functions.url}/demo/us-central1/resize-image`, EMAIL]);
  });

  it('keep the URL that they have', async () => {
    await enqueue({}, { url: `${functions.url}/own?a=1` });
    assert.equal((await functions.waitFor(1))[0]?.path, '/own?a=1');
  });

  it('are deleted by the id that the queue gave them', async () => {
    const { json } = await enqueue(later);
    assert.match(json.task.name, new RegExp(`^/${QUEUE}/tasks/\\d+$`));
    const name = json.task.name.slice(1);
    assert.equal((await test.client.getTask({ name }))[0].name, name);
    assert.deepEqual(await call('DELETE', name), { status: 200, json: {} });
    assert.equal((await call('DELETE', name)).json.error.status, 'NOT_FOUND');
  });

  it('are refused as tasks of the API are', async () => {
    const named = { ...later, name: `${QUEUE}/tasks/twice` };
    assert.equal((await enqueue(named)).status, 200);
    const second = await enqueue(named);
    assert.deepEqual([second.status, second.json.error.status], [409, 'ALREADY_EXISTS']);
    const noQueue = await call('POST', `${PARENT}/queues/none/tasks`, { task: { httpRequest: { url: '' } } });
    assert.deepEqual([noQueue.status, noQueue.json.error.status], [404, 'NOT_FOUND']);
    const noTarget = await call('POST', `${QUEUE}/tasks`, { task: {} });
    assert.equal(noTarget.json.error.message, 'Task.payload_type is not set.');
    const unknown = await call('POST', `${QUEUE}/tasks`, { tusk: {} });
    assert.match(unknown.json.error.message, /Unknown name "tusk"/);
  });

  it('are only for firebase-admin: the API asks for a URL, and for https with a token', async () => {
    const create = (url: string) =>
      call('POST', `v2/${QUEUE}/tasks`, {
        task: { httpRequest: { url, oidcToken: { serviceAccountEmail: EMAIL } } },
      });
    assert.equal((await create('')).json.error.message, 'HttpRequest.url is required.');
    assert.match((await create(functions.url)).json.error.message, /must start with 'https:\/\/'/);
  });

  it('are not created by web pages', async () => {
    const response = await fetch(`http://127.0.0.1:${test.emulator.port}/${QUEUE}/tasks`, {
      method: 'POST',
      headers: { Origin: 'http://evil.example' },
      body: '{}',
    });
    assert.equal(response.status, 403);
  });
});
