import assert from 'node:assert/strict';
import type { BulkWriterError, Firestore } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

describe('batches', () => {
  let fixture: Fixture;
  let db: Firestore;

  beforeEach(async () => {
    fixture = await startFixture();
    db = fixture.client();
  });
  afterEach(() => fixture.close());

  it('leaves nothing of a batch with one write that fails', async () => {
    const batch = db.batch().set(db.doc('c/a'), { a: 1 }).update(db.doc('c/none'), { a: 1 });
    await assert.rejects(batch.commit(), { code: 5 });
    assert.equal((await db.collection('c').get()).size, 0);
  });

  it('applies the writes of one document in their order', async () => {
    const ref = db.doc('c/a');
    await db.batch().set(ref, { a: 1 }).update(ref, { b: 2 }).delete(ref).create(ref, { c: 3 }).commit();
    assert.deepEqual((await ref.get()).data(), { c: 3 });
  });

  it('shows a batch whole or not at all to readers at the same time', async () => {
    const refs = Array.from({ length: 10 }, (_, index) => db.doc(`whole/${index}`));
    let writing = true;
    const writer = (async () => {
      for (let round = 1; round <= 40; round++) {
        const batch = db.batch();
        for (const ref of refs) batch.set(ref, { round });
        await batch.commit();
      }
      writing = false;
    })();
    const seen = new Set<number>();
    while (writing) {
      const all = await db.getAll(...refs);
      const found = await db.collection('whole').get();
      for (const docs of [all, found.docs]) {
        const rounds = new Set(docs.map((doc) => doc.get('round') as number | undefined));
        assert.ok(rounds.size <= 1, `half a batch: rounds ${[...rounds].join(', ')}`);
        for (const round of rounds) if (round !== undefined) seen.add(round);
      }
    }
    await writer;
    assert.ok(seen.size > 1, 'the readers saw the batches come');
  });

  it('takes a thousand writes in one commit', async () => {
    const batch = db.batch();
    for (let index = 0; index < 1_000; index++) batch.set(db.doc(`many/${index}`), { index });
    await batch.commit();
    assert.equal((await db.collection('many').count().get()).data().count, 1_000);
  });

  it('answers each write of a BulkWriter for itself', async () => {
    await db.doc('bulk/exists').set({ a: 1 });
    const writer = db.bulkWriter();
    const codes: Record<string, number> = {};
    writer.onWriteError((error: BulkWriterError) => {
      codes[error.documentRef.id] = error.code;
      return false;
    });
    const results = await Promise.allSettled([
      ...Array.from({ length: 50 }, (_, index) => writer.create(db.doc(`bulk/${index}`), { index })),
      writer.create(db.doc('bulk/exists'), { a: 2 }),
      writer.update(db.doc('bulk/none'), { a: 2 }),
      writer.close(),
    ]);
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 2);
    assert.deepEqual(codes, { exists: 6, none: 5 });
    assert.equal((await db.collection('bulk').count().get()).data().count, 51);
  });

  it('deletes recursively, and nothing beside', async () => {
    const paths = ['r/a', 'r/a/s/b', 'r/a/s/b/t/c', 'r/__id5__', 'r2/a', 'q/a/r/b'];
    await Promise.all(paths.map((path) => db.doc(path).set({ path })));
    await db.recursiveDelete(db.collection('r'));
    assert.deepEqual(await existing(paths), ['r2/a', 'q/a/r/b']);
    await db.recursiveDelete(db.doc('q/a'));
    assert.deepEqual(await existing(paths), ['r2/a']);
  });

  async function existing(paths: string[]): Promise<string[]> {
    const snapshots = await db.getAll(...paths.map((path) => db.doc(path)));
    return snapshots.filter(({ exists }) => exists).map(({ ref }) => ref.path);
  }
});
