import assert from 'node:assert/strict';
import { FieldValue, type Firestore, type Timestamp } from '@google-cloud/firestore';
import sinon from 'sinon';
import { eventually, type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient } from './support/raw-client.ts';
import { commitOutside, type Numbers, RawTransaction } from './support/raw-transaction.ts';
import { listenTo } from './support/snapshot-log.ts';
import { startTcpLink } from './support/tcp-link.ts';

const OK = 0;
const ABORTED = 10;

// As the real service, Standard edition, does it: pessimistic concurrency.
describe('locks of transactions', () => {
  let fixture: Fixture;
  let db: Firestore;
  let raw: RawClient;
  let otherRaw: RawClient;

  before(async () => {
    fixture = await startFixture();
    db = fixture.client();
    raw = connectRaw(fixture.port);
    otherRaw = connectRaw(fixture.port);
  });
  // The official client does not wait for its rollbacks.
  afterEach(() => eventually(() => fixture.emulator.openWork().locks === 0));
  after(async () => {
    raw.close();
    otherRaw.close();
    await fixture.close();
  });

  const begin = (retryOf?: RawTransaction) =>
    new RawTransaction(raw, retryOf === undefined ? {} : { retryOf });

  /** Begins a transaction with a read of documents that must not wait. */
  async function beginWith(numbers: Numbers): Promise<RawTransaction> {
    const transaction = begin();
    assert.deepEqual(await transaction.read(...Object.keys(numbers)), numbers);
    return transaction;
  }

  async function put(numbers: Numbers): Promise<void> {
    assert.equal(await commitOutside(raw, numbers), OK);
  }

  async function numberAt(path: string): Promise<unknown> {
    return (await db.doc(path).get()).get('n');
  }

  /** Waits until so many calls wait for a lock. */
  const untilWaiting = (calls: number) => eventually(() => fixture.emulator.openWork().lockWaits === calls);

  const lockWaits = () => fixture.emulator.openWork().lockWaits;

  describe('read', () => {
    it('one document at once', async () => {
      await put({ 'read/a': 1 });
      const [one, two] = [await beginWith({ 'read/a': 1 }), await beginWith({ 'read/a': 1 })];
      await Promise.all([one.rollback(), two.rollback()]);
    });

    it('missing documents under a lock too', async () => {
      const one = await beginWith({ 'read/missing': undefined });
      const two = await beginWith({ 'read/missing': undefined });
      const write = commitOutside(raw, { 'read/missing': 5 });
      await untilWaiting(1);
      await one.rollback();
      assert.equal(lockWaits(), 1);
      await two.rollback();
      assert.equal(await write, OK);
    });

    it('different documents without disturbing each other', async () => {
      await put({ 'read/b': 1, 'read/c': 1 });
      const [one, two] = [await beginWith({ 'read/b': 1 }), await beginWith({ 'read/c': 1 })];
      assert.equal(await two.commit({ 'read/c': 2 }), OK);
      assert.equal(await one.commit({ 'read/b': 2 }), OK);
    });

    it('a document that another one has read, and write another document, in one try', async () => {
      await put({ 'read/d': 1, 'read/e': 1 });
      const one = await beginWith({ 'read/d': 1 });
      const two = await beginWith({ 'read/d': 1, 'read/e': 1 });
      assert.equal(await two.commit({ 'read/e': 2 }), OK);
      assert.equal(await one.commit({ 'read/d': 2 }), OK);
    });

    it('behind a write that waits, and see what it wrote', async () => {
      await put({ 'behind/a': 1 });
      const one = await beginWith({ 'behind/a': 1 });
      const write = commitOutside(raw, { 'behind/a': 5 });
      await untilWaiting(1);
      const [reader, querier] = [begin(), begin()];
      const read = reader.read('behind/a');
      const query = querier.query('behind', 1);
      await untilWaiting(3);
      await one.rollback();
      assert.equal(await write, OK);
      assert.deepEqual(await read, { 'behind/a': 5 });
      assert.deepEqual(await query, []);
      await Promise.all([reader.rollback(), querier.rollback()]);
    });
  });

  describe('commit', () => {
    it('once other readers have ended, without another try', async () => {
      await put({ 'commit/a': 1 });
      const reader = await beginWith({ 'commit/a': 1 });
      let runs = 0;
      const hasRead = Promise.withResolvers<void>();
      const write = db.runTransaction(async (transaction) => {
        runs += 1;
        const snapshot = await transaction.get(db.doc('commit/a'));
        hasRead.resolve();
        transaction.update(snapshot.ref, { n: snapshot.get('n') + 1 });
      });
      await hasRead.promise;
      await untilWaiting(1);
      assert.equal(await reader.commit({}), OK);
      await write;
      assert.deepEqual([runs, await numberAt('commit/a')], [1, 2]);
    });

    it('once later readers have ended, too', async () => {
      await put({ 'commit/f': 1 });
      const [one, two] = [await beginWith({ 'commit/f': 1 }), await beginWith({ 'commit/f': 1 })];
      const write = one.commit({ 'commit/f': 2 });
      await untilWaiting(1);
      assert.equal(await two.commit({}), OK);
      assert.equal(await write, OK);
    });

    it('what they read first: a later reader that writes is ABORTED, though it commits first', async () => {
      await put({ 'commit/b': 1 });
      const [one, two] = [await beginWith({ 'commit/b': 1 }), await beginWith({ 'commit/b': 1 })];
      const later = two.commit({ 'commit/b': 20 });
      await untilWaiting(1);
      assert.equal(await one.commit({ 'commit/b': 10 }), OK);
      assert.equal(await later, ABORTED);
      assert.equal(await numberAt('commit/b'), 10);
    });

    it('what they began to read first, not what they began first', async () => {
      await put({ 'commit/c': 1 });
      const [one, two] = [begin(), begin()];
      await one.begin();
      await two.begin();
      await two.read('commit/c');
      await one.read('commit/c');
      const later = one.commit({ 'commit/c': 10 });
      await untilWaiting(1);
      assert.equal(await two.commit({ 'commit/c': 20 }), OK);
      assert.equal(await later, ABORTED);
    });

    it('twice in the official client, which sees the new value then: three runs and the right sum', async () => {
      const counter = db.doc('commit/counter');
      await counter.set({ n: 0 });
      const bothHaveRead = Promise.withResolvers<void>();
      const seen: number[] = [];
      await Promise.all(
        [1, 10].map((change) =>
          db.runTransaction(async (transaction) => {
            const n = (await transaction.get(counter)).get('n') as number;
            if (seen.push(n) === 2) bothHaveRead.resolve();
            await bothHaveRead.promise;
            transaction.update(counter, { n: n + change });
          }),
        ),
      );
      assert.ok(seen.length >= 3, `${seen.length} runs`);
      assert.deepEqual(seen.slice(0, 2), [0, 0]);
      assert.ok(seen.at(-1) === 1 || seen.at(-1) === 10);
      assert.equal(await numberAt(counter.path), 11);
    });

    it('before a later reader when they run again: a retry counts from its first try', async () => {
      await put({ 'commit/d': 1 });
      const [one, loser] = [await beginWith({ 'commit/d': 1 }), await beginWith({ 'commit/d': 1 })];
      const lost = loser.commit({ 'commit/d': 20 });
      await untilWaiting(1);
      assert.equal(await one.commit({ 'commit/d': 10 }), OK);
      assert.equal(await lost, ABORTED);
      const later = await beginWith({ 'commit/d': 10 });
      const retry = begin(loser);
      await retry.read('commit/d');
      const laterCommit = later.commit({ 'commit/d': 30 });
      await untilWaiting(1);
      assert.equal(await retry.commit({ 'commit/d': 20 }), OK);
      assert.equal(await laterCommit, ABORTED);
    });

    it('in spite of a deadlock: all reads succeed, the later one is ABORTED at once and runs again', async () => {
      await put({ 'circle/a': 1, 'circle/b': 1 });
      const [one, two] = [await beginWith({ 'circle/a': 1 }), await beginWith({ 'circle/b': 1 })];
      assert.deepEqual(await one.read('circle/b'), { 'circle/b': 1 });
      assert.deepEqual(await two.read('circle/a'), { 'circle/a': 1 });
      const later = two.commit({ 'circle/a': 2, 'circle/b': 2 });
      await untilWaiting(1);
      assert.equal(await one.commit({ 'circle/a': 1, 'circle/b': 1 }), OK);
      assert.equal(await later, ABORTED);
      const retry = begin(two);
      assert.deepEqual(await retry.read('circle/a', 'circle/b'), { 'circle/a': 1, 'circle/b': 1 });
      assert.equal(await retry.commit({ 'circle/a': 2, 'circle/b': 2 }), OK);
    });

    it('in spite of a deadlock that a read closes', async () => {
      await put({ 'circle/c': 1, 'circle/d': 1 });
      const [one, two] = [await beginWith({ 'circle/c': 1 }), await beginWith({ 'circle/d': 1 })];
      const write = one.commit({ 'circle/c': 2, 'circle/d': 2 });
      await untilWaiting(1);
      assert.equal(await two.read('circle/c'), ABORTED);
      assert.equal(await write, OK);
    });

    it('and leave nothing of a function that throws', async () => {
      await put({ 'commit/e': 1 });
      await assert.rejects(
        db.runTransaction(async (transaction) => {
          await transaction.get(db.doc('commit/e'));
          transaction.update(db.doc('commit/e'), { n: 2 });
          throw new Error('no');
        }),
        { message: 'no' },
      );
      assert.equal(await numberAt('commit/e'), 1);
    });

    it('several writes to one document as one: they add up, with one snapshot and one server time', async () => {
      const ref = db.doc('sums/a');
      await ref.set({ n: 1 });
      const log = listenTo(db.collection('sums').orderBy('n'));
      await log.next();
      await db.runTransaction(async (transaction) => {
        await transaction.get(ref);
        transaction
          .update(ref, { n: FieldValue.increment(1), first: FieldValue.serverTimestamp() })
          .update(ref, { n: FieldValue.increment(10), second: FieldValue.serverTimestamp() });
      });
      await ref.update({ n: 20 });
      assert.match(await log.next(), /:12$/);
      assert.match(await log.next(), /:20$/);
      log.unsubscribe();
      const { n, first, second } = (await ref.get()).data() as Record<string, Timestamp>;
      assert.deepEqual([n, first?.isEqual(second as Timestamp)], [20, true]);
    });
  });

  describe('and writes outside of them', () => {
    it('let sets, updates, deletes and batches wait for a reader, and applies them after it', async () => {
      const paths = ['set', 'update', 'delete', 'batch'].map((what) => `outside/${what}`);
      const before = Object.fromEntries(paths.map((path) => [path, 1]));
      await put(before);
      const one = await beginWith(before);
      const [set, update, deleted, batch] = paths.map((path) => db.doc(path));
      assert.ok(set && update && deleted && batch);
      const writes = Promise.all([
        set.set({ n: 2 }),
        update.update({ more: 2 }),
        deleted.delete(),
        db.batch().update(batch, { more: 2 }).commit(),
      ]);
      await untilWaiting(4);
      assert.equal(await one.commit(Object.fromEntries(paths.map((path) => [path, 7]))), OK);
      await writes;
      const found = await db.getAll(set, update, deleted, batch);
      assert.deepEqual(
        found.map((snapshot) => snapshot.data()),
        [{ n: 2 }, { n: 7, more: 2 }, undefined, { n: 7, more: 2 }],
      );
    });

    const waits: Record<string, (path: string, client: RawClient) => Promise<unknown>> = {
      'a write': (path, client) => commitOutside(client, { [path]: 5 }),
      'a write that changes nothing': (path, client) => commitOutside(client, { [path]: 7 }),
      'a read behind a write': async (path, client) => {
        const write = commitOutside(client, { [path]: 7 });
        await untilWaiting(1);
        const transaction = new RawTransaction(client);
        await transaction.read(path);
        await write;
        await transaction.rollback();
      },
      'a commit of another transaction': async (path, client) => {
        const transaction = new RawTransaction(client);
        await transaction.read(path);
        return transaction.commit({ [path]: 7 });
      },
    };
    for (const [what, wait] of Object.entries(waits)) {
      for (const connection of ['the same', 'another']) {
        it(`get their responses after the transaction's: ${what}, on ${connection} connection`, async () => {
          const path = `order/${Object.keys(waits).indexOf(what)}${connection.length}`;
          await put({ [path]: 1 });
          const one = await beginWith({ [path]: 1 });
          const order: string[] = [];
          const waiting = wait(path, connection === 'another' ? otherRaw : raw).then(() => order.push(what));
          await untilWaiting(what.includes('behind') ? 2 : 1);
          // Two readers that both write would not wait for each other, but be in conflict.
          const writes = what.includes('transaction') ? {} : { [path]: 7 };
          const committed = one.commit(writes).then((code) => order.push(`transaction: ${code}`));
          await Promise.all([waiting, committed]);
          assert.deepEqual(order, [`transaction: ${OK}`, what]);
        });
      }
    }

    it('applies all that wait, in any order', async () => {
      const ref = db.doc('outside/all');
      await put({ [ref.path]: 0 });
      const one = await beginWith({ [ref.path]: 0 });
      const writes = Array.from({ length: 5 }, () => ref.update({ n: FieldValue.increment(1) }));
      await untilWaiting(5);
      assert.equal(await one.commit({ [ref.path]: 100 }), OK);
      await Promise.all(writes);
      assert.equal(await numberAt(ref.path), 105);
    });

    it('lets a batch start over, rather than abort an earlier transaction that reads what it writes', async () => {
      await put({ 'batch/a': 1, 'batch/b': 1 });
      const one = await beginWith({ 'batch/b': 1 });
      const batch = commitOutside(raw, { 'batch/a': 9, 'batch/b': 9 });
      await untilWaiting(1);
      assert.deepEqual(await one.read('batch/a'), { 'batch/a': 1 });
      assert.equal(await one.commit({ 'batch/a': 2, 'batch/b': 2 }), OK);
      assert.equal(await batch, OK);
      assert.deepEqual([await numberAt('batch/a'), await numberAt('batch/b')], [9, 9]);
    });

    it('lets go of a document when the client of a waiting write is gone', async () => {
      await put({ 'gone/a': 1 });
      const one = await beginWith({ 'gone/a': 1 });
      const link = await startTcpLink(fixture.port);
      const gone = connectRaw(link.port);
      const write = commitOutside(gone, { 'gone/a': 5 });
      await untilWaiting(1);
      link.cut();
      await untilWaiting(0);
      assert.notEqual(await write, OK);
      gone.close();
      await link.close();
      assert.equal(await one.commit({ 'gone/a': 2 }), OK);
      assert.equal(await numberAt('gone/a'), 2);
    });
  });

  describe('query', () => {
    it('under locks on what is found: updates and deletes of it wait', async () => {
      await put({ 'found/a': 1, 'found/b': 1 });
      const one = begin();
      assert.deepEqual(await one.query('found', 1), ['found/a', 'found/b']);
      const writes = [commitOutside(raw, { 'found/a': 2 }), commitOutside(raw, { 'found/b': undefined })];
      await untilWaiting(2);
      await one.rollback();
      assert.deepEqual(await Promise.all(writes), [OK, OK]);
    });

    it('without locks on new documents that do not match', async () => {
      await put({ 'unmatched/a': 1 });
      const one = begin();
      assert.deepEqual(await one.query('unmatched', 1), ['unmatched/a']);
      assert.equal(await commitOutside(raw, { 'unmatched/b': 2 }), OK);
      assert.equal(await one.commit({ 'unmatched/a': 3, 'unmatched/b': 3 }), OK);
    });

    for (const [when, isCommitted] of [
      ['before it writes', false],
      ['while its commit waits', true],
    ] as const) {
      it(`again when an earlier reader takes a document out of the result ${when}: it finds nothing`, async () => {
        await put({ 'taken/a': 1 });
        const one = await beginWith({ 'taken/a': 1 });
        const two = begin();
        assert.deepEqual(await two.query('taken', 1), ['taken/a']);
        const early = isCommitted ? two.commit({ 'taken/a': 5 }) : undefined;
        await untilWaiting(isCommitted ? 1 : 0);
        assert.equal(await one.commit({ 'taken/a': 2 }), OK);
        assert.equal(await (early ?? two.commit({ 'taken/b': 5 })), ABORTED);
        const retry = begin(two);
        assert.deepEqual(await retry.query('taken', 1), []);
        assert.equal(await retry.commit({}), OK);
      });
    }

    it('and read the same document: an earlier reader that writes it waits', async () => {
      await put({ 'both/a': 1 });
      const one = await beginWith({ 'both/a': 1 });
      const two = begin();
      assert.deepEqual(await two.query('both', 1), ['both/a']);
      assert.deepEqual(await two.read('both/a'), { 'both/a': 1 });
      const write = one.commit({ 'both/a': 2 });
      await untilWaiting(1);
      assert.equal(await two.commit({ 'both/b': 1 }), OK);
      assert.equal(await write, OK);
    });

    it('first and commit first: a later reader that writes what was found waits', async () => {
      await put({ 'first/a': 1, 'first/b': 2 });
      const one = begin();
      assert.deepEqual(await one.query('first', 1), ['first/a']);
      const two = await beginWith({ 'first/a': 1 });
      const write = two.commit({ 'first/a': 5 });
      await untilWaiting(1);
      assert.equal(await one.commit({ 'first/b': 3 }), OK);
      assert.equal(await write, OK);
      assert.deepEqual([await numberAt('first/a'), await numberAt('first/b')], [5, 3]);
    });
  });

  it('of queries hold against an earlier transaction that writes the document without having read it', async () => {
    await put({ 'blind/a': 1, 'blind/b': 1 });
    const one = await beginWith({ 'blind/b': 1 });
    const two = begin();
    assert.deepEqual(await two.query('blind', 1), ['blind/a', 'blind/b']);
    const write = one.commit({ 'blind/a': 2 });
    await untilWaiting(1);
    assert.equal(await two.commit({}), OK);
    assert.equal(await write, OK);
  });

  describe('that only read', () => {
    it('are not taken, and do not wait', async () => {
      await put({ 'only/a': 1 });
      const writer = await beginWith({ 'only/a': 1 });
      const write = commitOutside(raw, { 'only/a': 5 });
      await untilWaiting(1);
      await db.runTransaction(
        async (transaction) => {
          assert.equal((await transaction.get(db.doc('only/a'))).get('n'), 1);
          assert.equal(fixture.emulator.openWork().locks, 1);
        },
        { readOnly: true },
      );
      await writer.rollback();
      await write;
    });

    it('see the version of their read time, with field masks', async () => {
      const ref = db.doc('only/versions');
      const { writeTime } = await ref.set({ a: 1, b: 1 });
      await ref.set({ a: 2, b: 2 });
      await db.runTransaction(
        async (transaction) => {
          const [snapshot] = await transaction.getAll(ref, { fieldMask: ['b'] });
          assert.deepEqual(snapshot?.data(), { b: 1 });
        },
        { readOnly: true, readTime: writeTime },
      );
    });
  });

  it('are all free in the end when clients without a backoff increment one document', async () => {
    const CLIENTS = 20;
    await put({ 'counters/one': 0 });
    let runs = 0;
    const connections = Array.from({ length: CLIENTS }, () => connectRaw(fixture.port));
    await Promise.all(connections.map(increment));
    for (const connection of connections) connection.close();
    assert.equal(await numberAt('counters/one'), CLIENTS);
    assert.ok(runs <= CLIENTS ** 2, `${runs} runs`);

    async function increment(connection: RawClient): Promise<void> {
      for (let retryOf: RawTransaction | undefined; ; ) {
        runs += 1;
        const transaction = new RawTransaction(connection, retryOf === undefined ? {} : { retryOf });
        const read = await transaction.read('counters/one');
        if (typeof read === 'object') {
          const code = await transaction.commit({ 'counters/one': Number(read['counters/one']) + 1 });
          if (code === OK) return;
          assert.equal(code, ABORTED);
          retryOf = transaction;
        } else {
          assert.equal(read, ABORTED);
        }
      }
    }
  });
});

describe('a wait for a lock', () => {
  let fixture: Fixture;
  let raw: RawClient;

  beforeEach(async () => {
    fixture = await startFixture();
    raw = connectRaw(fixture.port);
  });
  afterEach(async () => {
    sinon.restore();
    raw.close();
    await fixture.close();
  });

  it('is ABORTED after 15 seconds', async () => {
    const reader = new RawTransaction(raw);
    await reader.read('waits/a');
    const timers = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let code: number | undefined;
    const write = commitOutside(raw, { 'waits/a': 1 }).then((outcome) => {
      code = outcome;
    });
    while (fixture.emulator.openWork().lockWaits === 0) await turn();
    timers.tick(14_999);
    for (let turns = 0; turns < 100; turns += 1) await turn();
    assert.equal(code, undefined);
    timers.tick(1);
    timers.restore();
    await write;
    assert.equal(code, ABORTED);
    await reader.rollback();
  });
});

/** Lets one turn of the event loop pass. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
