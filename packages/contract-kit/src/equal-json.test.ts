import assert from 'node:assert/strict';
import fc from 'fast-check';
import { equalItems, equalJson } from './equal-json.ts';

const names = fc.constantFrom('a', 'constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty');
const { value: anyJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, 0, -0, 1, '', '0', '__proto__', 'null'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(fc.tuple(names, tie('value')), { maxLength: 3 })
      // As a JSON parser returns it, with `__proto__` as a member of its own.
      .map((members) => Object.fromEntries(members)),
  ),
}));
/** Equal values have equal texts: the members are sorted. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? ['object', ...Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))]
      : member,
  );

describe('equalJson()', () => {
  it('compares members by any name', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (one, other) => {
        assert.ok(equalJson(one, structuredClone(one)));
        assert.equal(equalJson(one, other), textOf([one]) === textOf([other]));
      }),
    );
  });

  it('tells an array from an object with the same members', () => {
    assert.ok(!equalJson(['x'], { 0: 'x' }));
    assert.ok(!equalJson([], {}));
    assert.ok(!equalJson(null, {}));
  });

  it('compares values of any depth', () => {
    const deep = (): unknown => JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    assert.ok(equalJson(deep(), deep()));
  });
});

describe('equalItems()', () => {
  it('finds two equal items, if there are any', () => {
    fc.assert(
      fc.property(fc.array(anyJson, { maxLength: 6 }), (items) => {
        const found = equalItems(items);
        const texts = items.map((item) => textOf([item]));
        assert.equal(found !== undefined, new Set(texts).size < texts.length);
        if (found === undefined) return;
        const [later, earlier] = found;
        assert.ok(later > earlier && texts[later] === texts[earlier]);
      }),
    );
  });
});
