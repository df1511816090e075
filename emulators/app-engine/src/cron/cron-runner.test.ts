import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { parseCronYaml } from '@waybill/google-config';
import { CronRunner } from './cron-runner.ts';

const minuteMs = 60_000;
const jobs = parseCronYaml('cron.yaml', 'cron:\n- url: /sweep\n  schedule: every 1 minutes\n');

describe('CronRunner', () => {
  it('never runs a job beside itself: what is due meanwhile waits for the end', async () => {
    const clock = new MovableClock({ systemNowMs: () => Date.UTC(2026, 0, 15) });
    const starts: PromiseWithResolvers<number>[] = [];
    let onStart = () => {};
    const runner = new CronRunner({
      jobs,
      clock,
      send: () => {
        const run = Promise.withResolvers<number>();
        starts.push(run);
        onStart();
        return run.promise;
      },
      onEvent: () => {},
    });
    runner.start();
    const first = new Promise<void>((resolve) => {
      onStart = resolve;
    });
    clock.setOffset(minuteMs);
    await first;
    clock.setOffset(10 * minuteMs);
    const byHand = runner.run('/sweep');
    assert.equal(starts.length, 1);
    starts[0]?.resolve(200);
    assert.deepEqual(await byHand, { status: 200 });
    const second = new Promise<void>((resolve) => {
      onStart = resolve;
    });
    clock.setOffset(11 * minuteMs);
    await second;
    assert.equal(starts.length, 2);
    starts[1]?.resolve(200);
    await runner.close();
  });

  it('ends the run that goes on when it is closed', async () => {
    const clock = new MovableClock();
    const runner = new CronRunner({
      jobs,
      clock,
      send: (_, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('cut off'))),
        ),
      onEvent: () => {},
    });
    runner.start();
    const run = runner.run('/sweep');
    await runner.close();
    assert.deepEqual(await run, { error: 'cut off' });
  });
});
