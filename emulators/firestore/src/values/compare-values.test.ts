import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareNames, compareStrings } from './compare-values.ts';
import { nameOf, sortKey } from './resource-name.ts';

const DATABASE = 'projects/p/databases/d';
const segment = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }).filter((text) => !text.includes('/')),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((id) => `__id${id}__`),
  fc.constantFrom('a', 'b', 'a\0', 'a\0b', '\uffff', '\u{1f600}', '\ue000'),
);

describe('compareStrings()', () => {
  it('orders as the UTF-8 bytes do', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    fc.assert(
      fc.property(text, text, (left, right) => {
        const byBytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
        assert.equal(Math.sign(compareStrings(left, right)), byBytes);
      }),
    );
  });
});

describe('sortKey()', () => {
  it('sorts as compareNames() orders', () => {
    const path = fc.array(segment, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(path, path, (left, right) => {
        const byKey = Buffer.compare(sortKey(DATABASE, left), sortKey(DATABASE, right));
        const byName = compareNames(nameOf(DATABASE, left), nameOf(DATABASE, right));
        assert.equal(byKey, Math.sign(byName));
      }),
      { numRuns: 500 },
    );
  });
});
