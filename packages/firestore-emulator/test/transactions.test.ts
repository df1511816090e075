import assert from 'node:assert/strict';
import type { Firestore, Transaction } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './emulator-fixture.ts';

describe('transactions', () => {
  let fixture: Fixture;
  let db: Firestore;

  beforeEach(async () => {
    fixture = await startFixture();
    db = fixture.client();
  });
  afterEach(() => fixture.close());

  it('loses none of 50 increments of one document at once', async () => {
    const counter = db.doc('counters/one');
    await counter.set({ value: 0 });
    await Promise.all(Array.from({ length: 50 }, () => increment(counter.path)));
    assert.deepEqual((await counter.get()).data(), { value: 50 });
  });

  it('creates a missing document once, whoever read that it was missing', async () => {
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

  it('keeps the sum over 10 accounts through 60 transfers at once', async () => {
    const accounts = Array.from({ length: 10 }, (_, index) => db.doc(`accounts/${index}`));
    await Promise.all(accounts.map((account) => account.set({ balance: 100 })));
    const pick = (index: number) => {
      const account = accounts[index % accounts.length];
      assert.ok(account);
      return account;
    };
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        db.runTransaction(async (transaction) => {
          const [from, to] = await transaction.getAll(pick(index * 7), pick(index * 7 + 1 + (index % 5)));
          assert.ok(from && to);
          transaction.update(from.ref, { balance: from.get('balance') - 1 });
          transaction.update(to.ref, { balance: to.get('balance') + 1 });
        }),
      ),
    );
    const balances = (await db.collection('accounts').get()).docs.map((doc) => doc.get('balance') as number);
    assert.equal(
      balances.reduce((sum, balance) => sum + balance, 0),
      1_000,
    );
  });

  async function increment(path: string): Promise<void> {
    await db.runTransaction(async (transaction: Transaction) => {
      const snapshot = await transaction.get(db.doc(path));
      transaction.update(snapshot.ref, { value: snapshot.get('value') + 1 });
    });
  }
});
