import assert from 'node:assert/strict';
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { MovableClock } from '@waybill/emulator-kit';
import type { AppEngineEmulator, AppEngineEmulatorOptions } from '../src/index.ts';
import { FakeTimers } from './fake-timers.ts';
import { send } from './http-client.ts';
import { eventThat, runEmulator } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

const minuteMs = 60_000;

describe('scaling', () => {
  const made: SmallService[] = [];
  const running: AppEngineEmulator[] = [];
  const held = new Set<ClientRequest>();
  let clock: MovableClock;

  afterEach(async () => {
    for (const sent of held) sent.destroy();
    held.clear();
    await Promise.all(running.splice(0).map((emulator) => emulator.close()));
    for (const service of made.splice(0)) service.remove();
  });

  async function run(
    appYaml: string,
    options: Partial<AppEngineEmulatorOptions> = {},
    server?: string,
  ): Promise<AppEngineEmulator> {
    const service = makeSmallService(appYaml, server);
    made.push(service);
    clock = new MovableClock();
    const emulator = await runEmulator({ services: [{ appYaml: service.appYaml }], clock, ...options });
    running.push(emulator);
    return emulator;
  }

  /** Sends a request that is answered never, and gives the instance that has it. */
  async function hold(
    emulator: AppEngineEmulator,
    host = 'localhost',
  ): Promise<{ instance: string; end: () => Promise<void> }> {
    const has = eventThat(emulator, 'log', ({ line }) => line === 'hanging');
    const options = { port: emulator.port, host: '127.0.0.1', path: '/hang', headers: { Host: host } };
    const sent = request({ ...options, agent: false })
      .on('error', () => {})
      .end();
    held.add(sent);
    const { instance } = await has;
    return {
      instance,
      async end() {
        const gone = eventThat(emulator, 'request', ({ path }) => path === '/hang');
        sent.destroy();
        await gone;
      },
    };
  }

  const ready = (emulator: AppEngineEmulator) =>
    eventThat(emulator, 'instance', ({ state }) => state === 'ready');
  const stopped = (emulator: AppEngineEmulator) =>
    eventThat(emulator, 'instance', ({ state }) => state === 'stopped');
  const instances = (emulator: AppEngineEmulator) => emulator.services()[0]?.instances ?? [];

  it('adds instances as requests come, up to max_instances, and lets further requests wait their turn', async () => {
    const emulator = await run('automatic_scaling:\n  max_concurrent_requests: 2\n  max_instances: 2');
    await emulator.whenReady();
    const second = ready(emulator);
    const first = await hold(emulator);
    await second;
    const others = [await hold(emulator), await hold(emulator), await hold(emulator)];
    const counts = Map.groupBy([first, ...others], ({ instance }) => instance);
    assert.deepEqual(
      [...counts.values()].map((requests) => requests.length),
      [2, 2],
    );
    assert.deepEqual(
      instances(emulator).map(({ requests }) => requests),
      [2, 2],
    );
    const answers: number[] = [];
    const waiting = [1, 2].map((number) => send(emulator.port).then(() => answers.push(number)));
    await first.end();
    await Promise.all(waiting);
    assert.deepEqual(answers, [1, 2]);
    assert.equal(instances(emulator).length, 2);
  });

  it('answers 503 when every instance is busy for too long', async () => {
    const emulator = await run('automatic_scaling:\n  max_concurrent_requests: 1\n  max_instances: 1', {
      limits: { pendingTimeoutMs: 200 },
    });
    await emulator.whenReady();
    await hold(emulator);
    const answer = await send(emulator.port);
    assert.equal(answer.status, 503);
    assert.match(answer.body, /no instance was free within 0\.2 s \(1 of at most 1 have as many/);
  });

  it('forgets a request that waits when its client goes away', async () => {
    const emulator = await run('automatic_scaling:\n  max_concurrent_requests: 1\n  max_instances: 1', {
      limits: { maxPending: 1 },
    });
    await emulator.whenReady();
    const first = await hold(emulator);
    const reported = eventThat(emulator, 'request', ({ path }) => path === '/impatient');
    // Only one can wait: when the next on the same connection is refused, the first waits.
    const refused = eventThat(emulator, 'request', ({ path }) => path === '/refused');
    const client = connect(emulator.port, '127.0.0.1');
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    client.write(get('/impatient') + get('/refused'));
    assert.equal((await refused).status, 503);
    client.destroy();
    assert.equal((await reported).status, 0);
    const next = send(emulator.port);
    await first.end();
    assert.equal((await next).status, 200);
  });

  it('answers 503 to requests that wait when their version is removed', async () => {
    const emulator = await run('automatic_scaling:\n  max_concurrent_requests: 1\n  max_instances: 1', {
      limits: { maxPending: 1 },
    });
    await emulator.whenReady();
    await hold(emulator);
    const answers = [send(emulator.port), send(emulator.port)];
    // One waits and the other is refused, as only one may wait.
    const { body } = await Promise.race(answers);
    assert.match(body, /1 requests wait/);
    await emulator.removeVersion('default', 'v1');
    const bodies = (await Promise.all(answers)).map((answer) => `${answer.status} ${answer.body}`);
    assert.match(bodies.join(), /503 from .*it is being stopped/);
  });

  it('never has more instances than this machine is to bear', async () => {
    const emulator = await run('automatic_scaling:\n  max_concurrent_requests: 1\n  max_instances: 20', {
      limits: { maxInstances: 2 },
    });
    await emulator.whenReady();
    const second = ready(emulator);
    await hold(emulator);
    await second;
    await hold(emulator);
    assert.equal(instances(emulator).length, 2);
  });

  it('ends an instance a quarter of an hour after its last request, but for min_instances', async () => {
    const emulator = await run(
      'automatic_scaling:\n  max_concurrent_requests: 1\n  min_instances: 2\n  max_instances: 3',
    );
    const third = eventThat(
      emulator,
      'instance',
      () => instances(emulator).filter(({ state }) => state === 'ready').length === 3,
    );
    await emulator.whenReady();
    const requests = [await hold(emulator), await hold(emulator)];
    await third;
    requests.push(await hold(emulator));
    clock.setOffset(60 * minuteMs);
    for (const { end } of requests) await end();
    clock.setOffset(74 * minuteMs);
    assert.equal((await send(emulator.port)).status, 200);
    assert.equal(instances(emulator).length, 3);
    const end = stopped(emulator);
    clock.setOffset(75 * minuteMs);
    assert.match((await end).detail, /it had nothing to do/);
    clock.setOffset(1000 * minuteMs);
    assert.equal((await send(emulator.port)).status, 200);
    assert.equal(instances(emulator).length, 2);
  });

  it('does not end an instance that has a request', async () => {
    const emulator = await run('automatic_scaling:\n  max_concurrent_requests: 4\n  max_instances: 2');
    await emulator.whenReady();
    const second = ready(emulator);
    const first = [await hold(emulator), await hold(emulator)];
    await second;
    const busy = await hold(emulator);
    for (const { end } of first) await end();
    const end = stopped(emulator);
    clock.setOffset(15 * minuteMs);
    assert.equal((await end).instance, first[0]?.instance);
    assert.deepEqual(
      instances(emulator).map(({ instance }) => instance),
      [busy.instance],
    );
  });

  it('ends the last instance of basic scaling after its idle_timeout, and starts one for the next request', async () => {
    const emulator = await run('basic_scaling:\n  max_instances: 2\n  idle_timeout: 90s');
    await emulator.whenReady();
    const before = instances(emulator)[0]?.instance;
    const end = stopped(emulator);
    clock.setOffset(90_000);
    await end;
    assert.deepEqual(instances(emulator), []);
    const requests = (await send(emulator.port, { path: '/requests' })).json() as unknown as {
      path: string;
    }[];
    assert.deepEqual(
      requests.map(({ path }) => path),
      ['/_ah/start', '/requests'],
    );
    assert.notEqual(instances(emulator)[0]?.instance, before);
  });

  it('reaches instances of basic scaling by their numbers, and starts them for it', async () => {
    const emulator = await run('basic_scaling:\n  max_instances: 2');
    const second = await hold(emulator, '1.v1.default.localhost');
    assert.equal(instances(emulator)[1]?.instance, second.instance);
    assert.equal((await send(emulator.port, { host: '2.v1.default.localhost' })).status, 404);
  });

  it('does not start a version many times that does not start, and says how it died', async () => {
    const emulator = await run(
      'automatic_scaling:\n  max_concurrent_requests: 1\n  max_instances: 20',
      { limits: { pendingTimeoutMs: 500 }, timers: new FakeTimers() },
      "console.error('no database'); process.exit(3);",
    );
    await eventThat(emulator, 'instance', ({ state }) => state === 'died');
    const answers = await Promise.all([send(emulator.port), send(emulator.port), send(emulator.port)]);
    for (const { status, body } of answers) {
      assert.equal(status, 503);
      assert.match(
        body,
        /no instance became ready within 0\.5 s; the last one: ended before it was ready \(exit code 3\)/,
      );
    }
    const states = instances(emulator).map(({ state, lastDeath }) => [state, lastDeath]);
    assert.deepEqual(states, [['backing-off', 'ended before it was ready (exit code 3)']]);
  });
});
