import assert from 'node:assert/strict';
import { once } from 'node:events';
import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PortTakenError } from '@waybill/emulator-kit';
import {
  type AppEngineEmulator,
  type AppEngineEmulatorOptions,
  type InstanceEvent,
  ServiceStartError,
} from '../src/index.ts';
import { FakeTimers } from './fake-timers.ts';
import { send } from './http-client.ts';
import { eventThat, runEmulator } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

describe('instances', () => {
  const made: SmallService[] = [];
  const running: AppEngineEmulator[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((emulator) => emulator.close()));
    for (const service of made.splice(0)) service.remove();
  });

  async function run(
    service: SmallService,
    options: Partial<AppEngineEmulatorOptions> & { env?: Record<string, string> } = {},
  ): Promise<AppEngineEmulator> {
    made.push(service);
    const { env, ...rest } = options;
    const emulator = await runEmulator({
      services: [{ appYaml: service.appYaml, ...(env ? { env } : {}) }],
      ...rest,
    });
    running.push(emulator);
    return emulator;
  }

  it("gives a service App Engine's environment, its own, and the overlay, and nothing else", async () => {
    const service = makeSmallService(
      'service: worker\ninstance_class: F2\nenv_variables:\n  COLOUR: green\n  COUNT: 3\n  FLAG: true\n  LISTEN_HOST: 0.0.0.0\n  GAE_ENV: mine\n  HOST_OF_TASKS: wrong',
    );
    const emulator = await run(service, { env: { HOST_OF_TASKS: '127.0.0.1:8123' }, regionId: 'ew' });
    const { env, cwd } = (await send(emulator.port, { host: 'worker.localhost' })).json() as {
      env: Record<string, string>;
      cwd: string;
    };
    const [state] = emulator.services();
    assert.equal(cwd, realpathSync(service.folder));
    assert.match(env['GAE_DEPLOYMENT_ID'] ?? '', /^\d+$/);
    // PWD and the like are the shell's own.
    const { GAE_DEPLOYMENT_ID, APP_ENGINE_EMULATOR_SERVICE_TOKEN, PATH, PWD, OLDPWD, SHLVL, _, ...rest } =
      env;
    assert.deepEqual(rest, {
      NODE_ENV: 'production',
      COLOUR: 'green',
      COUNT: '3',
      FLAG: 'True',
      HOST_OF_TASKS: '127.0.0.1:8123',
      PORT: String(state?.instances[0]?.port),
      LISTEN_HOST: '127.0.0.1',
      GAE_ENV: 'standard',
      GAE_RUNTIME: 'nodejs24',
      GAE_SERVICE: 'worker',
      GAE_VERSION: 'v1',
      GAE_INSTANCE: state?.instances[0]?.instance,
      GAE_MEMORY_MB: '768',
      GAE_APPLICATION: 'e~demo',
      GOOGLE_CLOUD_PROJECT: 'demo',
    });
    assert.equal(PATH, process.env['PATH']);
    assert.equal(APP_ENGINE_EMULATOR_SERVICE_TOKEN?.length, 43);
  });

  it('takes a folder for the app.yaml in it, and says so when there is none', async () => {
    const service = makeSmallService('service: worker');
    const emulator = await run({ ...service, appYaml: service.folder });
    assert.equal(
      (await send(emulator.port, { host: 'worker.localhost' })).json()['cwd'],
      realpathSync(service.folder),
    );
    rmSync(service.appYaml);
    await assert.rejects(
      emulator.deploy({ appYaml: service.folder, version: 'v2' }),
      /app\.yaml:1: can't be read: ENOENT/,
    );
  });

  it('starts by npm start when app.yaml has no entry point', async () => {
    const service = makeSmallService('entrypoint: ""');
    writeFileSync(service.appYaml, 'runtime: nodejs24\n');
    writeFileSync(join(service.folder, 'package.json'), '{"scripts":{"start":"node server.mjs"}}');
    const emulator = await run(service, { environment: { PATH: process.env['PATH'], HOME: service.folder } });
    assert.equal((await send(emulator.port)).status, 200);
  });

  it('is ready only when the warm-up was answered', async () => {
    const emulator = await run(makeSmallService('inbound_services:\n- warmup'));
    await emulator.whenReady();
    const requests = (await send(emulator.port, { path: '/requests' })).json() as unknown as {
      path: string;
    }[];
    assert.deepEqual(
      requests.map(({ path }) => path),
      ['/_ah/warmup', '/requests'],
    );
  });

  it('serves all the same when the warm-up fails, and says so', async () => {
    const failing = `import { createServer } from 'node:http';
      createServer((request, response) => response.writeHead(request.url === '/_ah/warmup' ? 500 : 200).end()).listen(process.env.PORT);`;
    const emulator = await run(makeSmallService('inbound_services: [warmup]', failing));
    const { detail } = await eventThat(emulator, 'instance', ({ state }) => state === 'warmup-failed');
    assert.match(detail, /\/_ah\/warmup was answered with 500/);
    assert.equal((await send(emulator.port)).status, 200);
  });

  it('starts a killed instance again, and serves a request that waited meanwhile', async () => {
    const emulator = await run(makeSmallService());
    await emulator.whenReady();
    const before = emulator.services()[0]?.instances[0];
    const answeredBefore = (await send(emulator.port)).json();
    // The process we name is the service itself, so that anyone can kill it by its id.
    assert.equal(answeredBefore['pid'], before?.pid);
    const died = eventThat(emulator, 'instance', ({ state }) => state === 'died');
    process.kill(before?.pid ?? 0, 'SIGKILL');
    assert.match((await died).detail, /SIGKILL/);
    const answer = await send(emulator.port, { method: 'POST', body: 'kept', path: '/length' });
    assert.deepEqual(answer.json(), { length: 4 });
    const after = emulator.services()[0]?.instances[0];
    assert.equal(after?.restarts, 1);
    assert.notEqual(after?.pid, before?.pid);
  });

  it('does not give requests to an instance that closed its port', async () => {
    const closing = `import { createServer } from 'node:http';
      const server = createServer((request, response) => {
        if (request.url === '/close') {
          server.close(() => setTimeout(() => process.exit(0), 300));
          response.writeHead(200, { connection: 'close' }).end();
        } else response.end(process.env.GAE_INSTANCE);
      }).listen(process.env.PORT);`;
    const emulator = await run(makeSmallService('', closing));
    await send(emulator.port, { path: '/close' });
    const answer = await send(emulator.port, { method: 'POST', body: 'x' });
    assert.equal(answer.status, 200);
    assert.equal(answer.body, emulator.services()[0]?.instances[0]?.instance);
  });

  it('gives up on an instance that runs on without its port', async () => {
    const closing = `import { createServer } from 'node:http';
      const server = createServer((request, response) => {
        server.close();
        response.writeHead(200, { connection: 'close' }).end();
      }).listen(process.env.PORT);
      setInterval(() => {}, 1000);`;
    const emulator = await run(makeSmallService('', closing), { limits: { pendingTimeoutMs: 2000 } });
    assert.equal((await send(emulator.port)).status, 200);
    const answer = await send(emulator.port);
    assert.equal(answer.status, 503);
    assert.match(answer.body, /does not accept connections/);
  });

  it('goes to another instance where one does not accept connections', async () => {
    const closing = `import { createServer } from 'node:http';
      const server = createServer((request, response) => {
        if (request.url === '/close') server.close();
        response.writeHead(200, { connection: 'close' }).end(process.env.GAE_INSTANCE);
      }).listen(process.env.PORT);
      setInterval(() => {}, 1000);`;
    const emulator = await run(makeSmallService('automatic_scaling:\n  min_instances: 2', closing));
    await Promise.all([
      emulator.whenReady(),
      eventThat(
        emulator,
        'instance',
        () => emulator.services()[0]?.instances.every(({ state }) => state === 'ready') ?? false,
      ),
    ]);
    const { body: closed } = await send(emulator.port, { path: '/close' });
    const answers = [await send(emulator.port), await send(emulator.port, { method: 'POST', body: 'x' })];
    for (const { status, body } of answers) {
      assert.equal(status, 200);
      assert.notEqual(body, closed);
    }
  });

  it('does not call it a death when an instance is ended before it is ready', async () => {
    const emulator = await run(makeSmallService('', 'setInterval(() => {}, 1000);'));
    const states: string[] = [];
    emulator.events.on('instance', ({ state }) => states.push(state));
    await eventThat(emulator, 'instance', ({ state }) => state === 'starting');
    await emulator.close();
    assert.deepEqual(states, ['starting', 'stopped']);
  });

  it('starts an instance that keeps dying after ever longer times, and tells why it is not ready', async () => {
    const timers = new FakeTimers();
    const service = makeSmallService('', "console.error('no database'); process.exit(3);");
    const emulator = await run(service, { timers });
    const delays: (number | undefined)[] = [];
    const failed = assert.rejects(emulator.whenReady(), (error: Error) => {
      assert.ok(error instanceof ServiceStartError);
      assert.match(error.message, /Service "default", version "v1", died 5 times in a row at its start/);
      assert.match(
        error.message,
        /Entry point: node server\.mjs \(from .*app\.yaml\)\nIts last output:\n {2}no database/,
      );
      return true;
    });
    // The first restart is immediate; the fake timers need their step all the same.
    await eventThat(emulator, 'instance', ({ state }) => state === 'died');
    await timers.waitFor(0);
    for (let round = 0; round < 6; round += 1) {
      const next = eventThat(emulator, 'instance', ({ state }) => state === 'backing-off');
      timers.advance(delays.at(-1) ?? 0);
      delays.push((await next).delayMs);
      await timers.waitFor(delays.at(-1) ?? 0);
    }
    assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 8000]);
    await failed;
    assert.equal(emulator.services()[0]?.instances[0]?.state, 'backing-off');
  });

  it('forgets old deaths once an instance was ready for ten seconds', async () => {
    const timers = new FakeTimers();
    const emulator = await run(makeSmallService(), { timers });
    const events: InstanceEvent[] = [];
    emulator.events.on('instance', (event) => events.push(event));
    for (let round = 0; round < 3; round += 1) {
      await send(emulator.port);
      timers.advance(10_000);
      await emulator.killInstance('default');
      await timers.waitFor(0);
      timers.advance(0);
    }
    await send(emulator.port);
    assert.deepEqual(
      events.filter(({ state }) => state === 'backing-off'),
      [],
    );
    assert.equal(emulator.services()[0]?.instances[0]?.restarts, 3);
  });

  it('says what a service was doing that never listens', async () => {
    const timers = new FakeTimers();
    const thinking = "console.log('thinking'); setInterval(() => {}, 1000);";
    const emulator = await run(makeSmallService('', thinking), { timers });
    await eventThat(emulator, 'log', ({ line }) => line === 'thinking');
    timers.advance(60_000);
    await assert.rejects(
      emulator.whenReady(),
      /was not ready within 60 s\.\nEntry point: node server\.mjs.*\n.*\n {2}thinking/,
    );
  });

  it('answers 503 when no instance is ready in time, and at once when too many requests wait', async () => {
    const emulator = await run(makeSmallService('', 'setInterval(() => {}, 1000);'), {
      limits: { pendingTimeoutMs: 300, maxPending: 1 },
    });
    const [first, second] = await Promise.all([send(emulator.port), send(emulator.port)]);
    const texts = [first.body, second.body].sort();
    assert.deepEqual([first.status, second.status], [503, 503]);
    assert.match(texts[0] ?? '', /1 requests wait for an instance already/);
    assert.match(texts[1] ?? '', /no instance became ready within 0\.3 s/);
  });

  it('ends services by SIGTERM, and waits for what npm or a shell started below the entry point', async () => {
    const slow = `import { createServer } from 'node:http';
      process.on('SIGTERM', () => setTimeout(() => { console.log('ended in order'); process.exit(0); }, 200));
      createServer((request, response) => response.end()).listen(process.env.PORT);`;
    const emulator = await run(makeSmallService('entrypoint: "true; node server.mjs"', slow));
    await emulator.whenReady();
    const ended = eventThat(emulator, 'log', ({ line }) => line === 'ended in order');
    await emulator.close();
    await ended;
  });

  it('kills what ignores SIGTERM after the grace', async () => {
    const stubborn = `import { createServer } from 'node:http';
      process.on('SIGTERM', () => {});
      createServer((request, response) => response.end()).listen(process.env.PORT);`;
    const emulator = await run(makeSmallService('', stubborn), { limits: { stopGraceMs: 100 } });
    await emulator.whenReady();
    const stopped = eventThat(emulator, 'instance', ({ state }) => state === 'stopped');
    await emulator.close();
    assert.match((await stopped).detail, /SIGKILL/);
  });

  it('ends in order when it is closed just after its start', async () => {
    const emulator = await run(makeSmallService());
    const states: string[] = [];
    emulator.events.on('instance', ({ state }) => states.push(state));
    await emulator.close();
    await emulator.close();
    assert.equal(states.at(-1), 'stopped');
    assert.deepEqual(
      emulator.services().map(({ instances }) => instances.map(({ state, pid }) => ({ state, pid }))),
      [[{ state: 'stopped', pid: undefined }]],
    );
  });

  it('keeps trying when it cannot even start the process', async () => {
    const timers = new FakeTimers();
    const service = makeSmallService();
    const emulator = await run(service, { timers });
    await emulator.whenReady();
    const died = eventThat(emulator, 'instance', ({ detail }) => detail.includes('could not be started'));
    service.remove();
    await emulator.killInstance('default');
    await timers.waitFor(0);
    timers.advance(0);
    await died;
    await timers.waitFor(500);
    assert.equal(emulator.services()[0]?.instances[0]?.state, 'backing-off');
  });

  it('starts an instance again when asked to', async () => {
    const emulator = await run(makeSmallService());
    const before = (await send(emulator.port)).json()['pid'];
    await emulator.restartInstance('default');
    assert.notEqual((await send(emulator.port)).json()['pid'], before);
    await assert.rejects(
      emulator.restartInstance('default', 'v9'),
      /no service "default" with a version "v9"/,
    );
  });

  it('gives no request to an instance that is ending, and lets it answer those that it has', async () => {
    const slow = `import { createServer } from 'node:http';
      let first;
      process.on('SIGTERM', () => { console.log('ending'); setTimeout(() => first.end('last words', () => process.exit()), 300); });
      createServer((request, response) => {
        if (request.url === '/first') { first = response; console.log('has it'); }
        else response.end(process.env.GAE_INSTANCE);
      }).listen(process.env.PORT);`;
    const emulator = await run(makeSmallService('', slow));
    const has = eventThat(emulator, 'log', ({ line }) => line === 'has it');
    const first = send(emulator.port, { path: '/first' });
    const old = (await has).instance;
    const ending = eventThat(emulator, 'log', ({ line }) => line === 'ending');
    const restarted = emulator.restartInstance('default');
    await ending;
    assert.notEqual((await send(emulator.port)).body, old);
    assert.equal((await first).body, 'last words');
    await restarted;
  });

  it('takes a version away again that was deployed and does not start', async () => {
    const emulator = await run(makeSmallService());
    const broken = makeSmallService('', 'process.exit(1)');
    made.push(broken);
    await assert.rejects(
      emulator.deploy({ appYaml: broken.appYaml, version: 'v2', serving: true }),
      /version "v2", died 5 times/,
    );
    assert.deepEqual(
      emulator.services().map(({ version, trafficShare }) => [version, trafficShare]),
      [['v1', 1]],
    );
    assert.equal((await send(emulator.port)).status, 200);
  }).timeout(20_000);

  it('names a port that is taken, and starts nothing', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await assert.rejects(run(makeSmallService(), { port }), (error: Error) => {
      assert.ok(error instanceof PortTakenError);
      assert.match(error.message, new RegExp(`Port ${port} `));
      return true;
    });
    other.close();
  });

  it('names every problem of every file before it starts anything', async () => {
    const bad = makeSmallService('colour: green\nservice: Bad');
    await assert.rejects(run(bad, { cronYaml: '/nowhere/cron.yaml' }), (error: Error) => {
      assert.match(error.message, /app\.yaml:3: unknown key "colour"/);
      assert.match(error.message, /app\.yaml:4: "service" must be/);
      assert.match(error.message, /\/nowhere\/cron\.yaml:1: can't be read/);
      return true;
    });
  });
});
