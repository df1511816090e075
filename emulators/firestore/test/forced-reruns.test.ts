import assert from 'node:assert/strict';
import type { Firestore, Transaction } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient } from './support/raw-client.ts';
import { RawTransaction } from './support/raw-transaction.ts';

const OK = 0;
const ABORTED = 10;

describe('forced reruns', () => {
  let fixture: Fixture;
  let db: Firestore;
  let raw: RawClient;

  before(async () => {
    fixture = await startFixture({ faults: { seed: 1, rerunShare: 1 } });
    db = fixture.client();
    raw = connectRaw(fixture.port);
  });
  after(async () => {
    raw.close();
    await fixture.close();
  });
  beforeEach(() => fixture.emulator.resetUsage());

  /** Runs a transaction of the official client. Resolves to how often its function ran. */
  async function runsOf(
    work: (transaction: Transaction) => Promise<unknown>,
    options?: Parameters<Firestore['runTransaction']>[1],
  ): Promise<number> {
    let runs = 0;
    await db.runTransaction(async (transaction) => {
      runs += 1;
      await work(transaction);
    }, options);
    return runs;
  }

  it('run each function of the official client twice, after its reads, and write once', async () => {
    const counter = db.doc('reruns/official');
    const add = async (transaction: Transaction): Promise<void> => {
      const n = ((await transaction.get(counter)).get('n') as number | undefined) ?? 0;
      transaction.set(counter, { n: n + 1 });
    };
    const find = (transaction: Transaction) => transaction.get(db.collection('reruns').where('n', '==', 1));
    // Side by side, as each rerun waits for a second.
    assert.deepEqual(await Promise.all([runsOf(add), runsOf(find)]), [2, 2]);
    assert.equal((await counter.get()).get('n'), 1);
    const { aborted, reruns } = fixture.emulator.usage();
    assert.deepEqual(aborted, { reruns: { forcedRerun: 1 }, '*': { forcedRerun: 1 } });
    assert.equal(reruns, 2);
    assert.equal(fixture.emulator.openWork().transactions, 0);
  });

  it('spare read-only transactions, those without reads, batches and single writes', async () => {
    const document = db.doc('reruns/spared');
    assert.equal(await runsOf((transaction) => transaction.get(document), { readOnly: true }), 1);
    assert.equal(await runsOf(async (transaction) => transaction.set(document, { n: 1 })), 1);
    await db.batch().set(document, { n: 2 }).commit();
    await document.update({ n: 3 });
    const withoutRead = new RawTransaction(raw);
    await withoutRead.begin();
    assert.equal(await withoutRead.commit({ 'reruns/spared': 4 }), OK);
    assert.deepEqual(fixture.emulator.usage().aborted, {});
  });

  it('come once in all tries of a transaction, rolled back or not', async () => {
    const first = new RawTransaction(raw);
    await first.read('reruns/a');
    assert.equal(await first.commit({ 'reruns/a': 1 }), ABORTED);
    const second = new RawTransaction(raw, { retryOf: first });
    assert.deepEqual(await second.read('reruns/a'), { 'reruns/a': undefined });
    await second.rollback();
    const third = new RawTransaction(raw, { retryOf: second });
    await third.read('reruns/a');
    assert.equal(await third.commit({ 'reruns/a': 1 }), OK);
    const another = new RawTransaction(raw);
    await another.read('reruns/a');
    assert.equal(await another.commit({ 'reruns/a': 2 }), ABORTED);
  });

  it('also come after a try that never got to its commit', async () => {
    const first = new RawTransaction(raw);
    await first.read('reruns/b');
    await first.rollback();
    const second = new RawTransaction(raw, { retryOf: first });
    await second.read('reruns/b');
    assert.equal(await second.commit({ 'reruns/b': 1 }), ABORTED);
  });
});
