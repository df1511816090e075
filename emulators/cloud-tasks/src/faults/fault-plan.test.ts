import assert from 'node:assert/strict';
import { FaultPlan } from './fault-plan.ts';

const NAMES = Array.from({ length: 2_000 }, (_, index) => `tasks/task-${index}`);

describe('FaultPlan', () => {
  it('lets everything go right without settings', () => {
    const plan = new FaultPlan(undefined);
    assert.deepEqual(plan.ofAttempt('a', 1), {
      delayMs: 0,
      reordered: false,
      duplicated: 'no',
      responseDropped: false,
    });
    assert.equal(plan.ofCall('CreateTask', 'a'), 'none');
    assert.equal(plan.counts.attempts, 0);
  });

  it('decides by seed, task and attempt, in whatever order they come', () => {
    const settings = {
      seed: 7,
      duplicateShare: 0.3,
      dropAnswerShare: 0.3,
      maxDelayMs: 100,
      reorderShare: 0.3,
    };
    const decide = (names: readonly string[], seed = 7): Map<string, unknown> => {
      const plan = new FaultPlan({ ...settings, seed });
      return new Map(names.map((name) => [name, plan.ofAttempt(name, 1)]));
    };
    const inOrder = decide(NAMES);
    const reversed = decide([...NAMES].reverse());
    for (const name of NAMES) assert.deepEqual(inOrder.get(name), reversed.get(name));
    assert.notDeepEqual([...decide(NAMES, 8).values()], [...inOrder.values()]);
    const plan = new FaultPlan(settings);
    const attempts = Array.from({ length: 50 }, (_, index) => JSON.stringify(plan.ofAttempt('a', index + 1)));
    assert.ok(new Set(attempts).size > 25);
  });

  it('keeps to the shares, and counts', () => {
    const plan = new FaultPlan({
      seed: 1,
      duplicateShare: 0.2,
      dropAnswerShare: 0.1,
      maxDelayMs: 100,
      reorderShare: 0.5,
      refuseShare: 0.4,
    });
    const faults = NAMES.map((name) => plan.ofAttempt(name, 1));
    const calls = NAMES.map((name) => plan.ofCall('CreateTask', name));
    const about = (count: number, share: number): void => {
      assert.ok(Math.abs(count / NAMES.length - share) < 0.04, `${count} of ${NAMES.length}, not ${share}`);
    };
    about(faults.filter(({ duplicated }) => duplicated === 'at once').length, 0.1);
    about(faults.filter(({ duplicated }) => duplicated === 'afterwards').length, 0.1);
    about(faults.filter(({ responseDropped }) => responseDropped).length, 0.1);
    about(faults.filter(({ reordered }) => reordered).length, 0.5);
    about(faults.filter(({ delayMs }) => delayMs > 50).length, 0.5);
    assert.ok(faults.every(({ delayMs }) => delayMs >= 0 && delayMs <= 100));
    about(calls.filter((fault) => fault === 'before').length, 0.2);
    about(calls.filter((fault) => fault === 'after').length, 0.2);
    assert.equal(plan.counts.attempts, NAMES.length);
    assert.equal(plan.counts.answersDropped, faults.filter(({ responseDropped }) => responseDropped).length);
    assert.equal(plan.counts.refusedAfter, calls.filter((fault) => fault === 'after').length);
  });

  it('decides the repeat of a call anew', () => {
    const plan = new FaultPlan({ seed: 1, refuseShare: 0.5 });
    const faults = Array.from({ length: 60 }, () => plan.ofCall('CreateTask', 'a'));
    assert.deepEqual(new Set(faults), new Set(['none', 'before', 'after']));
    plan.set(undefined);
    assert.equal(plan.ofCall('CreateTask', 'a'), 'none');
  });
});
