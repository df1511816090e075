import assert from 'node:assert/strict';
import { formatAmount } from './format-amount.ts';

describe('formatAmount()', () => {
  for (const [amount, currency, text] of [
    [1299, 'EUR', '€12.99'],
    [5, 'USD', '$0.05'],
    [1299, 'JPY', '¥1,299'],
    [12_345, 'KWD', 'KWD\u00a012.345'],
  ] as const) {
    it(`writes ${amount} ${currency} as ${text}`, () => assert.equal(formatAmount(amount, currency), text));
  }
});
