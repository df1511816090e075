import assert from 'node:assert/strict';
import { addressForLimits } from './address-for-limits.ts';

describe('addressForLimits()', () => {
  it('makes one address of spellings that usually reach one mailbox', () => {
    const spellings = [
      'ada.l@example.com',
      'Ada.L@Example.COM',
      'adal@example.com',
      'a.d.a.l+x+y@example.com',
    ];
    assert.deepEqual([...new Set(spellings.map(addressForLimits))], ['adal@example.com']);
    assert.equal(addressForLimits('+tag@example.com'), '+tag@example.com');
    assert.notEqual(addressForLimits('ada@example.com'), addressForLimits('ada@example.org'));
  });
});
