import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineContract } from '@waybill/contract-kit';
import {
  createLogger,
  createService,
  createShutdown,
  type RunningService,
  runService,
} from '@waybill/service-kit';
import {
  createOidcOriginCheck,
  createTaskRuntime,
  createWorker,
  defineHandler,
  type OidcOriginCheckOptions,
  type TaskClient,
  type TaskRuntimeOptions,
} from '@waybill/task-runtime';
import { cloudTaskName } from '@waybill/task-runtime/operator';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import sinon from 'sinon';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';
import { aboutALetter } from '../letters.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://worker.example';
const ACCOUNT = 'invoker@demo.iam.gserviceaccount.com';

const letter = { ...aboutALetter, description: 'Does something to a letter.' };
const foldLetter = defineContract({ ...letter, name: 'fold-letter' });
const burnLetter = defineContract({ ...letter, name: 'burn-letter', queue: 'fires' });

/** A key pair, and its public half as it stands in a key set. */
interface TestKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function makeKey(kid: string): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

describe('a worker that is called over HTTP', () => {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: 'test',
    version: 'v1',
    level: 'warning',
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const handle = sinon.stub<[{ letterId: string }], Promise<void>>();
  let key: TestKey;
  let otherKey: TestKey;
  let bed: TaskTestBed;
  let running: RunningService[] = [];
  let worker: RunningService;

  before(async () => {
    key = await makeKey('k1');
    otherKey = await makeKey('k1');
    bed = await startTaskTestBed({
      handlers: [foldLetter, burnLetter].map((contract) =>
        defineHandler(contract, { handle: (payload) => handle(payload) }),
      ),
    });
    worker = await startWorker();
  });
  after(async () => {
    await Promise.all(running.map((service) => service.stop()));
    running = [];
    await bed.close();
  });
  beforeEach(() => {
    handle.reset();
    handle.resolves();
  });

  /** A second worker beside the test bed's own, which lets in by tokens alone. */
  async function startWorker(options: Partial<OidcOriginCheckOptions> = {}): Promise<RunningService> {
    const { runtime } = bed;
    const shutdown = createShutdown({ logger });
    const app = createService({ logger, stopping: shutdown.stopping });
    app.use(
      createWorker({
        runtime,
        handlers: [foldLetter, burnLetter].map((contract) =>
          defineHandler(contract, { handle: (payload) => handle(payload) }),
        ),
        originCheck: createOidcOriginCheck({
          issuer: ISSUER,
          audience: AUDIENCE,
          serviceAccount: ACCOUNT,
          keys: { keys: [key.jwk] },
          queues: runtime.catalogue.queues,
          ...options,
        }),
        service: 'worker',
        stopping: shutdown.stopping,
      }),
    );
    const service = await runService({ app: app.callback(), port: 0, host: '127.0.0.1', logger, shutdown });
    running.push(service);
    return service;
  }

  /** A token that is right in everything but what is asked for. */
  async function makeToken(
    wrong: {
      claims?: Record<string, unknown>;
      key?: CryptoKey | Uint8Array;
      header?: Record<string, unknown>;
    } = {},
  ): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    return new SignJWT({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: '100000000000000000001',
      email: ACCOUNT,
      email_verified: true,
      iat: nowSeconds,
      exp: nowSeconds + 3_600,
      ...wrong.claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...wrong.header })
      .sign(wrong.key ?? key.privateKey);
  }

  /** Enqueues a task that Cloud Tasks won't deliver by itself, and delivers it by hand. */
  async function enqueue(letterId: string): Promise<string> {
    const queue = bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'letters');
    await bed.cloudTasks.pauseQueue({ name: queue });
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(foldLetter, { letterId }, { subject: `letters/${letterId}` }),
    );
    return taskId;
  }

  function deliver(options: {
    token?: string | undefined;
    to?: RunningService;
    path?: string;
    headers?: Record<string, string>;
    body?: unknown;
  }): Promise<Response> {
    const {
      token,
      to = worker,
      path = '/tasks/fold-letter/v1',
      headers = {},
      body = { letterId: 'x' },
    } = options;
    return fetch(`${to.url}${path}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-CloudTasks-QueueName': 'letters',
        'X-CloudTasks-TaskName': 'a-task',
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify(body),
    });
  }

  it('does a task that comes with the token of the right account, and sweeps for it', async () => {
    const taskId = await enqueue('right');
    const token = await makeToken();
    const response = await deliver({
      token,
      headers: { 'X-CloudTasks-TaskName': cloudTaskName(taskId, 0) },
      body: { letterId: 'right' },
    });
    assert.equal(response.status, 200, await response.text());
    assert.ok(handle.calledOnceWith({ letterId: 'right' }));
    assert.equal((await bed.record(taskId)).state, 'succeeded');
    const swept = await fetch(`${worker.url}/cron/sweep`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(swept.status, 200, await swept.text());
  });

  it('adopts a task of a producer without the ledger', async () => {
    const response = await deliver({
      token: await makeToken(),
      headers: { 'X-CloudTasks-TaskName': 'by-hand', 'X-CloudTasks-TaskRetryCount': '2' },
      body: { letterId: 'theirs' },
    });
    assert.equal(response.status, 200, await response.text());
    assert.ok(handle.calledOnceWith({ letterId: 'theirs' }));
    assert.equal((await bed.record('letters.by-hand')).state, 'succeeded');
  });

  describe('lets nothing reach a handler, and no sweep begin, with', () => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
    const forgeries: Record<string, () => Promise<string | undefined>> = {
      'forged headers and no token': async () => undefined,
      'a token that is none': async () => 'a.b.c',
      'an expired token': () =>
        makeToken({ claims: { iat: nowSeconds() - 7_200, exp: nowSeconds() - 3_600 } }),
      'a token that never expires': () => makeToken({ claims: { exp: undefined } }),
      'a token of tomorrow': () => makeToken({ claims: { nbf: nowSeconds() + 86_400 } }),
      'a token that is issued in the future': () => makeToken({ claims: { iat: nowSeconds() + 120 } }),
      'a token that is issued at no time': () => makeToken({ claims: { iat: undefined } }),
      'a token that is issued at a word': () => makeToken({ claims: { iat: String(nowSeconds()) } }),
      'an address with the Kelvin sign for its k': () =>
        makeToken({ claims: { email: ACCOUNT.replace('k', '\u212A') } }),
      'a token for another audience': () => makeToken({ claims: { aud: 'https://other.example' } }),
      'a token for no audience': () => makeToken({ claims: { aud: undefined } }),
      'a token of another issuer': () =>
        makeToken({ claims: { iss: 'https://accounts.google.com.evil.example' } }),
      'a token of another account': () =>
        makeToken({ claims: { email: 'other@demo.iam.gserviceaccount.com' } }),
      'a token without an address': () => makeToken({ claims: { email: undefined } }),
      'an address that is not verified': () => makeToken({ claims: { email_verified: false } }),
      'an address that is verified by a word': () => makeToken({ claims: { email_verified: 'true' } }),
      'the algorithm none': async () => {
        const [, payload] = (await makeToken()).split('.');
        return `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`;
      },
      'HS256 by the public key as PEM': async () =>
        makeToken({ header: { alg: 'HS256' }, key: Buffer.from(await exportSPKI(key.publicKey)) }),
      'HS256 by the public key’s modulus': async () =>
        makeToken({ header: { alg: 'HS256' }, key: Buffer.from(key.jwk.n ?? '', 'base64url') }),
      'another algorithm by the right key': async () => {
        const { privateKey } = await generateKeyPair('PS256');
        return makeToken({ header: { alg: 'PS256' }, key: privateKey });
      },
      'another key under the same id': () => makeToken({ key: otherKey.privateKey }),
      'a key that the token brings along': () =>
        makeToken({ key: otherKey.privateKey, header: { jwk: otherKey.jwk, kid: undefined } }),
      'an unknown key': () => makeToken({ key: otherKey.privateKey, header: { kid: 'k2' } }),
      'changed claims under a right signature': async () => {
        const [header, , signature] = (await makeToken()).split('.');
        const [, payload] = (await makeToken({ claims: { sub: 'somebody' } })).split('.');
        return `${header}.${payload}.${signature}`;
      },
      'a signature that was taken off': async () => {
        const [header, payload] = (await makeToken()).split('.');
        return `${header}.${payload}.SIGNATURE_REMOVED_BY_GOOGLE`;
      },
    };
    for (const [name, forge] of Object.entries(forgeries)) {
      it(name, async () => {
        const token = await forge();
        const appEngine = { 'X-AppEngine-TaskName': 'a-task', 'X-AppEngine-QueueName': 'letters' };
        const response = await deliver({ token, headers: appEngine });
        assert.equal(response.status, 403);
        assert.equal(((await response.json()) as { code: string }).code, 'NOT_A_TASK_REQUEST');
        const swept = await fetch(`${worker.url}/cron/sweep`, {
          headers: { 'X-Appengine-Cron': 'true', ...(token && { Authorization: `Bearer ${token}` }) },
        });
        assert.equal(swept.status, 403);
        assert.equal(((await swept.json()) as { code: string }).code, 'NOT_A_CRON_REQUEST');
        assert.ok(handle.notCalled);
      });
    }

    it('a right token, replayed to another service', async () => {
      const other = await startWorker({ audience: 'https://second-worker.example' });
      const token = await makeToken();
      assert.equal((await deliver({ token, to: other })).status, 403);
      assert.ok(handle.notCalled);
    });

    for (const [name, headers] of [
      ['a queue of others', { 'X-CloudTasks-QueueName': 'others' }],
      ['no queue', { 'X-CloudTasks-QueueName': '' }],
      ['no task’s name', { 'X-CloudTasks-TaskName': '' }],
      ['a name that is none', { 'X-CloudTasks-TaskName': '../../orders/x' }],
    ] as const) {
      it(`a right token, but ${name}`, async () => {
        assert.equal((await deliver({ token: await makeToken(), headers })).status, 403);
        assert.ok(handle.notCalled);
      });
    }
  });

  describe('believes the record where the headers say otherwise:', () => {
    const named = (taskId: string, generation = 0) => ({
      'X-CloudTasks-TaskName': cloudTaskName(taskId, generation),
    });

    it('another contract’s path does nothing', async () => {
      const taskId = await enqueue('path');
      const headers = named(taskId);
      const token = await makeToken();
      const response = await deliver({ token, path: '/tasks/burn-letter/v1', headers });
      assert.equal(response.status, 409);
      assert.ok(handle.notCalled);
      assert.equal((await bed.record(taskId)).state, 'pending');
    });

    it('another queue and a mad retry count change nothing of it; another body isn’t used', async () => {
      const taskId = await enqueue('kept');
      const response = await deliver({
        token: await makeToken(),
        headers: {
          ...named(taskId),
          'X-CloudTasks-QueueName': 'fires',
          'X-CloudTasks-TaskRetryCount': '999999',
          'X-CloudTasks-TaskExecutionCount': '-1',
          'X-CloudTasks-TaskETA': '0.000001',
        },
        body: { letterId: 'slipped in' },
      });
      assert.equal(response.status, 200, await response.text());
      assert.ok(handle.calledOnceWith({ letterId: 'kept' }));
      const { queue, attempts, state } = await bed.record(taskId);
      assert.deepEqual({ queue, attempts, state }, { queue: 'letters', attempts: 1, state: 'succeeded' });
    });

    it('a task that is done is not done again', async () => {
      const taskId = await enqueue('once');
      const token = await makeToken();
      const headers = named(taskId);
      assert.equal((await deliver({ token, headers })).status, 200);
      assert.equal((await deliver({ token, headers })).status, 200);
      assert.ok(handle.calledOnce);
    });
  });

  describe('where Cloud Run verifies the signature', () => {
    let behindCloudRun: RunningService;
    const withoutSignature = (token: string): string =>
      token.replace(/[^.]+$/, 'SIGNATURE_REMOVED_BY_GOOGLE');
    before(async () => {
      behindCloudRun = await startWorker({ signature: 'cloud-run' });
    });

    it('believes a token that it took it off', async () => {
      const token = withoutSignature(await makeToken());
      const headers = { 'X-CloudTasks-TaskName': 'taken-off' };
      const response = await deliver({ token, to: behindCloudRun, headers });
      assert.equal(response.status, 200, await response.text());
      assert.ok(handle.calledOnce);
    });

    for (const [name, claims] of Object.entries({
      'for another audience': { aud: 'https://other.example' },
      'of another account': { email: 'other@demo.iam.gserviceaccount.com' },
      'of another issuer': { iss: 'https://other.example' },
      'that is issued in the future': { iat: Math.floor(Date.now() / 1_000) + 86_400 },
      'of the account with the Kelvin sign for its k': { email: ACCOUNT.replace('k', '\u212A') },
      'that has expired': { exp: Math.floor(Date.now() / 1_000) - 3_600 },
    })) {
      it(`refuses one ${name} all the same`, async () => {
        const token = withoutSignature(await makeToken({ claims }));
        assert.equal((await deliver({ token, to: behindCloudRun })).status, 403);
        assert.ok(handle.notCalled);
      });
    }

    it('verifies a signature that is there', async () => {
      const token = await makeToken({ key: otherKey.privateKey });
      assert.equal((await deliver({ token, to: behindCloudRun })).status, 403);
      assert.ok(handle.notCalled);
    });
  });

  it('logs at WARNING why it lets nothing in, and who the token says it is', async () => {
    for (const [path, code] of [
      ['/tasks/fold-letter/v1', 'NOT_A_TASK_REQUEST'],
      ['/cron/sweep', 'NOT_A_CRON_REQUEST'],
    ] as const) {
      const email = 'eve@demo.iam.gserviceaccount.com';
      const headers = { Authorization: `Bearer ${await makeToken({ claims: { email } })}` };
      await fetch(`${worker.url}${path}`, { method: path.startsWith('/cron') ? 'GET' : 'POST', headers });
      const line = lines.at(-1);
      assert.partialDeepStrictEqual(line, { severity: 'WARNING', code, claimedIdentity: email });
      assert.match(String(line?.['reason']), /its ID token is of another account/);
    }
  });

  it('takes a token whose signer’s clock is 20 s ahead', async () => {
    const token = await makeToken({ claims: { iat: Math.floor(Date.now() / 1_000) + 20 } });
    const headers = { 'X-CloudTasks-TaskName': 'clock-ahead' };
    assert.equal((await deliver({ token, headers })).status, 200);
  });

  it('reads no keys in clear text from another machine', () => {
    for (const keys of ['http://keys.example/', 'http://127.0.0.1.nip.io/'].map((url) => new URL(url))) {
      const options = { issuer: ISSUER, audience: AUDIENCE, serviceAccount: ACCOUNT, queues: [], keys };
      assert.throws(() => createOidcOriginCheck(options), /keys must be an https:\/\/ URL/);
    }
  });

  describe('with its keys elsewhere', () => {
    let server: Server;
    let publish: () => object | undefined;
    let remote: RunningService;
    before(async () => {
      server = createServer((_request, response) => {
        const keySet = publish();
        if (keySet === undefined) response.writeHead(503).end();
        else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(keySet));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      remote = await startWorker({ keys: new URL(`http://127.0.0.1:${port}/`) });
    });
    after(() => server.close());

    it('asks for a retry while they can’t be had, and takes them once they can', async () => {
      const token = await makeToken();
      const headers = { 'X-CloudTasks-TaskName': 'by-remote-keys' };
      publish = () => undefined;
      const early = await deliver({ token, to: remote, headers });
      assert.equal(early.status, 500);
      assert.equal(((await early.json()) as { code: string }).code, 'TOKEN_KEYS_UNAVAILABLE');
      assert.ok(handle.notCalled);
      publish = () => ({ keys: [key.jwk] });
      assert.equal((await deliver({ token, to: remote, headers })).status, 200);
      assert.ok(handle.calledOnce);
    });
  });

  describe('tasks for it', () => {
    const target = {
      kind: 'http',
      origins: { worker: 'https://worker-1.example' },
      serviceAccount: ACCOUNT,
      audience: AUDIENCE,
    } as const;
    const clientWith = (options: Partial<TaskRuntimeOptions>): TaskClient =>
      createTaskRuntime({
        firestore: bed.firestore,
        cloudTasks: bed.cloudTasks,
        queueLocation: bed.queueLocation,
        catalogue: bed.catalogue,
        logger,
        ...options,
      }).client;
    const sentBy = async (client: TaskClient) => {
      const queue = bed.cloudTasks.queuePath(
        bed.queueLocation.project,
        bed.queueLocation.location,
        'letters',
      );
      await bed.cloudTasks.pauseQueue({ name: queue });
      const { taskId } = await client.transaction(async (transaction) =>
        transaction.enqueue(foldLetter, { letterId: 'sent' }, { subject: 'letters/sent' }),
      );
      const name = `${queue}/tasks/${cloudTaskName(taskId, 0)}`;
      const [task] = await bed.cloudTasks.getTask({ name, responseView: 'FULL' });
      return task;
    };

    it('are created with its address, and a token of the account for it', async () => {
      const { httpRequest, appEngineHttpRequest, dispatchDeadline } = await sentBy(clientWith({ target }));
      assert.ok(!appEngineHttpRequest);
      assert.equal(httpRequest?.url, 'https://worker-1.example/tasks/fold-letter/v1');
      assert.deepEqual(httpRequest?.oidcToken, { serviceAccountEmail: ACCOUNT, audience: AUDIENCE });
      assert.equal(String(httpRequest?.body), '{"letterId":"sent"}');
      assert.equal(httpRequest?.headers?.['Content-Type'], 'application/json');
      assert.equal(httpRequest?.httpMethod, 'POST');
      assert.ok(Number(dispatchDeadline?.seconds) > 30);
    });

    it('are posted below the path that the service mounts its listener at, with a token for its origin', async () => {
      const { audience: _, ...rest } = target;
      const mounted = { ...rest, origins: { worker: 'https://worker-1.example/internal' } };
      const { httpRequest } = await sentBy(clientWith({ target: mounted }));
      assert.equal(httpRequest?.url, 'https://worker-1.example/internal/tasks/fold-letter/v1');
      assert.equal(httpRequest?.oidcToken?.audience, 'https://worker-1.example');
    });

    it('need the address of every service', () => {
      assert.throws(() => clientWith({ target: { ...target, origins: {} } }), {
        name: 'ContractDefinitionError',
        message: /fold-letter v1 is done by worker, whose address is not given/,
      });
    });
  });
});
