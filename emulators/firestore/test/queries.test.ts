import assert from 'node:assert/strict';
import { AggregateField, FieldPath, Filter, type Firestore, type Query } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

describe('queries', () => {
  let fixture: Fixture;
  let db: Firestore;

  before(async () => {
    fixture = await startFixture();
    db = fixture.client();
    const batch = db.batch();
    const mixed = {
      null: null,
      false: false,
      nan: Number.NaN,
      one: 1,
      half: 0.5,
      text: 'a',
      list: [1],
      map: { a: 1 },
    };
    for (const [id, x] of Object.entries(mixed)) batch.set(db.doc(`mixed/${id}`), { x });
    batch.set(db.doc('mixed/lacking'), { y: 1 });
    for (let n = 0; n < 10; n++) {
      batch.set(db.doc(`rows/r${n}`), {
        n,
        third: n % 3,
        tags: [`even${n % 2 === 0}`, `t${n}`],
        ...(n < 5 ? { low: n } : {}),
      });
      batch.set(db.doc(`rows/r${n}/leaves/x`), { n });
    }
    batch.set(db.doc('leaves/top'), { n: 100 });
    for (const id of ['__id9__', '__id10__', 'Z', 'a', '10', '9']) batch.set(db.doc(`names/${id}`), {});
    await batch.commit();
  });
  after(() => fixture.close());

  async function ids(query: Query): Promise<string> {
    return (await query.get()).docs.map((doc) => doc.id).join(' ');
  }
  const rows = () => db.collection('rows');
  const mixed = () => db.collection('mixed');

  it('orders over types and leaves out what lacks the field', async () => {
    assert.equal(await ids(mixed().orderBy('x')), 'null false nan half one text list map');
    assert.equal(await ids(mixed().orderBy('x', 'desc')), 'map list text one half nan false null');
  });

  it('orders numeric ids by number, before the others by bytes', async () => {
    assert.equal(await ids(db.collection('names')), '__id9__ __id10__ 10 9 Z a');
    assert.equal(
      await ids(db.collection('names').orderBy(FieldPath.documentId(), 'desc')),
      'a Z 9 10 __id10__ __id9__',
    );
  });

  it('compares within one type', async () => {
    assert.equal(await ids(mixed().where('x', '<', 2)), 'half one');
    assert.equal(await ids(mixed().where('x', '>', 0)), 'half one');
    assert.equal(await ids(mixed().where('x', '>=', 'a')), 'text');
    assert.equal(await ids(mixed().where('x', '==', 1)), 'one');
  });

  it('knows null and NaN', async () => {
    assert.equal(await ids(mixed().where('x', '==', null)), 'null');
    assert.equal(await ids(mixed().where('x', '==', Number.NaN)), 'nan');
    assert.equal(await ids(mixed().where('x', '!=', null)), 'false nan half one text list map');
    assert.equal(await ids(mixed().where('x', '!=', Number.NaN)), 'false half one text list map');
    assert.equal(await ids(mixed().where('x', '!=', 1)), 'false nan half text list map');
  });

  it('knows in, not-in and arrays', async () => {
    assert.equal(await ids(mixed().where('x', 'in', [0.5, 'a', null])), 'half text');
    assert.equal(await ids(mixed().where('x', 'not-in', [1, 'a'])), 'false nan half list map');
    assert.equal(await ids(mixed().where('x', 'not-in', [1, null])), '');
    assert.equal(await ids(mixed().where('x', 'array-contains', 1)), 'list');
    assert.equal(await ids(rows().where('tags', 'array-contains-any', ['t3', 't4'])), 'r3 r4');
    assert.equal(await ids(rows().where(FieldPath.documentId(), 'in', ['r7', 'r2', 'none'])), 'r2 r7');
  });

  it('joins filters by and, and by or', async () => {
    assert.equal(await ids(rows().where('third', '==', 1).where('n', '>', 3)), 'r4 r7');
    assert.equal(
      await ids(
        rows().where('third', '==', 0).where('tags', 'array-contains', 'eventrue').orderBy('n', 'desc'),
      ),
      'r6 r0',
    );
    assert.equal(
      await ids(rows().where(Filter.or(Filter.where('n', '==', 9), Filter.where('low', '>', 2)))),
      'r3 r4',
      'an inequality in an or orders by its field, too',
    );
    assert.equal(
      await ids(
        rows().where(
          Filter.or(
            Filter.and(Filter.where('third', '==', 2), Filter.where('tags', 'array-contains', 'eventrue')),
            Filter.where('n', '==', 1),
          ),
        ),
      ),
      'r1 r2 r8',
    );
  });

  it('pages with a limit and cursors to the end', async () => {
    const pages: string[] = [];
    let query = rows().orderBy('third').orderBy('n', 'desc').limit(4);
    for (;;) {
      const page = await query.get();
      const last = page.docs.at(-1);
      if (last === undefined) break;
      pages.push(page.docs.map((doc) => doc.id).join(' '));
      query = query.startAfter(last);
    }
    assert.deepEqual(pages, ['r9 r6 r3 r0', 'r7 r4 r1 r8', 'r5 r2']);
  });

  it('keeps to cursors of values', async () => {
    assert.equal(await ids(rows().orderBy('n').startAt(3).endBefore(6)), 'r3 r4 r5');
    assert.equal(await ids(rows().orderBy('n', 'desc').startAfter(3)), 'r2 r1 r0');
    assert.equal(await ids(rows().orderBy('third').startAfter(1)), 'r2 r5 r8');
    assert.equal(await ids(rows().orderBy('third').orderBy('n').endAt(0, 3)), 'r0 r3');
    assert.equal(await ids(rows().orderBy(FieldPath.documentId()).startAt('r8')), 'r8 r9');
  });

  it('knows limit, offset and limitToLast', async () => {
    assert.equal(await ids(rows().orderBy('n').offset(2).limit(3)), 'r2 r3 r4');
    assert.equal(await ids(rows().orderBy('n').limitToLast(3)), 'r7 r8 r9');
    assert.equal(await ids(rows().orderBy('n').endBefore(5).limitToLast(2)), 'r3 r4');
    assert.equal(await ids(rows().offset(20)), '');
  });

  it('leaves out documents without a field that it orders by', async () => {
    assert.equal(await ids(rows().orderBy('low', 'desc')), 'r4 r3 r2 r1 r0');
  });

  it('selects fields', async () => {
    const [first] = (await rows().select('n', 'low').limit(1).get()).docs;
    assert.deepEqual(first?.data(), { n: 0, low: 0 });
    const [bare] = (await rows().select().limit(1).get()).docs;
    assert.deepEqual(bare?.data(), {});
  });

  it('looks through collection groups, and only through those', async () => {
    assert.equal((await db.collectionGroup('leaves').get()).size, 11);
    const found = await db.collectionGroup('leaves').where('n', '>', 7).orderBy('n', 'desc').get();
    assert.deepEqual(
      found.docs.map((doc) => doc.ref.path),
      ['leaves/top', 'rows/r9/leaves/x', 'rows/r8/leaves/x'],
    );
    assert.equal((await db.collection('leaves').get()).size, 1);
    assert.equal((await rows().get()).size, 10);
  });

  it('counts, adds up and averages what a query finds', async () => {
    const query = rows().where('third', '==', 1);
    const figures = await query
      .aggregate({
        count: AggregateField.count(),
        sum: AggregateField.sum('n'),
        mean: AggregateField.average('n'),
      })
      .get();
    assert.deepEqual(figures.data(), { count: 3, sum: 12, mean: 4 });
    assert.deepEqual((await rows().limit(4).count().get()).data(), { count: 4 });
    const none = rows().where('n', '>', 50);
    const ofNone = await none
      .aggregate({ sum: AggregateField.sum('n'), mean: AggregateField.average('n') })
      .get();
    assert.deepEqual(ofNone.data(), { sum: 0, mean: null });
  });

  it('streams, and tells the read time of an empty result', async () => {
    let streamed = 0;
    for await (const _ of rows().stream()) streamed++;
    assert.equal(streamed, 10);
    assert.ok((await rows().where('n', '>', 50).get()).readTime);
  });

  it('lists collections and documents, also those that are only on the way', async () => {
    await db.doc('onlyNested/x/deep/y').set({});
    await db.doc('onlyNested/z').set({});
    const paths = (refs: { path: string }[]) => refs.map(({ path }) => path);
    assert.deepEqual(paths(await db.listCollections()), ['leaves', 'mixed', 'names', 'onlyNested', 'rows']);
    assert.deepEqual(paths(await db.doc('rows/r1').listCollections()), ['rows/r1/leaves']);
    assert.deepEqual(paths(await db.collection('onlyNested').listDocuments()), [
      'onlyNested/x',
      'onlyNested/z',
    ]);
    await db.recursiveDelete(db.collection('onlyNested'));
  });

  it('lists more documents than fit on a page', async () => {
    const batch = db.batch();
    for (let index = 0; index < 700; index++) batch.set(db.doc(`long/${index}`), {});
    await batch.commit();
    const listed = await db.collection('long').listDocuments();
    assert.equal(new Set(listed.map(({ id }) => id)).size, 700);
    await db.recursiveDelete(db.collection('long'));
  });
});
