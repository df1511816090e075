import assert from 'node:assert/strict';
import { FloodGuard } from './flood-guard.ts';

describe('FloodGuard', () => {
  it('allows its capacity at once, then as much as time brings', () => {
    let nowMs = 0;
    const guard = new FloodGuard({ capacity: 3, perSecond: 2, nowMs: () => nowMs });
    assert.deepEqual(
      [1, 1, 1, 1].map((cost) => guard.spend(cost)),
      [true, true, true, false],
    );
    nowMs += 500;
    assert.deepEqual([guard.spend(1), guard.spend(1)], [true, false]);
    nowMs += 60_000;
    assert.deepEqual([guard.spend(4), guard.spend(3)], [false, true]);
  });

  it('gets back what is earned, up to its capacity', () => {
    const guard = new FloodGuard({ capacity: 2, perSecond: 0, nowMs: () => 0 });
    guard.spend(2);
    guard.earn(10);
    assert.deepEqual([guard.spend(3), guard.spend(2)], [false, true]);
  });
});
