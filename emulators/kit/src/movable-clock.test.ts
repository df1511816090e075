import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sinon from 'sinon';
import { MovableClock, openMovableClock } from './movable-clock.ts';

const HOUR_MS = 3_600_000;

describe('MovableClock', () => {
  afterEach(() => sinon.restore());

  it('is the machine’s time plus its offset', () => {
    const clock = new MovableClock({ offsetMs: 500, systemNowMs: () => 1_000 });
    assert.equal(clock.nowMs(), 1_500);
    clock.setOffset(2_000);
    assert.equal(clock.nowMs(), 3_000);
  });

  it('refuses to go back, naming where it is', () => {
    const clock = new MovableClock({ offsetMs: 10 });
    assert.throws(() => clock.setOffset(9), {
      name: 'RangeError',
      message: /at least the present 10, got 9/,
    });
    assert.throws(() => clock.setOffset(10.5), { name: 'RangeError' });
    assert.equal(clock.offsetMs, 10);
  });

  it('runs a timer once when real time reaches it, beyond the longest timer of the platform too', () => {
    const timers = sinon.useFakeTimers();
    const clock = new MovableClock();
    const run = sinon.spy();
    clock.at(clock.nowMs() + 1_000 * HOUR_MS, run);
    timers.tick(999 * HOUR_MS);
    assert.equal(run.callCount, 0);
    timers.tick(HOUR_MS);
    timers.tick(1_000 * HOUR_MS);
    assert.equal(run.callCount, 1);
  });

  it('runs a timer that a move has passed, and none that was cancelled', () => {
    const timers = sinon.useFakeTimers();
    const clock = new MovableClock();
    const passed = sinon.spy();
    const cancelled = sinon.spy();
    clock.at(clock.nowMs() + HOUR_MS, passed);
    clock.at(clock.nowMs() + HOUR_MS, cancelled)();
    clock.setOffset(HOUR_MS);
    assert.equal(passed.callCount, 0, 'never synchronously');
    timers.tick(0);
    assert.equal(passed.callCount, 1);
    assert.equal(cancelled.callCount, 0);
    assert.equal(timers.countTimers(), 0);
  });
});

describe('openMovableClock()', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'clock-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it('keeps its offset over a restart', () => {
    openMovableClock(dataDir).setOffset(86_400_000);
    assert.equal(openMovableClock(dataDir).offsetMs, 86_400_000);
  });

  it('refuses a damaged file by name', () => {
    writeFileSync(join(dataDir, 'clock.json'), '{"offsetMs": "soon"}');
    assert.throws(() => openMovableClock(dataDir), /clock\.json must hold/);
  });
});
