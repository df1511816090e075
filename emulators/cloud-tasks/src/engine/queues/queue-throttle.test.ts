import assert from 'node:assert/strict';
import { QueueThrottle, type ThrottlingSettings } from './queue-throttle.ts';

const STEP_MS = 300_000;

describe('QueueThrottle', () => {
  let nowMs: number;
  beforeEach(() => {
    nowMs = 1_000;
  });
  const throttleWith = (settings: ThrottlingSettings) => new QueueThrottle(settings, () => nowMs);

  it('leaves the rate alone without settings', () => {
    const throttle = throttleWith({});
    throttle.ended('overloaded');
    assert.equal(throttle.rate(500), 500);
  });

  it('halves the rate on overload at most once a second, and recovers by successes', () => {
    const throttle = throttleWith({ onErrors: true });
    throttle.ended('overloaded');
    throttle.ended('overloaded');
    assert.equal(throttle.rate(100), 50);
    nowMs += 1_000;
    throttle.ended('overloaded');
    assert.equal(throttle.rate(100), 25);
    for (let second = 0; second < 20; second += 1) {
      nowMs += 1_000;
      throttle.ended('succeeded');
    }
    assert.equal(throttle.rate(100), 100);
  });

  it('halves the rate on failures once more than half of the attempts fail', () => {
    const throttle = throttleWith({ onErrors: true });
    for (let count = 0; count < 19; count += 1) throttle.ended('failed');
    assert.equal(throttle.rate(100), 100);
    throttle.ended('failed');
    assert.equal(throttle.rate(100), 50);
  });

  it('grows from a slow start by half every five minutes', () => {
    const throttle = throttleWith({ slowStartPerSecond: 10 });
    assert.equal(throttle.rate(500), 10);
    nowMs += STEP_MS;
    assert.equal(throttle.rate(500), 15);
    nowMs += 20 * STEP_MS;
    assert.equal(throttle.rate(500), 500);
  });

  it('starts slowly again after a restart, and after five idle minutes', () => {
    const throttle = throttleWith({ slowStartPerSecond: 10 });
    nowMs += STEP_MS;
    throttle.started();
    assert.equal(throttle.rate(500), 15);
    throttle.restart();
    assert.equal(throttle.rate(500), 10);
    nowMs += STEP_MS + 1;
    throttle.started();
    assert.equal(throttle.rate(500), 10);
  });
});
