import assert from 'node:assert/strict';
import type { Firestore } from '@google-cloud/firestore';
import { listenBattery } from '../oracle/listen-battery.ts';
import { eventually, type Fixture, startFixture } from '../support/emulator-fixture.ts';
import { listenTo, type SnapshotLog } from '../support/snapshot-log.ts';

describe('listeners', () => {
  let fixture: Fixture;
  let db: Firestore;
  let logs: SnapshotLog[];

  beforeEach(async () => {
    fixture = await startFixture();
    db = fixture.client();
    logs = [];
  });
  afterEach(async () => {
    for (const log of logs) log.unsubscribe();
    await fixture.close();
  });

  const listen = (target: Parameters<typeof listenTo>[0]): SnapshotLog => {
    const log = listenTo(target);
    logs.push(log);
    return log;
  };

  describe('are told of', () => {
    for (const { title, target, seed = {}, first, steps } of listenBattery) {
      it(title, async () => {
        for (const [path, data] of Object.entries(seed)) await db.doc(path).set(data);
        const log = listen(target(db));
        assert.equal(await log.next(), first);
        for (const { write, told } of steps) {
          await write(db);
          assert.equal(await log.next(), told);
        }
        assert.equal(log.waiting, 0);
      });
    }

    it('what they select only', async () => {
      await db.doc('c/a').set({ n: 1, m: 1 });
      const log = listen(db.collection('c').select('m'));
      assert.equal(await log.next(), '+a@0 = a:-');
      await db.doc('c/b').set({ n: 1, m: 1 });
      assert.equal(await log.next(), '+b@1 = a:- b:-');
    });

    it('what lies behind an offset', async () => {
      for (const id of ['a', 'b', 'c']) await db.doc(`c/${id}`).set({ n: 1 });
      const log = listen(db.collection('c').offset(1));
      assert.equal(await log.next(), '+b@0 +c@1 = b:1 c:1');
      await db.doc('c/a').delete();
      assert.equal(await log.next(), '-b@0 = c:1');
    });

    it('what was there before another client asked', async () => {
      const one = listen(db.collection('c'));
      assert.equal(await one.next(), '=');
      await db.doc('c/a').set({ n: 1 });
      const other = listen(fixture.client().doc('c/a'));
      assert.deepEqual([await one.next(), await other.next()], ['+a@0 = a:1', '{"n":1}']);
      await db.doc('c/a').set({ n: 2 });
      assert.deepEqual([await one.next(), await other.next()], ['~a@0>0 = a:2', '{"n":2}']);
    });

    it('their own database only', async () => {
      const log = listen(db.doc('c/a'));
      assert.equal(await log.next(), 'missing');
      await fixture.client({ databaseId: 'other' }).doc('c/a').set({ n: 1 });
      await fixture.client({ projectId: 'other' }).doc('c/a').set({ n: 2 });
      await db.doc('c/a').set({ n: 3 });
      assert.equal(await log.next(), '{"n":3}');
    });
  });

  it('never see half of a batch', async () => {
    await db.batch().set(db.doc('c/a'), { n: 0 }).set(db.doc('c/b'), { n: 0 }).commit();
    const sums: number[] = [];
    const done = new Promise<void>((resolve, reject) => {
      const unsubscribe = db.collection('c').onSnapshot((snapshot) => {
        sums.push(snapshot.docs.reduce((sum, doc) => sum + Number(doc.get('n')), 0));
        if (snapshot.docs.find((doc) => doc.id === 'a')?.get('n') !== 100) return;
        unsubscribe();
        resolve();
      }, reject);
    });
    for (let n = 1; n <= 100; n++) {
      await db.batch().set(db.doc('c/a'), { n }).set(db.doc('c/b'), { n: -n }).commit();
    }
    await done;
    assert.deepEqual(
      sums.filter((sum) => sum !== 0),
      [],
    );
    assert.ok(sums.length > 10, `${sums.length} snapshots`);
  });

  it('end up right after 500 quick updates, and only ever go forward', async () => {
    const refs = Array.from({ length: 25 }, (_, index) => db.doc(`c/${index}`));
    await Promise.all(refs.map((ref) => ref.set({ n: 0 })));
    const totals: number[] = [];
    const ended = Promise.withResolvers<Record<string, unknown>>();
    const unsubscribe = db.collection('c').onSnapshot((snapshot) => {
      const total = snapshot.docs.reduce((sum, doc) => sum + Number(doc.get('n')), 0);
      totals.push(total);
      if (total === 25 * 20) {
        ended.resolve(Object.fromEntries(snapshot.docs.map((doc) => [doc.id, doc.data()])));
      }
    }, ended.reject);
    await Promise.all(
      refs.map(async (ref) => {
        for (let n = 1; n <= 20; n++) await ref.set({ n });
      }),
    );
    const final = await ended.promise;
    unsubscribe();
    const stored = await db.collection('c').get();
    assert.deepEqual(final, Object.fromEntries(stored.docs.map((doc) => [doc.id, doc.data()])));
    assert.deepEqual(
      totals,
      totals.toSorted((a, b) => a - b),
    );
  });

  it('leave nothing behind when they are unsubscribed', async () => {
    const all = [db.collection('c'), db.doc('c/a'), db.collection('c').limit(1)].map(listen);
    for (const log of all) await log.next();
    const { listenStreams, listenTargets } = fixture.emulator.openWork();
    assert.deepEqual([listenStreams, listenTargets], [3, 3]);
    for (const log of all) log.unsubscribe();
    await eventually(() => fixture.emulator.openWork().listenStreams === 0);
    assert.deepEqual(fixture.emulator.openWork(), {
      transactions: 0,
      locks: 0,
      lockWaits: 0,
      listenStreams: 0,
      listenTargets: 0,
      queuedEvents: 0,
    });
    await db.doc('c/a').set({ n: 1 });
    assert.deepEqual(
      all.map((log) => log.waiting),
      [0, 0, 0],
    );
  });
});
