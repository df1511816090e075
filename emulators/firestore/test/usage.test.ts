import assert from 'node:assert/strict';
import type { Firestore } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { listenTo } from './support/snapshot-log.ts';

describe('usage', () => {
  let fixture: Fixture;
  let db: Firestore;

  before(async () => {
    fixture = await startFixture();
    db = fixture.client();
  });
  after(() => fixture.close());
  beforeEach(async () => {
    await db.recursiveDelete(db.collection('c'));
    for (const id of ['a', 'b', 'c']) await db.doc(`c/${id}`).set({ n: 1 });
    fixture.emulator.resetUsage();
  });

  const costs: Record<
    string,
    [run: () => Promise<unknown>, reads: number, writes?: number, deletes?: number]
  > = {
    'a document': [() => db.doc('c/a').get(), 1],
    'a missing document': [() => db.doc('c/none').get(), 1],
    'several documents, one of them missing': [
      () => db.getAll(db.doc('c/a'), db.doc('c/b'), db.doc('c/none')),
      3,
    ],
    'a query': [() => db.collection('c').get(), 3],
    'a query with a limit': [() => db.collection('c').limit(2).get(), 2],
    'a query with an offset': [() => db.collection('c').offset(2).get(), 3],
    'a query without results': [() => db.collection('none').get(), 1],
    'a count': [() => db.collection('c').count().get(), 1],
    'a count of none': [() => db.collection('none').count().get(), 1],
    'a list of documents': [() => db.collection('c').listDocuments(), 3],
    'a list of collections': [() => db.listCollections(), 1],
    'a set': [() => db.doc('c/a').set({ n: 2 }), 0, 1],
    'a set that changes nothing': [() => db.doc('c/a').set({ n: 1 }), 0, 1],
    'a delete, also of nothing': [
      () => db.batch().delete(db.doc('c/a')).delete(db.doc('c/none')).commit(),
      ...([0, 0, 2] as const),
    ],
    'a batch': [() => db.batch().set(db.doc('c/d'), {}).delete(db.doc('c/a')).commit(), 0, 1, 1],
    'a commit that fails': [
      () =>
        db
          .doc('c/a')
          .create({})
          .catch(() => {}),
      0,
      0,
    ],
    'a transaction': [
      () =>
        db.runTransaction(async (transaction) => {
          await transaction.get(db.collection('c'));
          await transaction.get(db.doc('c/a'));
          transaction.update(db.doc('c/a'), { n: 2 });
        }),
      ...([4, 1] as const),
    ],
    'a listener, and what it is told then': [
      async () => {
        const log = listenTo(db.collection('c').orderBy('n'));
        await log.next();
        await db.doc('c/a').update({ n: 2 });
        await log.next();
        await db.doc('c/b').delete();
        await log.next();
        log.unsubscribe();
      },
      ...([4, 1, 1] as const),
    ],
    'a listener to nothing': [
      async () => {
        const log = listenTo(db.doc('c/none'));
        await log.next();
        log.unsubscribe();
      },
      1,
    ],
  };
  for (const [what, [run, reads, writes = 0, deletes = 0]] of Object.entries(costs)) {
    it(`of ${what}: ${reads} reads, ${writes} writes, ${deletes} deletes`, async () => {
      await run();
      const { documentReads, documentWrites, documentDeletes } = fixture.emulator.usage();
      assert.deepEqual([documentReads, documentWrites, documentDeletes], [reads, writes, deletes]);
    });
  }

  it('is told over HTTP with the number of calls, and can be reset', async () => {
    const address = `http://127.0.0.1:${fixture.port}/emulator/usage`;
    await db.doc('c/a').set({ n: 2 });
    await db.doc('c/a').get();
    await db.doc('c/a').get();
    const expected = {
      documentReads: 2,
      documentWrites: 1,
      documentDeletes: 0,
      calls: { BatchGetDocuments: 2, Commit: 1 },
      aborted: {},
      reruns: 0,
    };
    assert.deepEqual(await (await fetch(address)).json(), expected);
    assert.deepEqual(fixture.emulator.usage(), expected);
    const reset = await fetch(`${address}:reset`, { method: 'POST' });
    assert.equal(reset.status, 200);
    const nothing = {
      documentReads: 0,
      documentWrites: 0,
      documentDeletes: 0,
      calls: {},
      aborted: {},
      reruns: 0,
    };
    assert.deepEqual(await reset.json(), nothing);
    assert.deepEqual(await (await fetch(address)).json(), nothing);
  });
});
