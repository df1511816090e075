import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { type DocumentReference, FieldValue } from '@google-cloud/firestore';
import type { TaskTransaction } from '@waybill/task-runtime';
import { bed, enqueue, foldLetter, handle, letterId, mailLetter, subject, useLetters } from '../letters.ts';

/** Another helper of a handler, which does not know of the first one. */
async function add(transaction: TaskTransaction, amount: number): Promise<void> {
  const letter = bed.firestore.doc(`letters/${letterId}`);
  const folds = ((await transaction.get(letter)).get('folds') as number | undefined) ?? 0;
  transaction.set(letter, { folds: folds + amount });
}

describe('a buffered transaction', () => {
  useLetters();
  const letter = () => bed.firestore.doc(`letters/${letterId}`);
  const other = () => bed.firestore.doc(`letters/${letterId}-other`);
  const names = ['one', 'two', 'three'];

  /** Runs `work` in a producer's transaction, and in a task's finish: both are refused, and nothing is written. */
  const assertRefused = async (
    code: string,
    message: RegExp,
    work: (transaction: TaskTransaction) => Promise<unknown>,
  ): Promise<void> => {
    await assert.rejects(bed.client.transaction(work), {
      name: 'MisuseError',
      code,
      message,
      retryable: false,
    });
    handle.callsFake((_payload, context) =>
      context.finish(async (transaction) => void (await work(transaction))),
    );
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.deliver(taskId);
    const { state, error, followUps } = await bed.record(taskId);
    assert.deepEqual([state, error?.code, followUps], ['dead', code, []]);
    assert.match(error?.message ?? '', message);
    const written = await bed.firestore.collection('letters').where('by', '==', letterId).get();
    assert.deepEqual(
      written.docs.map(({ id }) => id),
      [],
    );
    assert.equal((await letter().get()).exists, false);
  };
  const write = (transaction: TaskTransaction, name: string): void => {
    transaction.set(bed.firestore.doc(`letters/${letterId}-${name}`), { by: letterId });
    transaction.enqueue(mailLetter, { letterId: `${letterId}-${name}` }, { subject: subject() });
  };

  describe('whose work returns early', () => {
    it('is refused while a read is under way', async () => {
      const message =
        /read of letters\/\S+-one \(at ledger\/transaction-guard\.test\.ts:\d+:\d+\) was under way/;
      await assertRefused('TRANSACTION_READ_OPEN', message, async (transaction) => {
        names.forEach(async (name) => {
          await transaction.get(bed.firestore.doc(`letters/${letterId}-${name}`));
          write(transaction, name);
        });
      });
      await assertRefused('TRANSACTION_READ_OPEN', /read of letters \(at/, async (transaction) => {
        void transaction.query(bed.firestore.collection('letters')).then(() => write(transaction, 'one'));
      });
    });

    for (const [name, call] of [
      ['set', (transaction: TaskTransaction) => transaction.set(letter(), { folds: 1 })],
      ['create', (transaction: TaskTransaction) => transaction.create(letter(), { folds: 1 })],
      ['update', (transaction: TaskTransaction) => transaction.update(letter(), { folds: 1 })],
      ['delete', (transaction: TaskTransaction) => transaction.delete(letter())],
      [
        'enqueue',
        (transaction: TaskTransaction) =>
          transaction.enqueue(mailLetter, { letterId }, { subject: subject() }),
      ],
    ] as const) {
      it(`is refused where a callback comes to ${name} before the commit`, async () => {
        const work = async (transaction: TaskTransaction): Promise<void> => {
          const callback = async (): Promise<void> => {
            for (let turn = 0; turn < 10; turn += 1) await null;
            call(transaction);
          };
          callback().catch(() => {});
        };
        await assert.rejects(bed.client.transaction(work), {
          code: 'TRANSACTION_CLOSED',
          message: new RegExp(`${name}\\(\\) of .* came after the work`),
        });
        assert.equal((await letter().get()).exists, false);
      });
    }

    it('reports what comes after the commit, which has no effect', async () => {
      let kept: TaskTransaction | undefined;
      await bed.client.transaction(async (transaction) => {
        kept = transaction;
        transaction.set(other(), { folds: 1 });
      });
      const transaction = kept as TaskTransaction;
      transaction.set(letter(), { folds: 1 });
      const { taskId } = transaction.enqueue(foldLetter, { letterId }, { subject: subject() });
      const reads = [
        transaction.get(letter()),
        transaction.getAll(letter()),
        transaction.query(bed.firestore.collection('letters')),
      ];
      const settled = Promise.race(reads.map((read) => read.then(String, String)));
      assert.equal(await Promise.race([settled, setImmediate('no read settles')]), 'no read settles');
      assert.equal((await letter().get()).exists, false);
      await assert.rejects(bed.record(taskId), /no record/);
      const lines = bed.takeLateCalls();
      assert.deepEqual(
        lines.map(({ severity, event, code }) => [severity, event, code]),
        Array(5).fill(['ERROR', 'task.late-call', 'TRANSACTION_CLOSED']),
      );
      assert.match(String(lines[0]?.['reason']), /set\(\) of letters\/\S+ \(at ledger\/.*await everything/);
      assert.match(String(lines[1]?.['reason']), /enqueue\(\) of fold-letter \(at ledger\//);
    });

    it('is refused where a call comes during the last reads before the commit', async () => {
      // Only the reads of keys are later than the first check.
      await assertRefused('TRANSACTION_CLOSED', /set\(\) of letters/, async (transaction) => {
        transaction.enqueue(mailLetter, { letterId }, { subject: subject(), dedupeKey: `late-${letterId}` });
        void (async () => {
          for (let turn = 0; turn < 3; turn += 1) await setImmediate();
          for (const name of names) transaction.set(bed.firestore.doc(`letters/${letterId}-${name}`), {});
        })();
      });
    });

    it('leaves the process alive where callbacks come behind other awaits', async () => {
      const committed = Promise.withResolvers<void>();
      const ended: Promise<void>[] = [];
      handle.callsFake((_payload, context) =>
        context.finish(async (transaction) => {
          transaction.set(other(), { folds: 1 });
          names.forEach((name) => {
            const callback = async (): Promise<void> => {
              await committed.promise;
              write(transaction, name);
            };
            ended.push(callback());
          });
        }),
      );
      const { taskId } = await enqueue({ delaySeconds: 3_600 });
      await bed.deliver(taskId);
      await bed.assertState(taskId, 'succeeded');
      committed.resolve();
      // A callback that fails here ends the process in production.
      await Promise.all(ended);
      const lines = bed.takeLateCalls();
      assert.deepEqual(
        lines.map(({ code, contract, ...line }) => [code, line.taskId, contract]),
        Array(6).fill(['TRANSACTION_CLOSED', taskId, 'fold-letter']),
      );
      const written = await bed.firestore.collection('letters').where('by', '==', letterId).get();
      assert.equal(written.size, 0);
    });

    it('leaves the process alive', async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown): void => void unhandled.push(reason);
      process.on('unhandledRejection', note);
      try {
        await assertRefused('TRANSACTION_READ_OPEN', /under way/, async (transaction) => {
          names.forEach(async (name) => {
            await transaction.get(bed.firestore.doc(`letters/${letterId}-${name}`));
            write(transaction, name);
          });
        });
      } finally {
        process.off('unhandledRejection', note);
      }
      assert.deepEqual(unhandled, []);
    });
  });

  describe('refuses to read what it writes', () => {
    const message = /would not see the transaction's own write of letters\/\S+ \(at ledger\/.*read first/;

    it('by a helper after another', () =>
      assertRefused('READ_AFTER_WRITE', message, async (transaction) => {
        await add(transaction, 5);
        await add(transaction, 7);
      }));

    it('though the work catches the refusal', () =>
      assertRefused('READ_AFTER_WRITE', message, async (transaction) => {
        await add(transaction, 5);
        await add(transaction, 7).catch(() => {});
      }));

    for (const [name, write] of [
      ['set', (transaction: TaskTransaction) => transaction.set(letter(), { folds: 1 })],
      ['merge', (transaction: TaskTransaction) => transaction.set(letter(), { folds: 1 }, { merge: true })],
      ['create', (transaction: TaskTransaction) => transaction.create(letter(), { folds: 1 })],
      ['update', (transaction: TaskTransaction) => transaction.update(letter(), { folds: 1 })],
      ['delete', (transaction: TaskTransaction) => transaction.delete(letter())],
    ] as const) {
      it(`by get, getAll and a query after ${name}`, async () => {
        for (const read of [
          (transaction: TaskTransaction) => transaction.get(letter()),
          (transaction: TaskTransaction) => transaction.getAll(other(), letter()),
          (transaction: TaskTransaction) =>
            transaction.query(bed.firestore.collection('letters').where('folds', '>', 0).limit(1)),
          (transaction: TaskTransaction) => transaction.query(bed.firestore.collectionGroup('letters')),
        ]) {
          const work = async (transaction: TaskTransaction): Promise<void> => {
            write(transaction);
            await read(transaction);
          };
          await assert.rejects(bed.client.transaction(work), { code: 'READ_AFTER_WRITE', message });
        }
      });
    }
  });

  describe('writes each document once', () => {
    const message =
      /would replace an earlier write of the transaction \(at ledger\/.*write each document once/;

    it('where two helpers read side by side', () =>
      assertRefused('WRITTEN_TWICE', message, async (transaction) => {
        await Promise.all([add(transaction, 5), add(transaction, 7)]);
      }));

    it('whatever the writes are', () =>
      assertRefused('WRITTEN_TWICE', message, async (transaction) => {
        transaction.set(letter(), { folds: 5 });
        transaction.update(letter(), { folds: FieldValue.increment(7) });
      }));
  });

  describe('of the ledger’s own documents', () => {
    const message = /\(\) of task(s|Commits)\/a \(at ledger\/.*would change a record of the task ledger/;
    for (const path of ['tasks/a', 'taskCommits/a']) {
      for (const [name, write] of [
        ['set', (transaction, reference) => transaction.set(reference, { state: 'pending' })],
        ['create', (transaction, reference) => transaction.create(reference, { state: 'pending' })],
        ['update', (transaction, reference) => transaction.update(reference, { state: 'pending' })],
        ['delete', (transaction, reference) => transaction.delete(reference)],
      ] satisfies [string, (transaction: TaskTransaction, reference: DocumentReference) => void][]) {
        it(`refuses to ${name} ${path}`, () =>
          assertRefused('LEDGER_DOCUMENT', message, async (transaction) =>
            write(transaction, bed.firestore.doc(path)),
          ));
      }
    }

    it('refuses to read the record of a task that it enqueues', async () => {
      const message = /own write of tasks\/\w+ \(at ledger/;
      const enqueueMail = (transaction: TaskTransaction) =>
        transaction.enqueue(mailLetter, { letterId }, { subject: subject(), dedupeKey: letterId });
      await assertRefused('READ_AFTER_WRITE', message, async (transaction) => {
        const { taskId } = enqueueMail(transaction);
        await transaction.get(bed.firestore.doc(`tasks/${taskId}`));
      });
      await assertRefused('READ_AFTER_WRITE', message, async (transaction) => {
        enqueueMail(transaction);
        await transaction.query(bed.firestore.collection('tasks').limit(1));
      });
    });

    it('reads tasks that are there, and writes documents below other ones', async () => {
      const { taskId } = await enqueue({ delaySeconds: 3_600 });
      await bed.client.transaction(async (transaction) => {
        const snapshot = await transaction.get(bed.firestore.doc(`tasks/${taskId}`));
        transaction.set(bed.firestore.doc(`letters/${letterId}/tasks/a`), { state: snapshot.get('state') });
      });
      const below = await bed.firestore.doc(`letters/${letterId}/tasks/a`).get();
      assert.equal(below.get('state'), 'pending');
    });
  });

  it('reads other documents and collections after a write', async () => {
    await bed.firestore.doc(`parts/${letterId}/letters/a`).set({ folds: 1 });
    await bed.client.transaction(async (transaction) => {
      transaction.set(letter(), { folds: 1 });
      await transaction.get(other());
      await transaction.query(bed.firestore.collection('envelopes'));
      const parts = await transaction.query(bed.firestore.collection(`parts/${letterId}/letters`));
      assert.equal(parts.size, 1);
      transaction.set(other(), { folds: 2 });
      transaction.enqueue(mailLetter, { letterId }, { subject: subject(), dedupeKey: letterId });
    });
    assert.equal((await letter().get()).get('folds'), 1);
  });
});
