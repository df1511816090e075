import type { Firestore, Transaction } from '@google-cloud/firestore';
import type { BatteryCase } from './oracle-battery.ts';

/**
 * Locks of transactions, as far as the official emulator does what the real service does: not what queries lock, not
 * readers that come after a waiting writer, and not how long contention takes. See locks.test.ts for all of it.
 */
export function lockBattery(): BatteryCase[] {
  return CASES.map(({ title, run }) => ({
    title: `locks: ${title}`,
    async run(db) {
      await db.recursiveDelete(db.collection('locks'));
      await db.batch().set(db.doc('locks/a'), { n: 1 }).set(db.doc('locks/b'), { n: 1 }).commit();
      return run(db);
    },
  }));
}

const CASES: readonly BatteryCase[] = [
  {
    title: 'two transactions read one document at once',
    async run(db) {
      const meeting = new Meeting(2);
      return Promise.all(
        [1, 2].map(() =>
          db.runTransaction(async (transaction) => {
            const n = await numberIn(transaction, db, 'a');
            await meeting.join();
            return n;
          }),
        ),
      );
    },
  },
  {
    title: 'two transactions read a missing document at once, and one creates it',
    async run(db) {
      const meeting = new Meeting(2);
      await Promise.all(
        [0, 1].map((index) =>
          db.runTransaction(async (transaction) => {
            const snapshot = await transaction.get(db.doc('locks/missing'));
            await meeting.join();
            if (index === 0) transaction.set(snapshot.ref, { by: index });
          }),
        ),
      );
      return (await db.doc('locks/missing').get()).data();
    },
  },
  {
    title: 'a later reader that writes waits for the earlier one, in one run',
    async run(db) {
      const hasWritten = Promise.withResolvers<void>();
      const hasRead = Promise.withResolvers<void>();
      const order: string[] = [];
      let runs = 0;
      const reader = db.runTransaction(async (transaction) => {
        await numberIn(transaction, db, 'a');
        hasRead.resolve();
        await hasWritten.promise;
        // The later commit is on its way; without a lock it would be there long before these.
        for (let index = 0; index < 3; index += 1) await db.doc('locks/other').set({ index });
        order.push('reader');
      });
      await hasRead.promise;
      const writer = db.runTransaction(async (transaction) => {
        runs += 1;
        const n = await numberIn(transaction, db, 'a');
        transaction.set(db.doc('locks/a'), { n: n + 1 });
        hasWritten.resolve();
      });
      await Promise.all([reader, writer.then(() => order.push('writer'))]);
      return { order, runs, n: await numberAt(db, 'a') };
    },
  },
  {
    // Which of the two varies in the official emulator; in the real service it is the later reader.
    title: 'two transactions read and write one document: one of them runs again and sees the new value',
    async run(db) {
      const seen: number[] = [];
      const firstHasRead = Promise.withResolvers<void>();
      const secondHasRead = Promise.withResolvers<void>();
      const add = (read: () => void, go: Promise<void>) =>
        db.runTransaction(async (transaction) => {
          const n = await numberIn(transaction, db, 'a');
          seen.push(n);
          read();
          await go;
          transaction.set(db.doc('locks/a'), { n: n + 1 });
        });
      const first = add(firstHasRead.resolve, secondHasRead.promise);
      await firstHasRead.promise;
      await Promise.all([first, add(secondHasRead.resolve, Promise.resolve())]);
      return { seen: [...new Set(seen)], n: await numberAt(db, 'a') };
    },
  },
  {
    title: 'a transaction reads what another one has read, and writes another document',
    async run(db) {
      const hasRead = Promise.withResolvers<void>();
      const isDone = Promise.withResolvers<void>();
      const outer = db.runTransaction(async (transaction) => {
        const n = await numberIn(transaction, db, 'a');
        hasRead.resolve();
        await isDone.promise;
        transaction.set(db.doc('locks/a'), { n: n + 1 });
      });
      await hasRead.promise;
      await db.runTransaction(async (transaction) => {
        const n = await numberIn(transaction, db, 'a');
        const other = await numberIn(transaction, db, 'b');
        transaction.set(db.doc('locks/b'), { n: n + other });
      });
      isDone.resolve();
      await outer;
      return [await numberAt(db, 'a'), await numberAt(db, 'b')];
    },
  },
  {
    title: 'a deadlock of two transactions that read in opposite order and write both',
    async run(db) {
      const meeting = new Meeting(2);
      await Promise.all(
        [
          ['a', 'b'],
          ['b', 'a'],
        ].map(([one = '', other = '']) =>
          db.runTransaction(async (transaction) => {
            const first = await numberIn(transaction, db, one);
            await meeting.join();
            const second = await numberIn(transaction, db, other);
            transaction.set(db.doc(`locks/${one}`), { n: first + 1 });
            transaction.set(db.doc(`locks/${other}`), { n: second + 1 });
          }),
        ),
      );
      return [await numberAt(db, 'a'), await numberAt(db, 'b')];
    },
  },
  {
    title: 'a write outside waits for a transaction that has read, and is applied after it',
    async run(db) {
      let outside: Promise<unknown> | undefined;
      await db.runTransaction(async (transaction) => {
        const n = await numberIn(transaction, db, 'a');
        outside ??= db.doc('locks/a').set({ n: 100 });
        for (let index = 0; index < 3; index += 1) await db.doc('locks/other').set({ index });
        transaction.set(db.doc('locks/a'), { n: n + 1 });
      });
      await outside;
      return numberAt(db, 'a');
    },
  },
];

/** Lets nobody go on before all have come. Who comes again, in another run, goes on at once. */
class Meeting {
  readonly #members: number;
  readonly #complete = Promise.withResolvers<void>();
  #come = 0;

  constructor(members: number) {
    this.#members = members;
  }

  join(): Promise<void> {
    this.#come += 1;
    if (this.#come >= this.#members) this.#complete.resolve();
    return this.#complete.promise;
  }
}

async function numberIn(transaction: Transaction, db: Firestore, id: string): Promise<number> {
  return (await transaction.get(db.doc(`locks/${id}`))).get('n');
}

async function numberAt(db: Firestore, id: string): Promise<number> {
  return (await db.doc(`locks/${id}`).get()).get('n');
}
