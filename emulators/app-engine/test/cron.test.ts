import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MovableClock } from '@waybill/emulator-kit';
import { type AppEngineEmulator, type CronEvent, UnknownCronJobError } from '../src/index.ts';
import { send } from './http-client.ts';
import { eventThat, runEmulator } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

const minuteMs = 60_000;

describe('cron', () => {
  let emulator: AppEngineEmulator;
  let shop: SmallService;
  let worker: SmallService;
  let folder: string;
  let clock: MovableClock;
  let events: CronEvent[];

  beforeEach(async () => {
    shop = makeSmallService();
    worker = makeSmallService('service: worker');
    folder = mkdtempSync(join(tmpdir(), 'cron-'));
    writeFileSync(
      join(folder, 'cron.yaml'),
      `cron:
- description: sweep
  url: /cron/sweep
  schedule: every 1 minutes
  target: worker
- url: /daily
  schedule: every day 03:00
- url: /fail
  schedule: every 1000 hours
- description: try again
  url: /fail?again
  schedule: every 1000 hours
  retry_parameters:
    job_retry_limit: 2
    min_backoff_seconds: 10
`,
    );
    // Half past noon UTC, so that a jump of half an hour meets no time of day.
    clock = new MovableClock({ systemNowMs: () => Date.UTC(2026, 0, 15, 12, 30, 30) });
    emulator = await runEmulator({
      services: [{ appYaml: shop.appYaml }, { appYaml: worker.appYaml }],
      cronYaml: join(folder, 'cron.yaml'),
      clock,
    });
    events = [];
    emulator.events.on('cron', (event) => events.push(event));
    await emulator.whenReady();
  });

  afterEach(async () => {
    await emulator.close();
    shop.remove();
    worker.remove();
    rmSync(folder, { recursive: true });
  });

  async function requestsOf(host: string) {
    const answer = await send(emulator.port, { host, path: '/requests' });
    const requests = answer.json() as unknown as {
      method: string;
      path: string;
      headers: Record<string, string>;
    }[];
    return requests.filter(({ path }) => path !== '/requests');
  }

  it('runs a job once after a jump past thirty of its runs, and goes on from there', async () => {
    const once = eventThat(emulator, 'cron', ({ state }) => state === 'succeeded');
    clock.setOffset(30 * minuteMs);
    await once;
    assert.deepEqual(
      events.map(({ job, state }) => `${job} ${state}`),
      ['sweep started', 'sweep succeeded'],
    );
    const again = eventThat(emulator, 'cron', ({ state }) => state === 'succeeded');
    clock.setOffset(31 * minuteMs);
    await again;
    assert.equal((await requestsOf('worker.localhost')).length, 2);
    assert.equal((await requestsOf('localhost')).length, 0);
  });

  it('runs each job once after a jump of three days', async () => {
    const both = Promise.all(
      ['sweep', '/daily'].map((name) =>
        eventThat(emulator, 'cron', ({ job, state }) => job === name && state === 'succeeded'),
      ),
    );
    clock.setOffset(3 * 24 * 60 * minuteMs);
    await both;
    assert.deepEqual(
      (await requestsOf('localhost')).map(({ path }) => path),
      ['/daily'],
    );
    assert.deepEqual(
      (await requestsOf('worker.localhost')).map(({ path }) => path),
      ['/cron/sweep'],
    );
  });

  it("sends what App Engine's cron sends", async () => {
    assert.deepEqual(await emulator.runCron('sweep'), { status: 200 });
    const [request] = await requestsOf('worker.localhost');
    assert.equal(request?.method, 'GET');
    assert.equal(request?.headers['x-appengine-cron'], 'true');
    assert.equal(request?.headers['x-appengine-user-ip'], '0.1.0.1');
    assert.equal(request?.headers['x-forwarded-for'], '0.1.0.1');
    assert.equal(request?.headers['x-app-engine-emulator-token'], undefined);
    assert.equal(request?.headers['host'], 'worker-dot-demo.uc.r.appspot.com');
  });

  it('runs a job by hand, by description or URL, and knows no others', async () => {
    assert.deepEqual(await emulator.runCron('/cron/sweep'), { status: 200 });
    await assert.rejects(emulator.runCron('nothing'), (error: Error) => {
      assert.ok(error instanceof UnknownCronJobError);
      assert.match(
        error.message,
        /no cron job "nothing" \(jobs: "sweep", "\/daily", "\/fail", "try again"\)/,
      );
      return true;
    });
  });

  it('does not try a failed run again', async () => {
    assert.deepEqual(await emulator.runCron('/fail'), { status: 500 });
    assert.deepEqual(
      events.map(({ state }) => state),
      ['started', 'failed'],
    );
  });

  it('tries a failed run again as often, and as late, as its retry_parameters say', async () => {
    const delays: string[] = [];
    emulator.events.on('cron', ({ state, detail }) => {
      if (state !== 'retrying') return;
      delays.push(detail);
      clock.setOffset(clock.offsetMs + 20_000);
    });
    assert.deepEqual(await emulator.runCron('try again'), { status: 500 });
    assert.deepEqual(delays, ['answered with 500; again in 10 s', 'answered with 500; again in 20 s']);
    assert.equal((await requestsOf('localhost')).length, 3);
  });
});
