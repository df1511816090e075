import assert from 'node:assert/strict';
import { codeOf, ProviderError } from './provider-error.ts';

describe('ProviderError', () => {
  it('holds the codes alone', () => {
    const { message, stack } = new ProviderError('Stripe', {
      code: 'resource_missing',
      status: 400,
      parameter: undefined,
      reason: 'No such PaymentMethod: pm_1',
      address: 'ada@example.com',
    });
    assert.equal(message, 'Stripe, code resource_missing, status 400, reason other, address other');
    assert.doesNotMatch(stack ?? '', /pm_1|ada@/);
  });
});

describe('codeOf()', () => {
  for (const [value, code] of [
    ['card_declined', 'card_declined'],
    [550, '550'],
    ['5.1.1', '5.1.1'],
    ['', undefined],
    [undefined, undefined],
    ['Ada Lovelace', 'other'],
    ['a'.repeat(65), 'other'],
    [{ toString: () => 'x' }, 'other'],
  ] as const) {
    it(`gives ${code} for ${String(value)}`, () => assert.equal(codeOf(value), code));
  }
});
