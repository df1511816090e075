import assert from 'node:assert/strict';
import { escapePointer, fragmentOf, pointerOfFragment, valueAt } from './json-pointer.ts';

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
    for (const pointer of [
      '/nothing',
      '/items/7',
      '/none/below',
      '/nothing/below',
      '/constructor',
      '/__proto__',
      '/items/length/toString',
    ]) {
      assert.equal(valueAt(document, pointer), undefined, pointer);
    }
  });
});

describe('pointerOfFragment()', () => {
  it('decodes each part by itself', () => {
    assert.equal(pointerOfFragment('/$defs/a%20b/a%2Fb'), '/$defs/a b/a~1b');
    assert.equal(pointerOfFragment('/a~1b%25'), '/a~1b%');
    assert.equal(pointerOfFragment(''), '');
  });

  it('returns undefined for an invalid percent-encoding', () => {
    assert.equal(pointerOfFragment('/100%'), undefined);
    assert.equal(pointerOfFragment('/%ff'), undefined);
  });
});

describe('fragmentOf()', () => {
  it('encodes what a fragment cannot hold', () => {
    for (const pointer of ['', '/$defs/a b', '/a~1b/c~0d', '/100%', '/a#b?', '/ä/%41']) {
      assert.equal(pointerOfFragment(fragmentOf(pointer)), pointer);
    }
    assert.equal(fragmentOf('/$defs/a b'), '/$defs/a%20b');
  });
});
