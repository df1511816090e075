import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

const QUEUE = `${PARENT}/queues/tasks`;
const RCI = 'Request contains an invalid argument.';
const NO_PAYLOAD = 'Task.payload_type is not set.';
const NO_EMAIL = 'service_account_email must be set.';
const OAUTH_HOST =
  'Invalid url for HttpRequest.oauth_token. The hostname in the url must end with ".googleapis.com"';

/** A duration or time with both of its forms. */
const seconds = (value: number) => ({ grpc: { seconds: value }, rest: `${value}s` });

describe('CreateTask, as the service was recorded', () => {
  let test: TestEmulator;
  let transports: Transport[];
  let grpc: Transport;

  before(async () => {
    test = await startTestEmulator();
    grpc = grpcTransport(test.emulator.port);
    transports = [grpc, restTransport(test.emulator.port)];
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
    await test.client.pauseQueue({ name: QUEUE });
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await test.close();
  });

  const http = (httpRequest: object) => ({ httpRequest: { url: 'https://a.example/?q=1', ...httpRequest } });
  const oidc = (serviceAccountEmail: string) => http({ oidcToken: { serviceAccountEmail } });
  const oauth = (url: string, serviceAccountEmail = 'a@b') => ({
    httpRequest: { url, oauthToken: { serviceAccountEmail } },
  });

  const refused: [title: string, task: object | undefined, text: string][] = [
    ['no task', undefined, NO_PAYLOAD],
    ['no target', {}, NO_PAYLOAD],
    ['an empty URL', { httpRequest: {} }, 'HttpRequest.url is required.'],
    ['ftp', http({ url: 'ftp://a' }), "HttpTarget.url must start with 'http://' or 'https://'."],
    [
      'a URL without scheme',
      http({ url: 'example.com/work' }),
      "HttpTarget.url must start with 'http://' or 'https://'.",
    ],
    ...['GET', 'HEAD', 'DELETE', 'OPTIONS'].map((httpMethod): [string, object, string] => [
      `a body with ${httpMethod}`,
      http({ httpMethod, body: 'eA==' }),
      'Body can only be set if the http_method is POST, PUT, or PATCH.',
    ]),
    ['an OIDC token without email', oidc(''), NO_EMAIL],
    ...['x', 'a@', '@b', 'a@b@c'].map((email): [string, object, string] => [
      `the email ${email}`,
      oidc(email),
      RCI,
    ]),
    ['an OAuth token without email', oauth('https://a.googleapis.com', ''), NO_EMAIL],
    ['OAuth for another host', oauth('https://example.com'), OAUTH_HOST],
    ['OAuth for the bare host', oauth('https://googleapis.com'), OAUTH_HOST],
    ['OAuth for a host that only ends alike', oauth('https://agoogleapis.com'), OAUTH_HOST],
  ];
  for (const [title, task, text] of refused) {
    it(`refuses ${title}`, async () => {
      for (const transport of transports) {
        const { code, message } = await transport.call('CreateTask', {
          parent: QUEUE,
          ...(task && { task }),
        });
        assert.deepEqual([code, message], ['INVALID_ARGUMENT', text], transport.name);
      }
    });
  }

  it('stores the defaults of tokens', async () => {
    for (const transport of transports) {
      const create = async (task: object) => {
        const { message, response } = await transport.call('CreateTask', { parent: QUEUE, task });
        assert.equal(message, '');
        return response.httpRequest;
      };
      assert.equal((await create(oidc('a@b'))).oidcToken.audience, 'https://a.example/?q=1');
      assert.equal(
        (await create(oauth('https://a.googleapis.com/x'))).oauthToken.scope,
        'https://www.googleapis.com/auth/cloud-platform',
      );
    }
  });

  it('checks deadlines and schedule times', async () => {
    for (const transport of transports) {
      const isGrpc = transport.name === 'gRPC';
      const create = (task: object) =>
        transport.call('CreateTask', { parent: QUEUE, task: { ...http({}), ...task } });
      for (const deadline of [14, 1801]) {
        const { grpc: inGrpc, rest } = seconds(deadline);
        const { message } = await create({ dispatchDeadline: isGrpc ? inGrpc : rest });
        assert.equal(message, 'Task.dispatchDeadline must be between [15s, 30m].');
      }
      const tooFar = async (atSeconds: number, nanos: number) => {
        const rest = new Date(atSeconds * 1000)
          .toISOString()
          .replace('.000Z', `.${String(nanos).padStart(9, '0')}Z`);
        const { message } = await create({ scheduleTime: isGrpc ? { seconds: atSeconds, nanos } : rest });
        return /^The Task\.scheduleTime, (.*), is too far in the future\. Schedule time must be no more than 720h in the future\.$/.exec(
          message,
        )?.[1];
      };
      assert.equal(await tooFar(4_102_444_800, 0), '2099-12-31T16:00:00-08:00');
      assert.equal(await tooFar(4_102_444_800, 500_000_000), '2099-12-31T16:00:00.5-08:00');
      assert.equal(await tooFar(4_102_444_800, 1), '2099-12-31T16:00:00.000000001-08:00');
      assert.equal(await tooFar(Date.UTC(2099, 6, 1) / 1000, 0), '2099-06-30T17:00:00-07:00');
    }
  });

  it('takes any past, and no year 10000', async () => {
    const create = (scheduleTime: object) =>
      grpc.call('CreateTask', { parent: QUEUE, task: { ...http({}), scheduleTime } });
    const { code, message } = await create({ seconds: 253_402_300_800 });
    assert.deepEqual([code, message], ['INVALID_ARGUMENT', RCI]);
    for (const past of [1_000, -1_000, -62_135_596_801]) {
      const { response } = await create({ seconds: past });
      assert.ok(Math.abs(response.scheduleTime.seconds * 1_000 - test.clock.nowMs()) < 10_000);
    }
  });

  it('takes unknown enum numbers', async () => {
    const task = { httpRequest: { url: 'https://a', httpMethod: 99, body: Buffer.from('x') } };
    const { response } = await grpc.call('CreateTask', { parent: QUEUE, task, responseView: 99 });
    assert.equal(response.httpRequest.httpMethod, 'POST');
    assert.equal(response.view, 'VIEW_UNSPECIFIED');
    assert.equal(response.httpRequest.body.length, 0);
    const { name } = response;
    assert.equal((await grpc.call('GetTask', { name, responseView: 99 })).response.view, 'VIEW_UNSPECIFIED');
    const list = await grpc.call('ListTasks', { parent: QUEUE, responseView: 99 });
    assert.equal(list.response.tasks[0].view, 'BASIC');
    const overRest = await transports[1]?.call('CreateTask', {
      parent: QUEUE,
      task: { httpRequest: { url: 'https://a', httpMethod: 99 } },
    });
    assert.equal(overRest?.response.httpRequest.httpMethod, 'POST');
  });

  it('is followed by pages with a token each, the last one too', async () => {
    const parent = `${PARENT}/queues/pages`;
    await test.client.createQueue({ parent: PARENT, queue: { name: parent } });
    await test.client.pauseQueue({ name: parent });
    for (let count = 0; count < 3; count += 1) await grpc.call('CreateTask', { parent, task: http({}) });
    for (const transport of transports) {
      const sizes: number[] = [];
      let pageToken = '';
      do {
        const { response } = await transport.call('ListTasks', { parent, pageSize: 2, pageToken });
        sizes.push(response.tasks?.length ?? 0);
        pageToken = response.nextPageToken ?? '';
      } while (pageToken !== '');
      assert.deepEqual(sizes, [2, 1, 0]);
      for (const [method, list] of [
        ['ListTasks', parent],
        ['ListQueues', PARENT],
      ] as const) {
        const { message } = await transport.call(method, { parent: list, pageSize: -1 });
        assert.equal(message, `${method}Request.pageSize cannot be negative.`);
        const bad = await transport.call(method, { parent: list, pageToken: 'bad' });
        assert.equal(bad.message, 'Invalid page_token');
      }
    }
  });

  it('reports a field that the definitions lack once, with its path', async () => {
    const { promise, resolve } = Promise.withResolvers<object>();
    const seen: object[] = [];
    test.emulator.events.on('unknownField', (event) => {
      seen.push(event);
      resolve(event);
    });
    const { port } = test.emulator;
    const { credentials, Client } = await import('@grpc/grpc-js');
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    // GetTaskRequest { 99: 1 } and CreateTaskRequest { task: { 77: "a" } }
    const send = (path: string, bytes: number[]) =>
      new Promise((done) =>
        client.makeUnaryRequest(
          `/google.cloud.tasks.v2.CloudTasks/${path}`,
          (value: Buffer) => value,
          (value) => value,
          Buffer.from(bytes),
          done,
        ),
      );
    for (let count = 0; count < 2; count += 1) await send('CreateTask', [0x12, 4, 0xea, 0x04, 1, 0x61]);
    await send('GetTask', [0x98, 0x06, 1]);
    client.close();
    await promise;
    assert.deepEqual(seen, [
      { message: 'CreateTaskRequest', field: 'task.77' },
      { message: 'GetTaskRequest', field: '99' },
    ]);
  });
});
