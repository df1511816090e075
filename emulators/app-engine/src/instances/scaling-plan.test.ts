import assert from 'node:assert/strict';
import type { Scaling } from '@waybill/google-config';
import { planScaling, targetInstances } from './scaling-plan.ts';

const automatic = {
  kind: 'automatic',
  minInstances: 0,
  maxInstances: 20,
  minIdleInstances: 0,
  maxConcurrentRequests: 10,
  targetThroughputUtilization: 0.6,
} as const;

/** How many instances there should be for so many requests, with at most eight on this machine. */
function wanted(scaling: Scaling, ...requests: number[]): number[] {
  const plan = planScaling(scaling, 8);
  return requests.map((count) => targetInstances(plan, count));
}

describe('wantedInstances()', () => {
  it('adds one when each has reached its target of requests', () => {
    assert.deepEqual(wanted(automatic, 0, 1, 5, 6, 11, 12, 17, 18), [1, 1, 1, 2, 2, 3, 3, 4]);
    assert.deepEqual(wanted({ ...automatic, targetThroughputUtilization: 0.95 }, 8, 9), [1, 2]);
  });

  it('has a target of one request at least', () => {
    assert.deepEqual(wanted({ ...automatic, maxConcurrentRequests: 1 }, 0, 1, 2), [1, 2, 3]);
  });

  it('stays between the bounds of app.yaml, and below those of this machine', () => {
    assert.deepEqual(wanted({ ...automatic, minInstances: 2, maxInstances: 3 }, 0, 6, 1000), [2, 2, 3]);
    assert.deepEqual(wanted({ ...automatic, maxInstances: undefined }, 1000), [8]);
    assert.deepEqual(wanted({ ...automatic, minInstances: 50, maxInstances: 60 }, 0, 1000), [8, 8]);
    assert.deepEqual(wanted({ kind: 'manual', instances: 50 }, 0, 1000), [8, 8]);
  });

  it('keeps spare instances beside those that are busy', () => {
    assert.deepEqual(wanted({ ...automatic, minIdleInstances: 2 }, 0, 1, 6), [2, 3, 4]);
  });

  it('needs no instance of basic scaling without requests', () => {
    const basic = { kind: 'basic', maxInstances: 3, idleTimeoutMs: 60_000 } as const;
    assert.deepEqual(wanted(basic, 0, 1, 9, 10, 100), [0, 1, 1, 2, 3]);
  });

  it('has always the same number of instances of manual scaling', () => {
    assert.deepEqual(wanted({ kind: 'manual', instances: 3 }, 0, 1, 1000), [3, 3, 3]);
  });
});
