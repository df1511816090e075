import assert from 'node:assert/strict';
import { nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

const NAME = `${PARENT}/queues/override`;

/** A target with a token of the other kind than UPDATE's. */
const STORED = {
  uriOverride: { host: 'stored.example', pathOverride: { path: '/stored' } },
  httpMethod: 'PUT',
  headerOverrides: [{ header: { key: 'X-Custom', value: 'stored' } }],
  oidcToken: { serviceAccountEmail: 's@stored', audience: 'stored' },
};
const UPDATE = {
  uriOverride: { scheme: 'HTTPS', port: 8443, queryOverride: { queryParams: 'update=1' } },
  httpMethod: 'GET',
  headerOverrides: [{ header: { key: 'X-Other', value: 'update' } }],
  oauthToken: { serviceAccountEmail: 'u@update', scope: 'update' },
};

describe('http_target of a queue, as the service was recorded', () => {
  let test: TestEmulator;
  let receiver: Receiver;
  let grpc: Transport;
  let rest: Transport;

  before(async () => {
    receiver = await startReceiver();
    test = await startTestEmulator({ allowLoopbackHttpTokens: true });
    grpc = grpcTransport(test.emulator.port);
    rest = restTransport(test.emulator.port);
  });
  after(async () => {
    grpc.close();
    await test.close();
    await receiver.close();
  });

  const update = (httpTarget: object | undefined, paths?: string[]) =>
    grpc.call('UpdateQueue', { queue: { name: NAME, httpTarget }, ...(paths && { updateMask: { paths } }) });
  const stored = async () => (await rest.call('GetQueue', { name: NAME })).response.httpTarget;
  const inRest = (target: { uriOverride: Record<string, unknown> }) => ({
    ...target,
    uriOverride: {
      ...target.uriOverride,
      ...(target.uriOverride['port'] !== undefined && { port: String(target.uriOverride['port']) }),
    },
  });

  it('is stored as given, over both transports', async () => {
    for (const target of [STORED, UPDATE]) {
      await update(target);
      assert.deepEqual(await stored(), inRest(target));
      await update(undefined);
      const { response } = await rest.call('UpdateQueue', {
        queue: { name: NAME, httpTarget: inRest(target) },
      });
      assert.deepEqual(response.httpTarget, inRest(target));
    }
    for (const uriOverride of [
      { port: 0 },
      { port: 65_536 },
      { pathOverride: { path: '/a b' } },
      { scheme: 'SCHEME_UNSPECIFIED' },
    ]) {
      await update({ uriOverride });
      assert.deepEqual(await stored(), inRest({ uriOverride }));
    }
    for (const empty of [{}, { headerOverrides: [{}] }]) {
      await update(empty);
      assert.deepEqual(await stored(), {});
    }
  });

  const faults: [target: object, problem: string][] = [
    [{ uriOverride: { host: '' } }, 'Invalid Host.'],
    [{ uriOverride: { host: '', scheme: 'HTTP', port: 1 } }, 'Invalid Host.'],
    [{ uriOverride: { port: -1 } }, 'Port number should be a positive integer.'],
    [{ uriOverride: {} }, 'Invalid uri_override.'],
    [{ uriOverride: { uriOverrideEnforceMode: 'ALWAYS' } }, 'Invalid uri_override.'],
    [{ uriOverride: { scheme: 9 } }, ''],
    [{ uriOverride: { port: 1, uriOverrideEnforceMode: 9 } }, ''],
    [{ httpMethod: 99 }, ''],
  ];
  for (const [target, problem] of faults) {
    it(`refuses ${JSON.stringify(target)}`, async () => {
      for (const transport of [grpc, rest]) {
        const queue = { name: NAME, httpTarget: target };
        const { code, message, details } = await transport.call('UpdateQueue', { queue });
        assert.deepEqual([code, message], ['INVALID_ARGUMENT', `Error in parsing HttpTarget. ${problem}`]);
        assert.deepEqual(details, [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'INVALID_INPUT_ON_HTTP_TARGET_OVERRIDE',
            domain: 'cloudtasks.googleapis.com',
            metadata: { invalid_field: problem },
          },
        ]);
      }
    });
  }

  it('refuses emails and names of headers', async () => {
    const token = (serviceAccountEmail: string) => update({ oidcToken: { serviceAccountEmail } });
    assert.equal((await token('')).message, 'service_account_email must be set.');
    assert.equal((await token('a@b@c')).message, 'Request contains an invalid argument.');
    const keys = ['User-Agent', 'Content-Type', 'HOST', '', 'a:b', 'X-CloudTasks-A'];
    const headerOverrides = keys.map((key) => ({ header: { key, value: 'x' } }));
    assert.equal(
      (await update({ headerOverrides }, ['name'])).message,
      'Error in parsing HttpTarget.headers. Header name cannot be empty or start with reserved prefixes. Invalid headers found: User-Agent, HOST, , a:b, X-CloudTasks-A',
    );
  });

  const { uriOverride: uri } = STORED;
  const { oidcToken: _, ...withoutToken } = STORED;
  const merges: [path: string, result: object][] = [
    ['http_target', UPDATE],
    ['http_target.uri_override', { ...STORED, uriOverride: UPDATE.uriOverride }],
    ['http_target.header_overrides', { ...STORED, headerOverrides: UPDATE.headerOverrides }],
    ['http_target.http_method', { ...STORED, httpMethod: 'GET' }],
    ['http_target.uri_override.scheme', { ...STORED, uriOverride: { ...uri, scheme: 'HTTPS' } }],
    ['http_target.uri_override.port', { ...STORED, uriOverride: { ...uri, port: '8443' } }],
    ['http_target.uri_override.host', { ...STORED, uriOverride: { pathOverride: uri.pathOverride } }],
    ['http_target.uri_override.path_override', { ...STORED, uriOverride: { host: uri.host } }],
    ['http_target.oauth_token', { ...withoutToken, oauthToken: UPDATE.oauthToken }],
    ['http_target.oauth_token.scope', { ...withoutToken, oauthToken: { scope: 'update' } }],
    ['retry_config', STORED],
  ];
  for (const [path, result] of merges) {
    it(`merges ${path}`, async () => {
      await update(STORED);
      assert.equal((await update(UPDATE, [path])).message, '');
      const expected =
        'uriOverride' in result ? inRest(result as { uriOverride: Record<string, unknown> }) : result;
      assert.deepEqual(await stored(), expected);
    });
  }

  it('merges what leaves nothing', async () => {
    await update(STORED);
    await update(undefined, ['http_target']);
    assert.equal(await stored(), undefined);
    const { message } = await update({ uriOverride: { port: 1 } }, ['http_target.uri_override.host']);
    assert.equal(message, 'Error in parsing HttpTarget. Invalid uri_override.');
    await update({ oauthToken: UPDATE.oauthToken }, ['http_target.oidc_token.service_account_email']);
    assert.deepEqual(await stored(), {});
  });

  it('gives its token to tasks', async () => {
    const create = async (httpRequest: object) =>
      (await grpc.call('CreateTask', { parent: NAME, task: { httpRequest } })) as {
        message: string;
        // biome-ignore lint/suspicious/noExplicitAny: the response of this test
        response: any;
      };
    await test.client.pauseQueue({ name: NAME });
    await update({ oidcToken: { serviceAccountEmail: 'q@q' }, uriOverride: { host: 'other.example' } });
    const url = 'https://task.example/x?y=1';
    const own = { oauthToken: { serviceAccountEmail: 't@t' } };
    const { response } = await create({ url, ...own });
    assert.deepEqual(response.httpRequest.oidcToken, { serviceAccountEmail: 'q@q', audience: url });
    assert.equal(response.httpRequest.url, url);
    const bad = await create({ url, oauthToken: { serviceAccountEmail: '' } });
    assert.equal(bad.message, 'service_account_email must be set.');
    await update({ oauthToken: { serviceAccountEmail: 'q@q' } });
    assert.match((await create({ url })).message, /^Invalid url for HttpRequest\.oauth_token/);
    const google = await create({ url: 'https://a.googleapis.com/' });
    assert.equal(
      google.response.httpRequest.oauthToken.scope,
      'https://www.googleapis.com/auth/cloud-platform',
    );
    await grpc.call('PurgeQueue', { name: NAME });
    await test.client.resumeQueue({ name: NAME });
  });

  /** Dispatches a task under a target. @returns its last request; undefined if none was sent */
  async function dispatch(target: object, httpRequest: object) {
    const before = receiver.received.length;
    await test.client.pauseQueue({ name: NAME });
    await update(undefined);
    const task = { httpRequest };
    assert.equal((await grpc.call('CreateTask', { parent: NAME, task })).message, '');
    // The override applies to tasks that were made before it.
    assert.equal((await update(target)).message, '');
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    await test.client.resumeQueue({ name: NAME });
    const { error } = await ended;
    await grpc.call('PurgeQueue', { name: NAME });
    const request = receiver.received.slice(before).at(-1);
    return { error, request };
  }

  it('overrides URL, method and headers at dispatch', async () => {
    const { hostname, port } = new URL(receiver.url);
    const target = {
      uriOverride: {
        scheme: 'HTTP',
        host: hostname,
        port: Number(port),
        pathOverride: { path: '/queue' },
        queryOverride: { queryParams: 'q=1' },
      },
      httpMethod: 'PUT',
      headerOverrides: [{ header: { key: 'x-both', value: 'queue' } }],
      oidcToken: { serviceAccountEmail: 'q@q' },
    };
    const { request } = await dispatch(target, {
      url: 'https://nowhere.example/task?t=1',
      body: Buffer.from('kept'),
      headers: { 'X-Both': 'task', 'X-Task': 'task' },
    });
    assert.deepEqual([request?.method, request?.path], ['PUT', '/queue?q=1']);
    assert.equal(request?.headers['x-both'], 'queue');
    assert.equal(request?.headers['x-task'], 'task');
    assert.match(request?.headers.authorization ?? '', /^Bearer ey/);
    assert.equal(request?.body.toString(), 'kept');
  });

  it('leaves a URL with a path alone where it only fills in', async () => {
    const uriOverride = {
      pathOverride: { path: '/queue' },
      queryOverride: { queryParams: 'q=1' },
      uriOverrideEnforceMode: 'IF_NOT_EXISTS',
    };
    const withPath = await dispatch({ uriOverride }, { url: `${receiver.url}/task` });
    assert.equal(withPath.request?.path, '/task');
    const bare = await dispatch({ uriOverride }, { url: receiver.url });
    assert.equal(bare.request?.path, '/queue?q=1');
  });

  it('sends no body by GET', async () => {
    const without = await dispatch({ httpMethod: 'GET' }, { url: receiver.url });
    assert.equal(without.request?.method, 'GET');
    const withBody = await dispatch({ httpMethod: 'GET' }, { url: receiver.url, body: Buffer.from('x') });
    assert.equal(withBody.request, undefined);
    assert.match(withBody.error ?? '', /^UNKNOWN\(2\): HTTP status code 0/);
  });
});
