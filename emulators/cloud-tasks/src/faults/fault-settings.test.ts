import assert from 'node:assert/strict';
import { readFaultSettings } from './fault-settings.ts';

describe('readFaultSettings()', () => {
  it('takes all settings, and a seed alone', () => {
    const all = {
      seed: -3,
      duplicateShare: 0.2,
      dropAnswerShare: 1,
      maxDelayMs: 60_000,
      reorderShare: 0,
      refuseShare: 0.5,
    };
    assert.deepEqual(readFaultSettings(all), all);
    assert.deepEqual(readFaultSettings({ seed: 0 }), { seed: 0 });
  });

  it('names all problems at once', () => {
    assert.throws(
      () => readFaultSettings({ duplicateShare: 1.1, maxDelayMs: 60_001, refuseShare: '1', doubled: 1 }),
      {
        name: 'FaultSettingsError',
        message:
          'Faults: doubled is not known; there are seed, maxDelayMs, duplicateShare, dropAnswerShare, reorderShare, refuseShare; ' +
          'seed must be a whole number, got undefined; ' +
          'maxDelayMs must be a whole number from 0 to 60000, got 60001; ' +
          'duplicateShare must be a number from 0 to 1, got 1.1; ' +
          'refuseShare must be a number from 0 to 1, got "1"',
      },
    );
  });

  for (const value of [null, [], 'seed', 1]) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      assert.throws(() => readFaultSettings(value), { name: 'FaultSettingsError' });
    });
  }
});
