import assert from 'node:assert/strict';
import { backoffMicros, mayRetry } from './backoff.ts';

const SECOND = 1_000_000;

function seconds(min: number, max: number, maxDoublings: number, retries: number): number[] {
  const backoff = { minBackoffMicros: min * SECOND, maxBackoffMicros: max * SECOND, maxDoublings };
  return Array.from({ length: retries }, (_, index) => backoffMicros(backoff, index + 1) / SECOND);
}

describe('backoffMicros()', () => {
  it('doubles, then grows linearly, then stays at the longest wait', () => {
    assert.deepEqual(seconds(10, 300, 3, 9), [10, 20, 40, 80, 160, 240, 300, 300, 300]);
    assert.deepEqual(seconds(10, 300, 4, 7), [10, 20, 40, 80, 160, 300, 300]);
    assert.deepEqual(seconds(5, 600, 4, 13), [5, 10, 20, 40, 80, 160, 240, 320, 400, 480, 560, 600, 600]);
  });

  it('grows linearly from the start without doublings', () => {
    assert.deepEqual(seconds(10, 3600, 0, 4), [10, 20, 30, 40]);
  });

  it('does not overflow with any number of doublings', () => {
    assert.deepEqual(seconds(0.1, 3600, 2 ** 31 - 1, 5_000).slice(-2), [3600, 3600]);
  });
});

describe('mayRetry()', () => {
  it('counts attempts where no duration is set', () => {
    assert.equal(mayRetry({ maxAttempts: 3 }, 2, 10 * SECOND), true);
    assert.equal(mayRetry({ maxAttempts: 3 }, 3, 0), false);
    assert.equal(mayRetry({ maxAttempts: -1 }, 1_000_000, 10 * SECOND), true);
  });

  it('gives up only when both limits are reached', () => {
    const limits = { maxAttempts: 3, maxRetryDurationMicros: 60 * SECOND };
    assert.equal(mayRetry(limits, 3, 59 * SECOND), true);
    assert.equal(mayRetry(limits, 2, 61 * SECOND), true);
    assert.equal(mayRetry(limits, 3, 60 * SECOND), false);
  });

  it('stops at the duration where attempts are unlimited', () => {
    const limits = { maxAttempts: -1, maxRetryDurationMicros: 60 * SECOND };
    assert.equal(mayRetry(limits, 500, 59 * SECOND), true);
    assert.equal(mayRetry(limits, 1, 60 * SECOND), false);
  });
});
