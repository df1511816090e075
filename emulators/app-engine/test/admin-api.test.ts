import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MovableClock } from '@waybill/emulator-kit';
import { writeGcloudConfiguration } from '../src/admin-api/write-gcloud-configuration.ts';
import { type AdminApi, type AppEngineEmulator, startAdminApi } from '../src/index.ts';
import { send } from './http-client.ts';
import { eventThat, runEmulator } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

/** A server that shows what it was deployed as. */
const SERVER = `require('node:http').createServer((request, response) => {
  const { GAE_SERVICE, GAE_VERSION, COLOUR, OVERLAY } = process.env;
  response.end([GAE_SERVICE, GAE_VERSION, COLOUR, OVERLAY].join(' '));
}).listen(process.env.PORT);
`;

describe('the Admin API', () => {
  let shop: SmallService;
  let emulator: AppEngineEmulator;
  let admin: AdminApi;
  let clock: MovableClock;
  let folder: string;

  before(async () => {
    shop = makeSmallService();
    clock = new MovableClock({ systemNowMs: () => Date.UTC(2026, 0, 15, 12, 30) });
    folder = mkdtempSync(join(tmpdir(), 'cron-'));
    const cronYaml = join(folder, 'cron.yaml');
    writeFileSync(cronYaml, 'cron:\n- url: /old\n  schedule: every day 03:00\n');
    const services = [{ appYaml: shop.appYaml, env: { OVERLAY: 'laptop' } }];
    emulator = await runEmulator({ services, cronYaml, clock });
    admin = await startAdminApi({ emulator, project: 'demo', port: 0 });
    await emulator.whenReady();
  });
  after(async () => {
    await admin.close();
    await emulator.close();
    shop.remove();
    rmSync(folder, { recursive: true });
  });

  async function call(method: string, path: string, body?: object | string, headers: object = {}) {
    const content = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const response = await fetch(`${admin.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(content !== undefined && { body: content }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> & {
        error?: { message: string };
      },
    };
  }

  /** As gcloud writes it: LF line ends, the boundary in quotes. */
  async function upload(content: string): Promise<string> {
    const name = createHash('sha1').update(content).digest('hex');
    const multipart = `--==b==\nContent-Type: application/json\n\n{"name": "${name}"}\n--==b==\nContent-Type: application/octet-stream\n\n${content}\n--==b==--`;
    const path = `upload/storage/v1/b/staging.demo.appspot.com/o?uploadType=multipart&name=${name}`;
    const type = { 'content-type': "multipart/related; boundary='==b=='" };
    const { status, body } = await call('POST', path, multipart, type);
    assert.deepEqual([status, body['size']], [200, String(content.length)]);
    return name;
  }

  async function finished(operation: Record<string, unknown>): Promise<Record<string, unknown>> {
    for (;;) {
      const { body } = await call('GET', `v1/${operation['name']}`);
      if (body['done']) return body;
      await delay(20);
    }
  }

  async function deploy(service: string, id: string, more: object = {}): Promise<Record<string, unknown>> {
    const sha1Sum = await upload(SERVER);
    const { status, body } = await call('POST', `v1/apps/demo/services/${service}/versions`, {
      id,
      runtime: 'nodejs24',
      entrypoint: { shell: 'node server.js' },
      envVariables: { COLOUR: id },
      handlers: [
        { urlRegex: '/code', staticFiles: { path: 'server.js', uploadPathRegex: 'server\\.js' } },
        { urlRegex: '/.*', script: { scriptPath: 'auto' }, securityLevel: 'SECURE_ALWAYS' },
      ],
      automaticScaling: { standardSchedulerSettings: { maxInstances: 1 }, maxConcurrentRequests: 20 },
      deployment: {
        files: { 'server.js': { sha1Sum, sourceUrl: `https://storage.googleapis.com/x/${sha1Sum}` } },
      },
      ...more,
    });
    assert.equal(status, 200, JSON.stringify(body));
    return finished(body);
  }
  const reached = async (host: string, path = '/') => (await send(emulator.port, { host, path })).body;

  it('deploys a version from uploaded files, moves the traffic to the next, and deletes the first', async () => {
    const { response } = (await deploy('worker', 'one')) as { response: { versionUrl: string } };
    assert.equal(response.versionUrl, `http://one-dot-worker.localhost:${emulator.port}`);
    assert.equal(await reached('worker.localhost'), 'worker one one laptop');
    assert.equal(await reached('worker.localhost', '/code'), SERVER);

    await deploy('worker', 'two');
    assert.equal(await reached('worker.localhost'), 'worker one one laptop');
    assert.equal(await reached('two-dot-worker.localhost'), 'worker two two laptop');
    const split = { split: { allocations: { two: 1 }, shardBy: 'UNSPECIFIED' } };
    const moved = await call(
      'PATCH',
      'v1/apps/demo/services/worker?updateMask=split&migrateTraffic=False',
      split,
    );
    assert.ok('response' in (await finished(moved.body)));
    assert.equal(await reached('worker.localhost'), 'worker two two laptop');

    await finished((await call('DELETE', 'v1/apps/demo/services/worker/versions/one')).body);
    const { body } = await call('GET', 'v1/apps/demo/services/worker/versions');
    assert.deepEqual(
      (body['versions'] as { id: string; runtime: string }[]).map(({ id, runtime }) => [id, runtime]),
      [['two', 'nodejs24']],
    );
    const deleted = await finished((await call('DELETE', 'v1/apps/demo/services/worker/versions/two')).body);
    assert.ok('response' in deleted);
    assert.equal((await call('GET', 'v1/apps/demo/services/worker')).status, 404);
  });

  it('refuses a version that exists, files that were not uploaded, and an app.yaml with problems', async () => {
    const create = (message: object) => call('POST', 'v1/apps/demo/services/default/versions', message);
    const exists = await create({ id: 'v1', runtime: 'nodejs24' });
    assert.deepEqual(
      [exists.status, exists.body['error']?.message],
      [409, 'Version v1 of default exists: give another --version'],
    );
    const missing = { 'a.js': { sha1Sum: 'a'.repeat(40) } };
    const lost = await create({ id: 'v2', runtime: 'nodejs24', deployment: { files: missing } });
    assert.match(String(lost.body['error']?.message), /The file a\.js was not uploaded/);
    const sha1Sum = await upload(SERVER);
    const outside = await create({
      ...{ id: 'v2', runtime: 'nodejs24' },
      deployment: { files: { '../../a.js': { sha1Sum } } },
    });
    assert.match(
      String(outside.body['error']?.message),
      /The path \.\.\/\.\.\/a\.js leaves the version's folder/,
    );
    const other = await create({ id: 'v2', runtime: 'python312' });
    assert.match(String(other.body['error']?.message), /app\.yaml:\d: "runtime" must be a Node\.js runtime/);
  });

  it('ends the operation with an error where the version does not start', async () => {
    const { error } = (await deploy('default', 'broken', {
      buildEnvVariables: { GOOGLE_NODE_RUN_SCRIPTS: 'no-such-script' },
    })) as {
      error: { message: string };
    };
    assert.match(
      error.message,
      /Service "default", version "broken", was not built: npm run no-such-script ended with exit code/,
    );
    assert.equal((await call('GET', 'v1/apps/demo/services/default/versions/broken')).status, 404);
  });

  it('replaces the cron jobs one by one, and runs the new ones', async () => {
    const jobs = 'v1beta1/projects/demo/locations/us-central1/jobs';
    const before = (await call('GET', `${jobs}?legacyAppEngineCron=true`)).body['jobs'] as { name: string }[];
    assert.equal(before.length, 1);
    assert.equal((await call('DELETE', `v1beta1/${before[0]?.name}`)).status, 200);
    const job = {
      schedule: 'every 30 mins from 10:00 to 14:00',
      appEngineHttpTarget: { httpMethod: 'GET', relativeUri: '/new', appEngineRouting: {} },
      retryConfig: {
        retryCount: 1,
        minBackoffDuration: '0.1s',
        maxBackoffDuration: '3600s',
        maxRetryDuration: '0s',
      },
    };
    const { body } = await call('POST', jobs, job);
    assert.match(String(body['name']), /\/jobs\/cron-2$/);
    const ran = eventThat(emulator, 'cron', ({ state }) => state === 'succeeded');
    clock.setOffset(86_400_000);
    assert.deepEqual(await ran, { job: '/new', state: 'succeeded', detail: 'answered with 200' });
    const bad = await call('POST', jobs, { ...job, schedule: 'sometimes' });
    assert.equal(bad.status, 400);
    assert.match(String(bad.body['error']?.message), /"schedule" is none of App Engine's schedules/);
  });

  it('replaces the dispatch rules, but not by one to a missing service', async () => {
    const patch = (service: string) =>
      call('PATCH', 'v1/apps/demo?updateMask=dispatchRules%2C', {
        dispatchRules: [{ domain: '*', path: '/other/*', service }],
      });
    assert.match(
      String((await patch('other')).body['error']?.message),
      /the service "other", which is not there/,
    );
    await deploy('other', 'v1');
    await finished((await patch('other')).body);
    assert.equal(await reached('localhost', '/other/a'), 'other v1 v1 laptop');
    const { body } = await call('GET', 'v1/apps/demo');
    assert.deepEqual(body['dispatchRules'], [{ domain: '*', path: '/other/*', service: 'other' }]);
  });

  it('takes no requests of web pages, and none with another host', async () => {
    const origin = { Origin: 'https://evil.example' };
    assert.equal((await call('GET', 'v1/apps/demo', undefined, origin)).status, 403);
    const { port } = new URL(admin.url);
    assert.equal((await send(Number(port), { path: '/v1/apps/demo', host: 'evil.example' })).status, 403);
  });

  it('writes a configuration that leads gcloud here', () => {
    const gcloud = join(folder, 'gcloud');
    writeGcloudConfiguration(gcloud, { project: 'demo', url: admin.url, cloudTasks: '127.0.0.1:1' });
    const text = readFileSync(join(gcloud, 'configurations/config_default'), 'utf8');
    assert.ok(text.includes(`\nappengine = ${admin.url}\nstorage = ${admin.url}storage/v1/\n`), text);
    assert.ok(text.endsWith('\ncloudtasks = http://127.0.0.1:1/\n'), text);
    assert.ok(existsSync(join(gcloud, 'active_config')));
  });
});
