import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AggregateField, FieldPath, Filter, type Firestore, type Query } from '@google-cloud/firestore';
import type { MissingIndex } from '../src/index.ts';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

const up = (fieldPath: string): object => ({ fieldPath, order: 'ASCENDING' });
const down = (fieldPath: string): object => ({ fieldPath, order: 'DESCENDING' });
const elements = (fieldPath: string): object => ({ fieldPath, arrayConfig: 'CONTAINS' });
const index = (...fields: object[]): object => ({ collectionGroup: 'c', queryScope: 'COLLECTION', fields });
const groupIndex = (...fields: object[]): object => ({ ...index(...fields), queryScope: 'COLLECTION_GROUP' });

interface Case {
  readonly title: string;
  readonly query: (db: Firestore) => { get(): Promise<unknown> };
  /** Without them the query fails, with them it is served. Undefined: the automatic indexes serve it. */
  readonly needs?: readonly object[];
  /** Fields of the index that the error names, where it is another than the first of `needs`. */
  readonly named?: object;
}

const c = (db: Firestore): Query => db.collection('c');
const name = FieldPath.documentId();

const CASES: readonly Case[] = [
  { title: 'all documents', query: c },
  { title: 'an equality', query: (db) => c(db).where('a', '==', 1) },
  {
    title: 'many equalities',
    query: (db) => c(db).where('a', '==', 1).where('b', '==', 2).where('d', '==', 3),
  },
  { title: 'a range', query: (db) => c(db).where('a', '>', 1).where('a', '<', 5) },
  { title: 'not equal', query: (db) => c(db).where('a', '!=', 1) },
  { title: 'not in', query: (db) => c(db).where('a', 'not-in', [1, 2]) },
  { title: 'an order', query: (db) => c(db).orderBy('a') },
  { title: 'a descending order', query: (db) => c(db).orderBy('a', 'desc') },
  { title: 'limitToLast', query: (db) => c(db).orderBy('a').limitToLast(1) },
  { title: 'a range in its order', query: (db) => c(db).where('a', '>', 1).orderBy('a', 'desc') },
  { title: 'an element', query: (db) => c(db).where('t', 'array-contains', 1) },
  {
    title: 'an element and an equality',
    query: (db) => c(db).where('t', 'array-contains', 1).where('a', '==', 1),
  },
  { title: 'any element', query: (db) => c(db).where('t', 'array-contains-any', [1, 2]).where('a', '==', 1) },
  { title: 'in', query: (db) => c(db).where('a', 'in', [1, 2]).where('b', '==', 1) },
  { title: 'an order of what is equal', query: (db) => c(db).where('a', '==', 1).orderBy('a') },
  { title: 'a range of names', query: (db) => c(db).where(name, '>', 'x') },
  {
    title: 'an equality and a range of names',
    query: (db) => c(db).where('a', '==', 1).where(name, '>', 'x'),
  },
  { title: 'a name', query: (db) => c(db).where(name, '==', 'x').where('a', '==', 1) },
  { title: 'an equality by descending name', query: (db) => c(db).where('a', '==', 1).orderBy(name, 'desc') },
  {
    title: 'an or of equalities',
    query: (db) => c(db).where(Filter.or(Filter.where('a', '==', 1), Filter.where('b', '==', 1))),
  },
  { title: 'a field of a map', query: (db) => c(db).where('m.x', '==', 1).where('m.y', '==', 1) },
  { title: 'a count', query: (db) => c(db).where('a', '==', 1).where('b', '==', 1).count() },
  { title: 'a sum', query: (db) => c(db).aggregate({ sum: AggregateField.sum('n') }) },
  { title: 'all of a group', query: (db) => db.collectionGroup('c') },
  {
    title: 'an equality and a range',
    query: (db) => c(db).where('a', '==', 1).where('b', '>', 1),
    needs: [index(up('a'), up('b'))],
  },
  {
    title: 'an equality and an order',
    query: (db) => c(db).where('a', '==', 1).orderBy('b', 'desc'),
    needs: [index(up('a'), down('b'))],
  },
  {
    title: 'an equality and not equal',
    query: (db) => c(db).where('a', '==', 1).where('b', '!=', 1),
    needs: [index(up('a'), up('b'))],
  },
  {
    title: 'equalities and an order, by one index',
    query: (db) => c(db).where('a', '==', 1).where('d', '==', 1).orderBy('b'),
    needs: [index(up('a'), up('d'), up('b'))],
  },
  {
    title: 'equalities in another order than the index has',
    query: (db) => c(db).where('d', '==', 1).where('a', '==', 1).orderBy('b'),
    needs: [index(down('a'), up('d'), up('b'))],
    named: index(up('d'), up('a'), up('b')),
  },
  {
    title: 'equalities and an order, by two indexes that merge',
    query: (db) => c(db).where('a', '==', 1).where('d', '==', 1).orderBy('b'),
    needs: [index(up('a'), up('b')), index(up('d'), up('b'))],
    named: index(up('a'), up('d'), up('b')),
  },
  {
    title: 'two orders',
    query: (db) => c(db).orderBy('a').orderBy('b', 'desc'),
    needs: [index(up('a'), down('b'))],
  },
  {
    title: 'ranges of two fields',
    query: (db) => c(db).where('b', '>', 1).where('a', '>', 1),
    needs: [index(up('a'), up('b'))],
  },
  {
    title: 'an element and an order',
    query: (db) => c(db).where('t', 'array-contains', 1).orderBy('b'),
    needs: [index(elements('t'), up('b'))],
  },
  {
    title: 'in and an order',
    query: (db) => c(db).where('a', 'in', [1, 2]).orderBy('b'),
    needs: [index(up('a'), up('b'))],
  },
  {
    title: 'an or of an equality and a range',
    query: (db) => c(db).where(Filter.or(Filter.where('a', '==', 1), Filter.where('b', '>', 1))),
    needs: [index(up('a'), up('b'))],
  },
  {
    title: 'limitToLast of an equality',
    query: (db) => c(db).where('a', '==', 1).orderBy('b').limitToLast(1),
    needs: [index(up('a'), down('b'))],
  },
  {
    title: 'an order with names the other way round',
    query: (db) => c(db).orderBy('a').orderBy(name, 'desc'),
    needs: [index(up('a'), down('__name__'))],
  },
  {
    title: 'descending names',
    query: (db) => c(db).orderBy(name, 'desc'),
    needs: [index(down('__name__'))],
  },
  {
    title: 'an equality and a sum',
    query: (db) =>
      c(db)
        .where('a', '==', 1)
        .aggregate({ sum: AggregateField.sum('n') }),
    needs: [index(up('a'), up('n'))],
  },
  {
    title: 'a range and an order of a map field',
    query: (db) => c(db).where('m.x', '==', 1).orderBy(new FieldPath('m.y')),
    needs: [index(up('m.x'), up('`m.y`'))],
  },
  {
    title: 'an equality and an order of a group',
    query: (db) => db.collectionGroup('c').where('a', '==', 1).orderBy('b'),
    needs: [groupIndex(up('a'), up('b'))],
  },
];

const OVERRIDE_CASES: readonly (Omit<Case, 'needs'> & {
  readonly overrides: readonly object[];
  readonly named: object;
})[] = [
  {
    title: 'an equality of an exempt field',
    query: (db) => c(db).where('x', '==', 1),
    overrides: [{ collectionGroup: 'c', fieldPath: 'x', indexes: [] }],
    named: {
      collectionGroup: 'c',
      fieldPath: 'x',
      indexes: [{ order: 'ASCENDING', queryScope: 'COLLECTION' }],
    },
  },
  {
    title: 'a field of an exempt map',
    query: (db) => c(db).orderBy('x.y.z', 'desc'),
    overrides: [{ collectionGroup: 'c', fieldPath: 'x.y', indexes: [] }],
    named: {
      collectionGroup: 'c',
      fieldPath: 'x.y.z',
      indexes: [{ order: 'DESCENDING', queryScope: 'COLLECTION' }],
    },
  },
  {
    title: 'equalities of an exempt field and another',
    query: (db) => c(db).where('x', '==', 1).where('a', '==', 1),
    overrides: [{ collectionGroup: 'c', fieldPath: 'x', indexes: [] }],
    named: index(up('x'), up('a')),
  },
  {
    title: 'an element of an exempt field',
    query: (db) => c(db).where('x', 'array-contains', 1),
    overrides: [{ collectionGroup: 'c', fieldPath: 'x', indexes: [{ order: 'ASCENDING' }] }],
    named: {
      collectionGroup: 'c',
      fieldPath: 'x',
      indexes: [{ arrayConfig: 'CONTAINS', queryScope: 'COLLECTION' }],
    },
  },
  {
    title: 'any field where all are exempt',
    query: (db) => c(db).orderBy('x'),
    overrides: [{ collectionGroup: 'c', fieldPath: '*', indexes: [] }],
    named: {
      collectionGroup: 'c',
      fieldPath: 'x',
      indexes: [{ order: 'ASCENDING', queryScope: 'COLLECTION' }],
    },
  },
  {
    title: 'an equality of a group',
    query: (db) => db.collectionGroup('c').where('x', '==', 1),
    overrides: [],
    named: {
      collectionGroup: 'c',
      fieldPath: 'x',
      indexes: [
        { order: 'ASCENDING', queryScope: 'COLLECTION' },
        { order: 'DESCENDING', queryScope: 'COLLECTION' },
        { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION' },
        { order: 'ASCENDING', queryScope: 'COLLECTION_GROUP' },
      ],
    },
  },
];

describe('--indexes', () => {
  let folder: string;
  const fixtures: Fixture[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'indexes-'));
  });
  after(async () => {
    await Promise.all(fixtures.map((fixture) => fixture.close()));
    rmSync(folder, { recursive: true });
  });

  async function start(
    content: { indexes?: readonly object[]; fieldOverrides?: readonly object[] },
    onMissingIndex?: (missing: MissingIndex) => void,
  ): Promise<{ db: Firestore; fixture: Fixture }> {
    const file = join(folder, `${fixtures.length}.json`);
    writeFileSync(file, JSON.stringify(content));
    const fixture = await startFixture({ indexes: file, ...(onMissingIndex && { onMissingIndex }) });
    fixtures.push(fixture);
    return { db: fixture.client(), fixture };
  }

  const refuses = async (query: { get(): Promise<unknown> }, list: string, entry: object): Promise<void> => {
    await assert.rejects(query.get(), (error: { code: number; details: string }) => {
      assert.equal(error.code, 9);
      const [, inList, json = ''] =
        /^The query requires an index\. Add it to "(\w+)" in firestore\.indexes\.json: (.*)$/.exec(
          error.details,
        ) ?? [];
      assert.equal(inList, list);
      assert.deepEqual(JSON.parse(json), entry);
      return true;
    });
  };

  describe('without an index', () => {
    let db: Firestore;
    before(async () => {
      ({ db } = await start({}));
    });

    for (const { title, query, needs, named } of CASES) {
      if (needs === undefined) it(`serves ${title}`, () => query(db).get());
      else it(`refuses ${title}`, () => refuses(query(db), 'indexes', named ?? needs[0] ?? {}));
    }
  });

  for (const { title, query, needs } of CASES) {
    if (needs === undefined) continue;
    it(`serves ${title} with its index, and no longer with a part of it`, async () => {
      const { db } = await start({ indexes: needs });
      await query(db).get();
      const { db: without } = await start({ indexes: needs.slice(1) });
      await assert.rejects(query(without).get(), { code: 9 });
    });
  }

  for (const { title, query, overrides, named } of OVERRIDE_CASES) {
    it(`refuses ${title}, and serves it with the entry that it names`, async () => {
      const { db } = await start({ fieldOverrides: overrides });
      const list = 'fields' in named ? 'indexes' : 'fieldOverrides';
      await refuses(query(db), list, named);
      const { db: mended } = await start(
        list === 'indexes'
          ? { indexes: [named], fieldOverrides: overrides }
          : {
              fieldOverrides: [
                ...overrides.filter((one) => !('fieldPath' in one && one.fieldPath === 'x')),
                named,
              ],
            },
      );
      await query(mended).get();
    });
  }

  it('serves no collection with an index of a group, nor the other way round', async () => {
    const { db } = await start({ indexes: [groupIndex(up('a'), up('b')), index(up('d'), up('e'))] });
    await assert.rejects(c(db).where('a', '==', 1).orderBy('b').get(), { code: 9 });
    await assert.rejects(db.collectionGroup('c').where('d', '==', 1).orderBy('e').get(), { code: 9 });
  });

  it('refuses listeners and lists as well, and tells of each index once', async () => {
    const missing: MissingIndex[] = [];
    const { db, fixture } = await start({}, (one) => missing.push(one));
    const query = c(db).where('a', '==', 1).orderBy('b');
    const { promise: ended, resolve } = Promise.withResolvers<Error>();
    query.onSnapshot(() => {}, resolve);
    assert.match((await ended).message, /^Error 9: The query requires an index/);
    await assert.rejects(query.get(), { code: 9 });
    await assert.rejects(
      db.runTransaction((transaction) => transaction.get(query)),
      { code: 9 },
    );
    assert.deepEqual(missing, [{ list: 'indexes', entry: index(up('a'), up('b')) }]);
    const path = '/v1/projects/test/databases/(default)/documents/c?orderBy=a,b';
    const listed = await fetch(`http://127.0.0.1:${fixture.port}${path}`);
    assert.equal(
      ((await listed.json()) as { error: { status: string } }).error.status,
      'FAILED_PRECONDITION',
    );
  });

  it('names all problems of the file', async () => {
    const wrong = start({ indexes: [{ ...index(), queryScope: 'ALL' }], fieldOverrides: [{ ttl: 1 }] });
    await assert.rejects(wrong, {
      name: 'YamlFileError',
      message: /"queryScope" must be.*\n.*"collectionGroup" is missing/s,
    });
  });

  it('leaves no data open where the file is wrong', async () => {
    const dataDir = join(folder, 'data');
    const none = join(folder, 'none.json');
    await assert.rejects(startFixture({ dataDir, indexes: none }), {
      message: /none\.json:1: can't be read/,
    });
    const fixture = await startFixture({ dataDir });
    await fixture.close();
  });

  it('reads what the Firebase CLI writes', async () => {
    const vector = { fieldPath: 'v', vectorConfig: { dimension: 3, flat: {} } };
    await start({
      indexes: [
        { ...index(up('a'), up('__name__')), density: 'SPARSE_ALL' },
        index(vector),
        index(up('a'), vector),
      ],
      fieldOverrides: [
        {
          collectionGroup: 'c',
          fieldPath: 't',
          ttl: false,
          indexes: [{ arrayConfig: 'CONTAINS', queryScope: 'COLLECTION_GROUP' }],
        },
      ],
    });
  });
});
