import assert from 'node:assert/strict';
import { CallSite } from '../call-site.ts';
import { checkListOptions, checkStepOptions, type StepSettings } from './step-options.ts';

describe('checkStepOptions()', () => {
  const lookup = async () => undefined;
  const here = (): CallSite => new CallSite(here);
  const charge = { name: 'charge', place: here() };
  const accepted: readonly StepSettings<unknown>[] = [
    {},
    { lookup },
    { lookup, remembersForSeconds: 0 },
    { atMostOnce: true, effect: 'order-1' },
    { atMostOnce: false, lookup },
    { aliases: ['charge-card', 'refunds[c1]', `refunds[#${'0'.repeat(32)}]`] },
  ];
  for (const settings of accepted) {
    it(`accepts ${Object.keys(settings).join(' and ') || 'none'}`, () => checkStepOptions(charge, settings));
  }
  const refused: readonly (readonly [StepSettings<unknown>, RegExp])[] = [
    [{ remembersForSeconds: 60 }, /Step "charge".*: remembersForSeconds needs a lookup/],
    [{ lookup, remembersForSeconds: -1 }, /0 or more, got -1/],
    [{ lookup, atMostOnce: true }, /atMostOnce is for calls that can not be looked up/],
    [{ effect: '' }, /effect must be a text/],
    [{ effect: 7 as unknown as string }, /effect must be a text/],
    [{ effect: 'order-\ud800' }, /effect must be well-formed text/],
    [{ aliases: 'charge' as unknown as string[] }, /aliases must be a list/],
    [{ aliases: ['Über\n'] }, /aliases must be a list/],
    [{ aliases: [7 as unknown as string] }, /aliases must be a list/],
    [{ atmostOnce: true } as StepSettings<unknown>, /no option "atmostOnce": use .*atMostOnce/],
    [{ concurrency: 2 } as StepSettings<unknown>, /no option "concurrency"/],
    [{ lookup, remembersForSeconds: '5' as unknown as number }, /must be 0 or more, got string/],
    [{ lookup: 'yes' as unknown as typeof lookup }, /lookup must be a function/],
    [{ atMostOnce: 'yes' as unknown as boolean }, /atMostOnce must be true or false/],
    [null as unknown as StepSettings<unknown>, /options must be an object/],
  ];
  for (const [settings, message] of refused) {
    it(`refuses what ${message} says`, () =>
      assert.throws(() => checkStepOptions(charge, settings), { code: 'STEP_OPTIONS', message }));
  }

  it('says where the step is', () => {
    assert.throws(() => checkStepOptions(charge, { effect: '' }), {
      message: /^Step "charge" \(at [^)]+:\d+:\d+\): effect/,
    });
  });
});

describe('checkListOptions()', () => {
  const text = { name: 'text', place: new CallSite(() => {}) };

  it('refuses unknown options, and what is no function of the item', () => {
    checkListOptions(text, { concurrency: 2, effect: String, atMostOnce: true });
    const message = /no option "concurency"|must be a function that gets the item/;
    for (const options of [{ concurency: 2 }, { effect: 'a' }, { aliases: ['a'] }, { lookup: 1 }]) {
      assert.throws(() => checkListOptions(text, options), { code: 'STEP_OPTIONS', message });
    }
  });
});
