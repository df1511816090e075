import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatFieldPath, parseFieldPath } from './field-path.ts';

describe('parseFieldPath()', () => {
  it('reads back what formatFieldPath() wrote', () => {
    const path = fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(path, (segments) => assert.deepEqual(parseFieldPath(formatFieldPath(segments)), segments)),
    );
  });

  it('refuses what is no path', () => {
    for (const text of ['', 'a..b', '.a', 'a.', '1a', 'a-b', '`a', '``', '`a`b', 'a b']) {
      assert.throws(() => parseFieldPath(text), { message: /^Invalid property path/ }, text);
    }
  });
});
