import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isReservedName } from './check-fields.ts';
import { formatFieldPath, parseFieldPath } from './field-path.ts';

describe('parseFieldPath()', () => {
  it('reads back what formatFieldPath() wrote', () => {
    const segment = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !isReservedName(text));
    const path = fc.array(segment, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(path, (segments) => assert.deepEqual(parseFieldPath(formatFieldPath(segments)), segments)),
    );
  });

  it('refuses a reserved name, quoted or not', () => {
    for (const text of ['__proto__', 'a.__x__', '`__\0__`.b']) {
      assert.throws(() => parseFieldPath(text), { message: /^Invalid reserved name in field path/ }, text);
    }
  });

  it('refuses what is no path', () => {
    for (const text of ['', 'a..b', '.a', 'a.', '1a', 'a-b', '`a', '``', '`a`b', 'a b']) {
      assert.throws(() => parseFieldPath(text), { message: /^Invalid property path/ }, text);
    }
  });
});
