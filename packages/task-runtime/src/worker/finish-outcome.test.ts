import assert from 'node:assert/strict';
import { outcomeOf } from './finish-outcome.ts';

describe('outcomeOf()', () => {
  it('reads the outcome, or none', () => {
    assert.equal(outcomeOf('work', { outcome: 'declined' }), 'declined');
    assert.equal(outcomeOf('work', { outcome: undefined }), undefined);
    assert.equal(outcomeOf('work', undefined), undefined);
    assert.equal(outcomeOf('options', {}), undefined);
  });

  for (const value of [
    'declined',
    null,
    true,
    7,
    ['declined'],
    { outcom: 'declined' },
    { outcome: 'declined', reason: 'x' },
    { outcome: null },
    { outcome: Promise.resolve('declined') },
  ]) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      for (const what of ['work', 'options'] as const) {
        assert.throws(() => outcomeOf(what, value), { code: 'FINISH_RESULT' });
      }
    });
  }

  it('refuses a work’s object without an outcome, and names its members only', () => {
    assert.throws(() => outcomeOf('work', {}), { code: 'FINISH_RESULT', message: /no members/ });
    assert.throws(() => outcomeOf('work', { outcom: 'secret' }), { message: /an object with outcom: only/ });
  });
});
