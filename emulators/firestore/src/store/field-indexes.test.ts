import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import sinon from 'sinon';
import { parseDocumentName, parseParent } from '../values/resource-name.ts';
import type { Value } from '../values/value.ts';
import { DocumentStore } from './document-store.ts';
import { FieldIndex } from './field-index.ts';
import type { IndexedPart, IndexSpec } from './field-indexes.ts';
import { collectionScope } from './index-scope.ts';

const COLLECTION = 'projects/p/databases/d/documents/c';

describe('FieldIndexes', () => {
  let store: DocumentStore;
  beforeEach(() => {
    store = new DocumentStore({ clock: new MovableClock() });
  });
  afterEach(() => {
    sinon.restore();
    store.close();
  });

  const put = (id: string, fields: Record<string, Value> | undefined) =>
    store.apply(
      [
        {
          name: parseDocumentName(`${COLLECTION}/${id}`),
          fields: fields && new Map(Object.entries(fields)),
        },
      ],
      store.clock.next(),
    );
  const integer = (n: number): Value => ({ kind: 'integer', integer: BigInt(n) });
  const array = (...ns: number[]): Value => ({ kind: 'array', values: ns.map(integer) });
  const specOf = (part: IndexedPart): IndexSpec => ({ scope: collectionScope(COLLECTION), part });
  const byN = specOf({ kind: 'values', path: ['n'] });
  const idsOf = (spec: IndexSpec) => {
    const index = store.fieldIndex(spec);
    return [...index.names({ from: 0, to: index.size })].map((name) => name.slice(COLLECTION.length + 1));
  };

  it('has what is written anywhere while it is made, few documents or many', () => {
    for (const count of [3, 127, 128, 129, 300]) {
      for (let n = 0; n < count; n += 1) put(`${count}-${n}`, { n: integer(n) });
      const spec = specOf({ kind: 'values', path: ['n'] });
      let step = 0;
      for (const _step of store.prepareIndex(spec)) {
        put(`!${count}-${step}`, { n: integer(step) });
        put(`~${count}-${step}`, { n: integer(step) });
        step += 1;
      }
      const all = [...store.scan({ parent: parent(), allDescendants: true }, store.clock.next())];
      assert.equal(store.fieldIndex(spec).size, all.length);
      store.close();
      store = new DocumentStore({ clock: new MovableClock() });
    }
  });

  it('has values in order after many of them come and go', () => {
    for (let n = 0; n < 2_000; n += 1) put(`${n}`, { n: integer((n * 7) % 1_000) });
    assert.equal(idsOf(byN).length, 2_000);
    for (let n = 0; n < 2_000; n += 1)
      if (n % 3 === 0) put(`${n}`, n % 2 === 0 ? undefined : { n: integer(5_000 + n) });
    const kept = store.scan({ parent: parent(), allDescendants: true }, store.clock.next());
    const expected = [...kept]
      .map(({ name, fields }) => ({ id: name.slice(COLLECTION.length + 1), value: fields.get('n') }))
      .sort((left, right) => Number(numberOf(left.value) - numberOf(right.value)))
      .map(({ id }) => id);
    assert.deepEqual(idsOf(byN), expected);
  });

  it('leaves values alone that a write does not change', () => {
    const byTag = specOf({ kind: 'elements', path: ['tags'] });
    const fields = { n: integer(1), tags: array(1, 2, 2), other: integer(1) };
    put('a', fields);
    for (const spec of [byN, byTag, specOf({ kind: 'names' })]) store.fieldIndex(spec);
    const add = sinon.spy(FieldIndex.prototype, 'add');
    const remove = sinon.spy(FieldIndex.prototype, 'remove');
    put('a', { ...fields, other: integer(2) });
    assert.deepEqual([add.callCount, remove.callCount], [0, 0]);
    put('a', { ...fields, tags: array(2, 3) });
    assert.deepEqual([add.callCount, remove.callCount], [1, 1]);
    put('a', { ...fields, n: integer(2), tags: array(2, 3) });
    assert.deepEqual([add.callCount, remove.callCount], [2, 2]);
    assert.deepEqual(idsOf(byTag), ['a', 'a']);
  });

  function parent() {
    return parseParent(COLLECTION.slice(0, -'/c'.length));
  }
});

function numberOf(value: Value | undefined): bigint {
  return value?.kind === 'integer' ? value.integer : 0n;
}
