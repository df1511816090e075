import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import sinon from 'sinon';
import { QueueScheduler } from './queue-scheduler.ts';

const LIMITS = { maxDispatchesPerSecond: 500, maxBurstSize: 100, maxConcurrentDispatches: 1_000 };

describe('QueueScheduler', () => {
  let timers: sinon.SinonFakeTimers;
  let clock: MovableClock;
  let sent: number[];

  beforeEach(() => {
    timers = sinon.useFakeTimers({ now: 1_000_000, toFake: ['setTimeout', 'clearTimeout'] });
    clock = new MovableClock({ systemNowMs: () => timers.now });
    sent = [];
  });
  afterEach(() => timers.restore());

  function schedulerWith(limits: Partial<typeof LIMITS>): QueueScheduler {
    return new QueueScheduler({
      clock,
      limits: { ...LIMITS, ...limits },
      paused: false,
      held: false,
      start: (rowId) => sent.push(rowId),
      monotonicMs: () => timers.now,
    });
  }

  it('sends what is due at once, and the rest in its time', () => {
    const scheduler = schedulerWith({});
    scheduler.add(1, timers.now);
    scheduler.add(2, timers.now + 5_000);
    scheduler.add(3, timers.now + 2_000);
    assert.deepEqual(sent, [1]);
    timers.tick(2_000);
    assert.deepEqual(sent, [1, 3]);
    clock.setOffset(3_600_000);
    timers.tick(1);
    assert.deepEqual(sent, [1, 3, 2]);
  });

  it('needs one timer for any number of tasks, and none when nothing waits for its time', () => {
    const scheduler = schedulerWith({});
    for (let rowId = 1; rowId <= 1_000; rowId += 1) scheduler.add(rowId, timers.now + 60_000 + rowId);
    assert.equal(timers.countTimers(), 1);
    scheduler.setPaused(true);
    assert.equal(timers.countTimers(), 0);
    scheduler.setPaused(false);
    assert.equal(timers.countTimers(), 1);
    scheduler.clear();
    assert.equal(timers.countTimers(), 0);
  });

  it('sends a burst, then at the rate', () => {
    const scheduler = schedulerWith({ maxDispatchesPerSecond: 1, maxBurstSize: 10 });
    for (let rowId = 1; rowId <= 20; rowId += 1) scheduler.add(rowId, timers.now);
    assert.equal(sent.length, 10);
    timers.tick(999);
    assert.equal(sent.length, 10);
    timers.tick(1);
    assert.equal(sent.length, 11);
    timers.tick(5_000);
    assert.equal(sent.length, 16);
  });

  it('keeps a rate of 500 a second within one in a hundred', () => {
    const scheduler = schedulerWith({ maxConcurrentDispatches: 100_000 });
    for (let rowId = 1; rowId <= 6_000; rowId += 1) scheduler.add(rowId, timers.now);
    timers.tick(10_000);
    const steady = sent.length - LIMITS.maxBurstSize;
    assert.ok(Math.abs(steady - 5_000) <= 50, `${steady} in 10 s`);
  });

  it('makes no rate tokens when the clock is moved', () => {
    const scheduler = schedulerWith({ maxDispatchesPerSecond: 0.5, maxBurstSize: 1 });
    for (let rowId = 1; rowId <= 5; rowId += 1) scheduler.add(rowId, timers.now);
    clock.setOffset(24 * 3_600_000);
    timers.tick(1);
    assert.deepEqual(sent, [1]);
  });

  it('waits rather than spins where a token is months away', () => {
    const scheduler = schedulerWith({ maxDispatchesPerSecond: 1e-8, maxBurstSize: 1 });
    scheduler.add(1, timers.now);
    scheduler.add(2, timers.now);
    const fired = sinon.spy(timers, 'setTimeout');
    timers.tick(60_000);
    assert.equal(fired.callCount, 0);
    assert.deepEqual(sent, [1]);
  });

  it('never has more open than the cap, through pause, resume and changes', () => {
    const scheduler = schedulerWith({ maxConcurrentDispatches: 3 });
    for (let rowId = 1; rowId <= 10; rowId += 1) scheduler.add(rowId, timers.now);
    assert.deepEqual(sent, [1, 2, 3]);
    assert.equal(timers.countTimers(), 0);
    scheduler.setPaused(true);
    scheduler.ended(1);
    assert.equal(sent.length, 3);
    scheduler.setPaused(false);
    assert.deepEqual(sent, [1, 2, 3, 4]);
    scheduler.setLimits({ ...LIMITS, maxConcurrentDispatches: 2 });
    scheduler.ended(2);
    assert.equal(sent.length, 4);
    scheduler.ended(3);
    assert.equal(scheduler.openCount, 2 - 1 + 1);
    scheduler.setLimits({ ...LIMITS, maxConcurrentDispatches: 5 });
    assert.equal(scheduler.openCount, 5);
  });

  it('sends an ordered task past pause, time, rate and cap, once', () => {
    const scheduler = schedulerWith({ maxConcurrentDispatches: 1 });
    scheduler.add(1, timers.now);
    scheduler.add(2, timers.now + 60_000);
    scheduler.setPaused(true);
    scheduler.runNow(2);
    scheduler.runNow(2);
    assert.deepEqual(sent, [1, 2]);
  });

  it('keeps ordered tasks, too, until a hold ends', () => {
    const scheduler = schedulerWith({});
    scheduler.setHeld(true);
    scheduler.add(1, timers.now);
    scheduler.add(2, timers.now + 60_000);
    scheduler.runNow(2);
    assert.deepEqual(sent, []);
    assert.equal(scheduler.hasDue, true);
    scheduler.setHeld(false);
    assert.deepEqual(sent, [2, 1]);
  });

  it('forgets what is removed, in whatever order', () => {
    const scheduler = schedulerWith({});
    scheduler.setPaused(true);
    for (let rowId = 1; rowId <= 5; rowId += 1) scheduler.add(rowId, timers.now);
    scheduler.remove(1);
    scheduler.remove(3);
    scheduler.remove(3);
    scheduler.setPaused(false);
    assert.deepEqual(sent, [2, 4, 5]);
  });
});
