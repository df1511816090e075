import assert from 'node:assert/strict';
import { escapePointer, valueAt } from './json-pointer.ts';

describe('escapePointer()', () => {
  it('escapes the tilde first, then the slash', () => {
    assert.equal(escapePointer('a/b~c'), 'a~1b~0c');
    assert.equal(escapePointer('~1'), '~01');
  });
});

describe('valueAt()', () => {
  const document = { items: [{ 'a/b~c': 1, '~1': 2 }], none: null };

  it('finds the document itself, members and items', () => {
    assert.equal(valueAt(document, ''), document);
    assert.equal(valueAt(document, '/items/0/a~1b~0c'), 1);
    assert.equal(valueAt(document, `/items/0/${escapePointer('~1')}`), 2);
  });

  it('returns undefined where there is no value', () => {
    for (const pointer of ['/nothing', '/items/7', '/none/below', '/nothing/below']) {
      assert.equal(valueAt(document, pointer), undefined, pointer);
    }
  });
});
