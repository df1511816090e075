import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppEngineEmulator, DeploymentError } from '../src/index.ts';
import { send } from './http-client.ts';
import { runEmulator, trustedToken } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

describe('routing', () => {
  let emulator: AppEngineEmulator;
  let shop: SmallService;
  let worker: SmallService;
  let manual: SmallService;
  let passing: SmallService;
  let folder: string;
  let random = 0;

  before(async () => {
    shop = makeSmallService();
    worker = makeSmallService('service: worker');
    manual = makeSmallService('service: manual\nmanual_scaling:\n  instances: 2');
    passing = makeSmallService('service: passing');
    folder = mkdtempSync(join(tmpdir(), 'dispatch-'));
    const dispatchYaml = join(folder, 'dispatch.yaml');
    writeFileSync(
      dispatchYaml,
      'dispatch:\n- url: "*/mobile/*"\n  service: worker\n- url: "demo.appspot.com/only-default"\n  service: worker\n- url: "*/gone"\n  service: passing\n',
    );
    emulator = await runEmulator({
      services: [
        { appYaml: shop.appYaml },
        { appYaml: shop.appYaml, version: 'beta' },
        { appYaml: worker.appYaml },
        { appYaml: worker.appYaml, version: 'v2', env: { COLOUR: 'green' } },
        { appYaml: manual.appYaml },
        { appYaml: passing.appYaml },
      ],
      dispatchYaml,
      random: () => random,
    });
    await emulator.whenReady();
  });

  after(async () => {
    await emulator.close();
    for (const service of [shop, worker, manual, passing]) service.remove();
    rmSync(folder, { recursive: true });
  });

  for (const target of ['*', 'http://[::1/', '/echo#part', 'ftp://localhost/echo']) {
    it(`answers 400 to the request target ${target}`, async () => {
      const answer = await send(emulator.port, { path: target });
      assert.equal(answer.status, 400);
      assert.match(answer.body, /The request target must be a path such as/);
    });
  }

  for (const target of ['//', '//evil.example/', '/%zz', '/%']) {
    it(`hands on the request target ${target} as it is`, async () => {
      const requested = once(emulator.events, 'request');
      await send(emulator.port, { path: target });
      const [{ service, path }] = (await requested) as [{ service: string; path: string }];
      assert.deepEqual({ service, path }, { service: 'default', path: target });
    });
  }

  /** Who answered: `service/version`. */
  async function reached(host: string, path = '/echo'): Promise<string> {
    const answer = await send(emulator.port, { host, path });
    if (answer.status !== 200) return String(answer.status);
    const { env } = answer.json() as { env: Record<string, string> };
    return `${env['GAE_SERVICE']}/${env['GAE_VERSION']}`;
  }

  const hosts: [string, string][] = [
    ['localhost', 'default/v1'],
    ['127.0.0.1', 'default/v1'],
    ['demo.uc.r.appspot.com', 'default/v1'],
    ['default.localhost', 'default/v1'],
    ['worker.localhost', 'worker/v1'],
    ['worker.demo.uc.r.appspot.com', 'worker/v1'],
    ['v2-dot-worker.localhost', 'worker/v2'],
    ['v2.worker.demo.appspot.com', 'worker/v2'],
    ['v2-dot-worker-dot-demo.uc.r.appspot.com', 'worker/v2'],
    ['beta.localhost', 'default/beta'],
    ['beta-dot-demo.appspot.com', 'default/beta'],
  ];
  for (const [host, expected] of hosts) {
    it(`sends ${host} to ${expected}`, async () => {
      assert.equal(await reached(host), expected);
    });
  }

  const unknown: [string, RegExp][] = [
    ['nowhere.localhost', /no service "nowhere".*services: default, manual, passing, worker/],
    ['v9-dot-worker.localhost', /no version "v9" of a service "worker".*versions: v1, v2/],
    ['v1-dot-nowhere.localhost', /no version "v1" of a service "nowhere".*services: default/],
    ['other.appspot.com', /not of this application/],
    ['0.v1.worker.localhost', /no instance "0".*manual scaling/],
    ['2.v1.manual.localhost', /no instance "2"/],
  ];
  for (const [host, text] of unknown) {
    it(`answers ${host} with 404 and says why`, async () => {
      const answer = await send(emulator.port, { host });
      assert.equal(answer.status, 404);
      assert.match(answer.body, text);
    });
  }

  it('reaches each instance of a manually scaled version by its number', async () => {
    const instanceOf = async (host: string) =>
      ((await send(emulator.port, { host })).json() as { env: Record<string, string> }).env['GAE_INSTANCE'];
    const [first, second] = [
      await instanceOf('0.v1.manual.localhost'),
      await instanceOf('1.v1.manual.localhost'),
    ];
    assert.notEqual(first, second);
    assert.equal(await instanceOf('0.v1.manual.localhost'), first);
  });

  it('tells a service how long it may take: ten minutes, and a day with manual scaling', async () => {
    const timeouts: (string | undefined)[] = [];
    for (const host of ['localhost', 'manual.localhost']) {
      const { headers } = (await send(emulator.port, { host })).json() as { headers: Record<string, string> };
      timeouts.push(headers['x-appengine-timeout-ms']);
    }
    assert.deepEqual(timeouts, ['599999', '86399999']);
  });

  it('asks instances of manual scaling for /_ah/start before anything else', async () => {
    const requests = (await send(emulator.port, { host: '0.v1.manual.localhost', path: '/requests' })).json();
    assert.equal((requests as unknown as { path: string }[])[0]?.path, '/_ah/start');
  });

  it('follows dispatch.yaml, but for paths of App Engine and hosts that name a version', async () => {
    assert.equal(await reached('localhost', '/mobile/home?x=1'), 'worker/v1');
    assert.equal(await reached('manual.localhost', '/mobile/home'), 'worker/v1');
    assert.equal(await reached('localhost', '/mobile'), 'default/v1');
    assert.equal(await reached('localhost', '/_ah/mobile/'), 'default/v1');
    assert.equal(await reached('v2-dot-worker.localhost', '/mobile/home'), 'worker/v2');
    assert.equal(await reached('beta.localhost', '/mobile/home'), 'default/beta');
  });

  it('knows localhost by its appspot name in dispatch.yaml', async () => {
    assert.equal(await reached('localhost', '/only-default'), 'worker/v1');
    assert.equal(await reached('manual.localhost', '/only-default'), 'manual/v1');
  });

  it('names the service that dispatch.yaml means and that was removed', async () => {
    assert.equal(await reached('localhost', '/gone'), 'passing/v1');
    await emulator.removeVersion('passing', 'v1');
    const answer = await send(emulator.port, { path: '/gone' });
    assert.equal(answer.status, 404);
    assert.match(answer.body, /dispatch\.yaml names a service "passing"/);
  });

  it('refuses a dispatch.yaml with a rule to a service that is not there', async () => {
    const dispatchYaml = join(folder, 'missing.yaml');
    writeFileSync(
      dispatchYaml,
      'dispatch:\n- url: "*/a"\n  service: worker\n- url: "*/b"\n  service: wroker\n',
    );
    await assert.rejects(
      runEmulator({ services: [{ appYaml: shop.appYaml }, { appYaml: worker.appYaml }], dispatchYaml }),
      {
        name: 'YamlFileError',
        message: /missing\.yaml:5: there is no service "wroker" \(services: default, worker\)/,
      },
    );
  });

  it('routes an absolute-form target by its own host, which the service gets', async () => {
    const answer = await send(emulator.port, {
      path: 'http://v2.worker.localhost:1/echo?a=1',
      host: 'manual.localhost',
    });
    const { env, path, headers } = answer.json() as unknown as {
      env: Record<string, string>;
      path: string;
      headers: Record<string, string>;
    };
    assert.equal(`${env['GAE_SERVICE']}/${env['GAE_VERSION']}`, 'worker/v2');
    assert.equal(path, '/echo?a=1');
    assert.equal(headers['host'], 'v2.worker.localhost:1');
    assert.equal(await reached('localhost', 'http://worker.localhost/'), 'worker/v1');
  });

  it('lets a task reach the version that its host names', async () => {
    const headers = { 'X-App-Engine-Emulator-Token': trustedToken, 'X-AppEngine-TaskName': 't1' };
    const answer = await send(emulator.port, { host: 'v2.worker.demo.uc.r.appspot.com', headers });
    assert.equal((answer.json() as { env: Record<string, string> }).env['GAE_VERSION'], 'v2');
  });

  it('splits the traffic of a service as told', async () => {
    emulator.setTraffic('worker', { v1: 0.75, v2: 0.25 });
    random = 0.74;
    assert.equal(await reached('worker.localhost'), 'worker/v1');
    random = 0.76;
    assert.equal(await reached('worker.localhost'), 'worker/v2');
    random = 0.999;
    assert.equal(await reached('worker.localhost'), 'worker/v2');
    emulator.setTraffic('worker', { v1: 1 });
    assert.equal(await reached('worker.localhost'), 'worker/v1');
    assert.throws(() => emulator.setTraffic('worker', { v1: 0.5 }), /add up to 1, got 0\.5/);
    assert.throws(() => emulator.setTraffic('worker', { v3: 1 }), /no version "v3" \(versions: v1, v2\)/);
    assert.throws(() => emulator.setTraffic('nobody', { v1: 1 }), DeploymentError);
  });

  it('keeps a client at its version by a cookie', async () => {
    emulator.setTraffic('worker', { v1: 0.5, v2: 0.5 }, 'cookie');
    random = 0.5;
    const host = 'worker.localhost';
    const first = await send(emulator.port, { host });
    assert.deepEqual(first.headers['set-cookie'], ['GOOGAPPUID=500; Path=/']);
    assert.equal((first.json() as { env: Record<string, string> }).env['GAE_VERSION'], 'v2');
    random = 0;
    const again = await send(emulator.port, { host, headers: { Cookie: 'GOOGAPPUID=500' } });
    assert.equal(again.headers['set-cookie'], undefined);
    assert.equal((again.json() as { env: Record<string, string> }).env['GAE_VERSION'], 'v2');
    // A host that names a version has no part in it.
    const named = await send(emulator.port, { host: 'v1.worker.localhost' });
    assert.equal(named.headers['set-cookie'], undefined);
    emulator.setTraffic('worker', { v1: 1 });
  });

  it('keeps an address at its version, tasks and all', async () => {
    emulator.setTraffic('worker', { v1: 0.5, v2: 0.5 }, 'ip');
    const versions = new Set<string>();
    for (random of [0, 0.3, 0.6, 0.9]) versions.add(await reached('worker.localhost'));
    assert.equal(versions.size, 1);
    emulator.setTraffic('worker', { v1: 1 });
  });

  it('adds a version while running, gives it the traffic, and removes the old one', async () => {
    await emulator.deploy({ appYaml: manual.appYaml, version: 'v2', serving: true });
    assert.equal(await reached('manual.localhost'), 'manual/v2');
    await assert.rejects(emulator.removeVersion('manual', 'v2'), /gets traffic/);
    await emulator.removeVersion('manual', 'v1');
    assert.equal(await reached('v1-dot-manual.localhost'), '404');
    await assert.rejects(
      emulator.deploy({ appYaml: manual.appYaml, version: 'v2' }),
      /has a version "v2" already/,
    );
  });
});
