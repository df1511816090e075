import assert from 'node:assert/strict';
import { TokenBucket } from './token-bucket.ts';

/** Tokens taken within `spanMs` by someone who asks each `stepMs`. */
function taken(perSecond: number, size: number, spanMs: number, stepMs: number): number {
  let nowMs = 0;
  const bucket = new TokenBucket({ perSecond, size, nowMs: () => nowMs });
  let count = 0;
  for (; nowMs <= spanMs; nowMs += stepMs) while (bucket.take()) count += 1;
  return count;
}

describe('TokenBucket', () => {
  it('gives its size at once, then its rate, however often it is asked', () => {
    assert.equal(taken(500, 100, 0, 1), 100);
    for (const stepMs of [0.3, 1, 7, 50]) {
      const count = taken(500, 100, 60_000, stepMs);
      assert.ok(Math.abs(count - 30_100) <= 300, `${count} in a minute, asked each ${stepMs} ms`);
    }
  });

  it('knows rates below one a second', () => {
    assert.equal(taken(0.5, 10, 20_000, 1_000), 20);
  });

  it('tells how long the next token takes', () => {
    let nowMs = 0;
    const bucket = new TokenBucket({ perSecond: 2, size: 1, nowMs: () => nowMs });
    assert.equal(bucket.msUntilToken(), 0);
    bucket.take();
    assert.equal(bucket.msUntilToken(), 500);
    nowMs = 200;
    assert.equal(bucket.msUntilToken(), 300);
  });

  it('never holds more than its size, and keeps what fits when resized', () => {
    let nowMs = 0;
    const bucket = new TokenBucket({ perSecond: 100, size: 20, nowMs: () => nowMs });
    bucket.resize(1, 3);
    nowMs = 1_000_000;
    const got = [bucket.take(), bucket.take(), bucket.take(), bucket.take()];
    assert.deepEqual(got, [true, true, true, false]);
  });
});
