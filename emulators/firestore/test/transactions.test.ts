import assert from 'node:assert/strict';
import type { Firestore, Transaction } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient } from './support/raw-client.ts';

const DATABASE = 'projects/test/databases/(default)';

describe('transactions', () => {
  let fixture: Fixture;
  let db: Firestore;

  beforeEach(async () => {
    fixture = await startFixture();
    db = fixture.client();
  });
  afterEach(() => fixture.close());

  describe('isolate', () => {
    it('50 increments of one document at once: none is lost', async () => {
      const counter = db.doc('counters/one');
      await counter.set({ value: 0 });
      const clients = [db, fixture.client(), fixture.client()];
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => increment(clients[index % clients.length] ?? db)),
      );
      assert.deepEqual((await counter.get()).data(), { value: 50 });

      async function increment(client: Firestore): Promise<void> {
        await client.runTransaction(async (transaction) => {
          const snapshot = await transaction.get(client.doc(counter.path));
          transaction.update(snapshot.ref, { value: snapshot.get('value') + 1 });
        });
      }
    });

    it('creations of a document that all read to be missing: one creates', async () => {
      const ref = db.doc('inserts/one');
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () =>
          db.runTransaction(async (transaction) => {
            if ((await transaction.get(ref)).exists) return 'found';
            transaction.create(ref, { by: 'me' });
            return 'created';
          }),
        ),
      );
      assert.deepEqual(outcomes.sort(), ['created', ...Array.from({ length: 7 }, () => 'found')]);
    });

    it('60 transfers between 10 accounts at once: each balance is right, and so the sum', async () => {
      const accounts = Array.from({ length: 10 }, (_, index) => db.doc(`accounts/${index}`));
      const expected = accounts.map(() => 1_000);
      await Promise.all(accounts.map((account) => account.set({ balance: 1_000 })));
      const pick = (index: number, change: number) => {
        const account = accounts[index % 10];
        assert.ok(account);
        expected[index % 10] = (expected[index % 10] ?? 0) + change;
        return account;
      };
      const transfers = Array.from({ length: 60 }, (_, index) => ({
        amount: index,
        from: pick(index * 7, -index),
        to: pick(index * 7 + 1 + (index % 5), index),
      }));
      await Promise.all(
        transfers.map(({ amount, from, to }) =>
          db.runTransaction(async (transaction) => {
            const [source, target] = await transaction.getAll(from, to);
            assert.ok(source && target);
            transaction.update(from, { balance: source.get('balance') - amount });
            transaction.update(to, { balance: target.get('balance') + amount });
          }),
        ),
      );
      const balances = (await db.collection('accounts').get()).docs.map(
        (doc) => doc.get('balance') as number,
      );
      assert.deepEqual(balances, expected);
      assert.equal(
        balances.reduce((sum, balance) => sum + balance, 0),
        10_000,
      );
    });

    it('two doctors who both go off call: one stays (write skew)', async () => {
      const doctors = ['a', 'b'].map((id) => db.doc(`doctors/${id}`));
      await Promise.all(doctors.map((doctor) => doctor.set({ onCall: true })));
      await Promise.all(
        doctors.map((doctor) =>
          db.runTransaction(async (transaction) => {
            const onCall = await transaction.get(db.collection('doctors').where('onCall', '==', true));
            if (onCall.size > 1) transaction.update(doctor, { onCall: false });
          }),
        ),
      );
      assert.equal((await db.collection('doctors').where('onCall', '==', true).get()).size, 1);
    });

    it('insertions where a query found none: one inserts (phantoms)', async () => {
      const seats = db.collection('seats');
      const runs: number[] = [];
      await Promise.all(
        Array.from({ length: 3 }, (_, index) =>
          db.runTransaction(async (transaction) => {
            runs.push(index);
            const taken = await transaction.get(seats.where('row', '==', 7));
            if (taken.empty) transaction.create(seats.doc(), { row: 7, by: index });
          }),
        ),
      );
      assert.equal((await seats.get()).size, 1);
      assert.ok(runs.length > 3, 'those whose query changed ran again');
    });

    it('insertions where a count found none: one inserts', async () => {
      const seats = db.collection('seats');
      await Promise.all(
        [1, 2].map((by) =>
          db.runTransaction(async (transaction) => {
            const taken = await transaction.get(seats.count());
            if (taken.data().count === 0) transaction.create(seats.doc(), { by });
          }),
        ),
      );
      assert.equal((await seats.get()).size, 1);
    });

    it('a write outside from a transaction that has read the document: it waits', async () => {
      const ref = db.doc('waits/one');
      await ref.set({ value: 1 });
      const order: string[] = [];
      let outside: Promise<unknown> | undefined;
      await db.runTransaction(async (transaction) => {
        const snapshot = await transaction.get(ref);
        outside = ref.set({ value: 10 }).then(() => order.push('outside'));
        // Another document's write and read show that the first has had its time.
        await db.doc('waits/other').set({ a: 1 });
        assert.equal((await db.doc('waits/other').get()).exists, true);
        order.push('transaction');
        transaction.update(ref, { value: snapshot.get('value') + 1 });
      });
      await outside;
      assert.deepEqual(order, ['transaction', 'outside']);
      assert.deepEqual((await ref.get()).data(), { value: 10 });
    });

    it('only what a query found: others may write what it looked at besides', async () => {
      const jobs = db.collection('jobs');
      const batch = db.batch();
      // More matches than are wanted, all of them last in the query's order: it looks at others first.
      for (let n = 0; n < 30; n += 1) batch.set(jobs.doc(`${n}`), { n, state: n < 20 ? 'done' : 'dead' });
      await batch.commit();
      let runs = 0;
      await db.runTransaction(async (transaction) => {
        runs += 1;
        const dead = await transaction.get(jobs.where('state', '==', 'dead').orderBy('n').limit(3));
        assert.deepEqual(
          dead.docs.map((doc) => doc.id),
          ['20', '21', '22'],
        );
        await Promise.all(['0', '25'].map((id) => jobs.doc(id).update({ seen: true })));
        for (const doc of dead.docs) transaction.update(doc.ref, { state: 'done' });
      });
      assert.equal(runs, 1);
    });
  });

  it('ends a deadlock by running one transaction again', async () => {
    const [a, b] = [db.doc('deadlock/a'), db.doc('deadlock/b')];
    await db.batch().set(a, { n: 0 }).set(b, { n: 0 }).commit();
    const barrier = Promise.withResolvers<void>();
    let arrived = 0;
    let runs = 0;
    await Promise.all(
      [
        [a, b],
        [b, a],
      ].map(([first, second]) =>
        db.runTransaction(async (transaction) => {
          runs++;
          assert.ok(first && second);
          const one = await transaction.get(first);
          if (++arrived === 2) barrier.resolve();
          await barrier.promise;
          const two = await transaction.get(second);
          transaction.update(first, { n: one.get('n') + 1 }).update(second, { n: two.get('n') + 1 });
        }),
      ),
    );
    assert.equal(runs, 3);
    const docs = await db.getAll(a, b);
    assert.deepEqual(
      docs.map((doc) => doc.get('n')),
      [2, 2],
    );
  });

  it('writes nothing, and lets go, when its function throws', async () => {
    const ref = db.doc('throws/one');
    await ref.set({ a: 1 });
    await assert.rejects(
      db.runTransaction(async (transaction) => {
        await transaction.get(ref);
        transaction.update(ref, { a: 2 });
        throw new Error('changed my mind');
      }),
      { message: 'changed my mind' },
    );
    await ref.update({ b: 1 });
    assert.deepEqual((await ref.get()).data(), { a: 1, b: 1 });
  });

  it('fails with the code of the write that fails, and writes nothing', async () => {
    await assert.rejects(
      db.runTransaction(async (transaction) => {
        await transaction.get(db.doc('fails/a'));
        transaction.set(db.doc('fails/a'), {}).update(db.doc('fails/b'), { a: 1 });
      }),
      { code: 5 },
    );
    assert.equal((await db.doc('fails/a').get()).exists, false);
  });

  describe('that only read', () => {
    it('see the data of one moment, deleted and changed documents too', async () => {
      const things = db.collection('things');
      await db.batch().set(things.doc('a'), { n: 1 }).set(things.doc('b'), { n: 2 }).commit();
      const seen = await db.runTransaction(
        async (transaction: Transaction) => {
          const first = await transaction.get(things.doc('a'));
          await db
            .batch()
            .set(things.doc('a'), { n: 10 })
            .delete(things.doc('b'))
            .set(things.doc('c'), { n: 3 })
            .commit();
          const all = await transaction.get(things.orderBy('n', 'desc'));
          const [c] = await transaction.getAll(things.doc('c'));
          const count = await transaction.get(things.count());
          return [first.get('n'), all.docs.map((doc) => doc.get('n')), c?.exists, count.data().count];
        },
        { readOnly: true },
      );
      assert.deepEqual(seen, [1, [2, 1], false, 2]);
      assert.deepEqual(
        (await things.orderBy('n').get()).docs.map((doc) => doc.get('n')),
        [3, 10],
      );
    });

    it('read at a time that is asked for', async () => {
      const ref = db.doc('times/one');
      const { writeTime } = await ref.set({ n: 1 });
      await ref.set({ n: 2 });
      await db.runTransaction(
        async (transaction) => {
          assert.equal((await transaction.get(ref)).get('n'), 1);
        },
        { readOnly: true, readTime: writeTime },
      );
    });
  });
});

describe('transactions that are left alone', () => {
  let fixture: Fixture;
  let db: Firestore;
  let raw: RawClient;

  afterEach(async () => {
    raw.close();
    await fixture.close();
  });

  async function start(limits: { idleMs?: number; orphanedMs?: number; lockWaitMs?: number }) {
    fixture = await startFixture({ limits });
    db = fixture.client();
    raw = connectRaw(fixture.port);
    await db.doc('left/alone').set({ n: 1 });
  }

  async function lockDocument(): Promise<Uint8Array> {
    const outcome = await raw.call<{ transaction: Uint8Array }>('BatchGetDocuments', {
      database: DATABASE,
      documents: [`${DATABASE}/documents/left/alone`],
      newTransaction: { readWrite: {} },
    });
    assert.ok('responses' in outcome);
    const [newTransaction] = outcome.responses;
    assert.ok(newTransaction);
    return newTransaction.transaction;
  }

  it('expire, and then answer that they have', async () => {
    await start({ idleMs: 20 });
    const transaction = await lockDocument();
    await db.doc('left/alone').update({ n: 2 });
    const outcome = await raw.call('Commit', { database: DATABASE, transaction, writes: [] });
    assert.deepEqual(outcome, {
      code: 3,
      details: 'The referenced transaction has expired or is no longer valid.',
    });
  });

  it('run again in the official client when they expire', async () => {
    // Long enough for the second run on a busy machine.
    await start({ idleMs: 500 });
    let runs = 0;
    await db.runTransaction(async (transaction) => {
      const snapshot = await transaction.get(db.doc('left/alone'));
      // Takes as long as the first transaction lasts: it holds the document.
      if (++runs === 1) await db.doc('left/alone').update({ n: 5 });
      transaction.update(snapshot.ref, { n: snapshot.get('n') + 1 });
    });
    assert.equal(runs, 2);
    assert.deepEqual((await db.doc('left/alone').get()).data(), { n: 6 });
  });

  it('end with their connection', async () => {
    await start({ orphanedMs: 20 });
    await lockDocument();
    const waiting = db.doc('left/alone').update({ n: 2 });
    raw.close();
    await waiting;
    assert.deepEqual((await db.doc('left/alone').get()).data(), { n: 2 });
  });

  it('make others wait no longer than is bearable', async () => {
    await start({ lockWaitMs: 20 });
    await lockDocument();
    // The official client would go on trying.
    const outcome = await raw.call('Commit', {
      database: DATABASE,
      writes: [{ delete: `${DATABASE}/documents/left/alone` }],
    });
    assert.deepEqual(outcome, {
      code: 10,
      details: 'Too much contention on these documents. Please try again.',
    });
  });

  it('let go on rollback, which may come twice', async () => {
    await start({});
    const transaction = await lockDocument();
    assert.ok('responses' in (await raw.call('Rollback', { database: DATABASE, transaction })));
    assert.ok('responses' in (await raw.call('Rollback', { database: DATABASE, transaction })));
    await db.doc('left/alone').update({ n: 2 });
  });

  it('take no writes if they are read-only', async () => {
    await start({});
    const newTransaction = await raw.call<{ transaction: Uint8Array }>('BeginTransaction', {
      database: DATABASE,
      options: { readOnly: {} },
    });
    assert.ok('responses' in newTransaction);
    const outcome = await raw.call('Commit', {
      database: DATABASE,
      transaction: newTransaction.responses[0]?.transaction,
      writes: [{ delete: `${DATABASE}/documents/left/alone` }],
    });
    assert.deepEqual(outcome, { code: 3, details: 'Cannot modify entities in a read-only transaction.' });
  });
});
