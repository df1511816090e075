import assert from 'node:assert/strict';
import { type DocumentData, FieldPath, FieldValue, GeoPoint, Timestamp } from '@google-cloud/firestore';
import type { TaskTransaction } from '@waybill/task-runtime';
import { bed, enqueue, handle, letterId, mailLetter, subject, useLetters } from '../letters.ts';

describe('a buffered transaction’s data', () => {
  useLetters();
  const names = ['ada', 'bob', 'eve'];
  const letter = (name: string) => bed.firestore.doc(`letters/${letterId}-${name}`);
  const stored = async (name: string): Promise<DocumentData | undefined> => (await letter(name).get()).data();
  const payloadOf = async (taskId: string): Promise<unknown> =>
    JSON.parse((await bed.record(taskId)).payload);

  /** Runs `work` in a producer's transaction and in a finish; both must store the same. */
  const inBoth = async (
    work: (transaction: TaskTransaction) => Promise<unknown>,
    assertStored: () => Promise<void>,
  ): Promise<void> => {
    await bed.client.transaction(work);
    await assertStored();
    for (const name of names) await letter(name).delete();
    handle.callsFake((_payload, context) =>
      context.finish(async (transaction) => void (await work(transaction))),
    );
    const { taskId } = await enqueue({ delaySeconds: 3_600 });
    await bed.deliver(taskId);
    await bed.assertState(taskId, 'succeeded');
    await assertStored();
  };

  it('is that of the call where one object is reused for several documents', async () => {
    for (const method of ['set', 'create'] as const) {
      await inBoth(
        async (transaction) => {
          const row = { owner: '', tags: [''], address: { city: '' } };
          for (const name of names) {
            row.owner = name;
            row.tags[0] = name;
            row.address.city = name;
            transaction[method](letter(name), row);
          }
        },
        async () => {
          for (const name of names) {
            assert.deepEqual(await stored(name), { owner: name, tags: [name], address: { city: name } });
          }
        },
      );
      for (const name of names) await letter(name).delete();
    }
  });

  it('is that of the call in updates and in the options of a merge', async () => {
    for (const name of names) await letter(name).set({ owner: 'nobody', kept: true });
    await bed.client.transaction(async (transaction) => {
      const [ada = '', bob = '', eve = ''] = names;
      const change = { owner: 'a' };
      transaction.update(letter(ada), change);
      change.owner = 'b';
      transaction.update(letter(bob), change);
      const mergeFields: (string | FieldPath)[] = [new FieldPath('owner')];
      transaction.set(letter(eve), { owner: 'c', kept: false }, { mergeFields });
      mergeFields.push('kept');
    });
    assert.deepEqual(await Promise.all(names.map(stored)), [
      { owner: 'a', kept: true },
      { owner: 'b', kept: true },
      { owner: 'c', kept: true },
    ]);
  });

  it('is that of the call in elements of an array union, bytes and dates', async () => {
    await inBoth(
      async (transaction) => {
        const element = { name: '' };
        const bytes = Buffer.from([0]);
        const date = new Date(0);
        for (const [index, name] of names.entries()) {
          element.name = name;
          bytes[0] = index;
          date.setTime(index * 1_000);
          const data = { list: FieldValue.arrayUnion(element), bytes, view: new Uint8Array(bytes), date };
          transaction.set(letter(name), data);
          data.view[0] = 99;
        }
      },
      async () => {
        for (const [index, name] of names.entries()) {
          assert.deepEqual(await stored(name), {
            list: [{ name }],
            bytes: Buffer.from([index]),
            view: Buffer.from([index]),
            date: Timestamp.fromMillis(index * 1_000),
          });
        }
      },
    );
  });

  it('keeps Firestore’s own types', async () => {
    const at = new Timestamp(5, 6_000);
    await bed.client.transaction(async (transaction) => {
      transaction.set(
        letter('ada'),
        {
          at,
          place: new GeoPoint(1, 2),
          friend: letter('bob'),
          vector: FieldValue.vector([1, 2]),
          nested: [{ at }],
          now: FieldValue.serverTimestamp(),
          folds: FieldValue.increment(2),
          gone: FieldValue.delete(),
        },
        { merge: true },
      );
    });
    const found = await stored('ada');
    assert.ok(found !== undefined);
    assert.ok(found['at'].isEqual(at));
    assert.ok(found['place'].isEqual(new GeoPoint(1, 2)));
    assert.ok(found['friend'].isEqual(letter('bob')));
    assert.deepEqual(found['vector'].toArray(), [1, 2]);
    assert.ok(found['nested'][0].at.isEqual(at));
    assert.ok(found['now'] instanceof Timestamp);
    assert.deepEqual([found['folds'], 'gone' in found], [2, false]);
  });

  it('is what a converter makes of the object at the call', async () => {
    class Row {
      owner = '';
    }
    await bed.client.transaction(async (transaction) => {
      const row = new Row();
      for (const name of names) {
        row.owner = name;
        const converted = letter(name).withConverter<Row, DocumentData>({
          toFirestore: ({ owner }) => ({ owner, converted: true }),
          fromFirestore: () => new Row(),
        });
        transaction.set(converted, row);
      }
    });
    assert.deepEqual(
      await Promise.all(names.map(stored)),
      names.map((owner) => ({ owner, converted: true })),
    );
  });

  it('is refused by Firestore where it refers to itself, or is of a class', async () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const set = (data: DocumentData) =>
      bed.client.transaction(async (transaction) => transaction.set(letter('ada'), data));
    await assert.rejects(set(circle), /deeper than 20 levels or contains a cycle/);
    await assert.rejects(set({ map: new Map() }), /not a plain JavaScript object/);
  });

  it('is that of the call in a payload and its options', async () => {
    const taskIds = await bed.client.transaction(async (transaction) => {
      const payload = { letterId: '' };
      const notBefore = new Date(Date.now() + 86_400_000);
      return names.map((name) => {
        payload.letterId = `${letterId}-${name}`;
        const { taskId } = transaction.enqueue(mailLetter, payload, { subject: subject(), notBefore });
        notBefore.setTime(notBefore.getTime() + 86_400_000);
        payload.letterId = 'changed';
        return taskId;
      });
    });
    assert.deepEqual(
      await Promise.all(taskIds.map(payloadOf)),
      names.map((name) => ({ letterId: `${letterId}-${name}` })),
    );
    const times = await Promise.all(taskIds.map(async (taskId) => (await bed.record(taskId)).notBeforeMs));
    assert.equal(new Set(times).size, 3);
  });

  it('keeps a payload that matches its contract, whatever becomes of the object', async () => {
    const { taskId } = await bed.client.transaction(async (transaction) => {
      const payload = { letterId };
      const task = transaction.enqueue(mailLetter, payload, { subject: subject() });
      Object.assign(payload, { letterId: 7, more: true });
      return task;
    });
    assert.deepEqual(await payloadOf(taskId), { letterId });
  });
});
