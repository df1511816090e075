import assert from 'node:assert/strict';
import { RerunPlan, readRerunSettings } from './rerun-plan.ts';

describe('RerunPlan', () => {
  const draw = (seed: number, rerunShare: number): readonly boolean[] => {
    const plan = new RerunPlan({ seed, rerunShare });
    return Array.from({ length: 400 }, () => plan.next());
  };

  it('chooses its share of the transactions by its seed', () => {
    assert.deepEqual(draw(1, 0.25), draw(1, 0.25));
    assert.notDeepEqual(draw(1, 0.25), draw(2, 0.25));
    const chosen = draw(1, 0.25).filter(Boolean).length;
    assert.ok(chosen > 60 && chosen < 140, `${chosen} of 400`);
  });

  it('chooses all with a share of 1, and none with 0 or without settings', () => {
    assert.ok(draw(1, 1).every(Boolean));
    assert.ok(!draw(1, 0).some(Boolean));
    assert.equal(new RerunPlan(undefined).next(), false);
  });
});

describe('readRerunSettings()', () => {
  const refused: readonly [value: unknown, problem: RegExp][] = [
    [null, /must be an object/],
    [[1], /must be an object/],
    [{}, /seed must be a whole number.*; rerunShare must be a number from 0 to 1/],
    [{ seed: 1.5, rerunShare: 0 }, /seed must be a whole number, got 1.5/],
    [{ seed: 1, rerunShare: -0.1 }, /rerunShare must be a number from 0 to 1, got -0.1/],
    [{ seed: 1, rerunShare: 1.1 }, /got 1.1/],
    [{ seed: 1, rerunShare: '1' }, /got "1"/],
    [{ seed: 1, rerunShare: 1, duplicateShare: 1 }, /duplicateShare is not known/],
  ];
  for (const [value, problem] of refused) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      assert.throws(() => readRerunSettings(value), { code: 'BAD_FAULTS', message: problem });
    });
  }

  it('takes a seed and a share', () => {
    const settings = { seed: -7, rerunShare: 0.5 };
    assert.deepEqual(readRerunSettings(settings), settings);
  });
});
