import assert from 'node:assert/strict';
import { checkStepOptions, type StepSettings } from './step-options.ts';

describe('checkStepOptions()', () => {
  const lookup = async () => undefined;
  const accepted: readonly StepSettings<unknown>[] = [
    {},
    { lookup },
    { lookup, remembersForSeconds: 0 },
    { atMostOnce: true, effect: 'order-1' },
    { atMostOnce: false, lookup },
  ];
  for (const settings of accepted) {
    it(`accepts ${Object.keys(settings).join(' and ') || 'none'}`, () =>
      checkStepOptions('charge', settings));
  }
  const refused: readonly (readonly [StepSettings<unknown>, RegExp])[] = [
    [{ remembersForSeconds: 60 }, /Step "charge": remembersForSeconds needs a lookup/],
    [{ lookup, remembersForSeconds: -1 }, /0 or more, got -1/],
    [{ lookup, atMostOnce: true }, /atMostOnce is for calls that can not be looked up/],
    [{ effect: '' }, /effect must be a text/],
    [{ effect: 7 as unknown as string }, /effect must be a text/],
  ];
  for (const [settings, message] of refused) {
    it(`refuses what ${message} says`, () =>
      assert.throws(() => checkStepOptions('charge', settings), { code: 'STEP_OPTIONS', message }));
  }
});
