import assert from 'node:assert/strict';
import { FieldPath, FieldValue, type Firestore, GeoPoint, Timestamp } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

describe('documents', () => {
  let fixture: Fixture;
  let db: Firestore;

  before(async () => {
    fixture = await startFixture();
    db = fixture.client();
  });
  after(() => fixture.close());

  async function dataOf(path: string): Promise<unknown> {
    return (await db.doc(path).get()).data();
  }

  it('gives back every type as it was stored', async () => {
    const data = {
      null: null,
      boolean: true,
      integer: 42,
      double: 1.5,
      nan: Number.NaN,
      timestamp: new Timestamp(5, 123_456_000),
      string: 'é\u{1f600}',
      bytes: Buffer.from([0, 255]),
      reference: db.doc('other/doc'),
      geo: new GeoPoint(1, -2),
      array: [1, 'two', { three: 3 }],
      map: { deeper: { deepest: [] } },
      vector: FieldValue.vector([1, 2.5]),
    };
    await db.doc('types/all').set(data);
    const stored = (await db.doc('types/all').get()).data() ?? {};
    assert.equal(db.doc('other/doc').isEqual(stored['reference']), true);
    assert.deepEqual(Object.keys(stored).sort(), Object.keys(data).sort());
    assert.deepEqual({ ...stored, reference: null }, { ...data, reference: null });
  });

  it('keeps 64-bit integers exact', async () => {
    const exact = fixture.client({ useBigInt: true });
    const integers = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
    await exact.doc('types/integers').set({ integers });
    assert.deepEqual((await exact.doc('types/integers').get()).get('integers'), integers);
  });

  it('replaces a document on set, and merges only what is said', async () => {
    await db.doc('merge/one').set({ a: { x: 1, y: 2 }, b: 2 });
    await db.doc('merge/one').set({ a: { y: 3 }, c: FieldValue.delete() }, { merge: true });
    assert.deepEqual(await dataOf('merge/one'), { a: { x: 1, y: 3 }, b: 2 });
    await db.doc('merge/one').set({ a: { y: 4 }, b: 9 }, { mergeFields: ['a.y'] });
    assert.deepEqual(await dataOf('merge/one'), { a: { x: 1, y: 4 }, b: 2 });
    await db.doc('merge/one').set({ only: true });
    assert.deepEqual(await dataOf('merge/one'), { only: true });
  });

  it('updates dotted and quoted paths', async () => {
    await db.doc('update/one').set({ a: { x: 1, y: 2 }, 'with.dot': 1, 'with`tick\\': 1 });
    await db
      .doc('update/one')
      .update('a.x', 7, new FieldPath('with.dot'), 2, new FieldPath('with`tick\\'), 3);
    await db.doc('update/one').update({ 'a.y': FieldValue.delete() });
    assert.deepEqual(await dataOf('update/one'), { a: { x: 7 }, 'with.dot': 2, 'with`tick\\': 3 });
  });

  it('refuses to create what exists', async () => {
    await db.doc('create/one').create({ by: 'first' });
    await assert.rejects(db.doc('create/one').create({ by: 'second' }), {
      code: 6,
      message:
        '6 ALREADY_EXISTS: Document already exists: projects/test/databases/(default)/documents/create/one',
    });
    assert.deepEqual(await dataOf('create/one'), { by: 'first' });
  });

  it('refuses to update what does not exist', async () => {
    await assert.rejects(db.doc('update/none').update({ a: 1 }), {
      code: 5,
      message: '5 NOT_FOUND: No document to update: projects/test/databases/(default)/documents/update/none',
    });
  });

  it('deletes, and deletes what is not there', async () => {
    await db.doc('delete/one').set({ a: 1 });
    await db.doc('delete/one').delete();
    await db.doc('delete/one').delete();
    assert.equal((await db.doc('delete/one').get()).exists, false);
    await assert.rejects(db.doc('delete/one').delete({ exists: true }), { code: 5 });
  });

  it('refuses a stale lastUpdateTime and takes a fresh one', async () => {
    const ref = db.doc('precondition/one');
    const { writeTime: stale } = await ref.set({ a: 1 });
    const { writeTime: fresh } = await ref.set({ a: 2 });
    await assert.rejects(ref.update({ a: 3 }, { lastUpdateTime: stale }), {
      code: 9,
      message: /the stored version \(\d+\) does not match the required base version \(\d+\)/,
    });
    await assert.rejects(ref.delete({ lastUpdateTime: stale }), { code: 9 });
    await ref.update({ a: 3 }, { lastUpdateTime: fresh });
    assert.deepEqual(await dataOf('precondition/one'), { a: 3 });
  });

  it('keeps the update time of a write that changes nothing', async () => {
    const ref = db.doc('unchanged/one');
    const first = await ref.set({ a: 1, m: { x: [1] } });
    const second = await ref.set({ m: { x: [1] }, a: 1 });
    assert.equal(second.writeTime.isEqual(first.writeTime), true);
    // An integer is not the double of the same value.
    const third = await ref.set({ m: { x: [1.5] }, a: 1 });
    assert.equal(third.writeTime > second.writeTime, true);
  });

  it('tells create, update and read times that rise', async () => {
    const ref = db.doc('times/one');
    const created = await ref.set({ n: 1 });
    const updated = await ref.set({ n: 2 });
    const snapshot = await ref.get();
    assert.equal(snapshot.createTime?.isEqual(created.writeTime), true);
    assert.equal(snapshot.updateTime?.isEqual(updated.writeTime), true);
    assert.equal(snapshot.readTime > updated.writeTime, true);
    assert.equal(updated.writeTime > created.writeTime, true);
    await ref.delete();
    const again = await ref.set({ n: 3 });
    assert.equal((await ref.get()).createTime?.isEqual(again.writeTime), true);
  });

  it('reads several at once, in order, with a mask, missing ones too', async () => {
    await db.doc('several/a').set({ x: 1, y: { z: 2, w: 3 } });
    const [missing, found] = await db.getAll(db.doc('several/none'), db.doc('several/a'), {
      fieldMask: ['y.z'],
    });
    assert.equal(missing?.exists, false);
    assert.deepEqual(found?.data(), { y: { z: 2 } });
  });

  describe('transforms', () => {
    it('sets the same server time everywhere in a commit, in whole milliseconds', async () => {
      const [a, b] = [db.doc('transform/time1'), db.doc('transform/time2')];
      await db
        .batch()
        .set(a, { x: FieldValue.serverTimestamp(), m: { y: FieldValue.serverTimestamp() } })
        .set(b, { x: FieldValue.serverTimestamp() })
        .commit();
      const [one, two] = await db.getAll(a, b);
      const time = one?.get('x') as Timestamp;
      assert.equal(time.isEqual(one?.get('m.y')), true);
      assert.equal(time.isEqual(two?.get('x')), true);
      assert.equal(time.nanoseconds % 1_000_000, 0);
    });

    it('increments integers and doubles, what is missing, and what is no number', async () => {
      const ref = db.doc('transform/increments');
      await ref.set({ i: 1, d: 0.5, s: 'x' });
      await ref.update({
        i: FieldValue.increment(2),
        d: FieldValue.increment(2),
        s: FieldValue.increment(5),
        none: FieldValue.increment(-1),
        'map.deep': FieldValue.increment(0.5),
      });
      await ref.update({ i: FieldValue.increment(0.25) });
      assert.deepEqual(await dataOf(ref.path), { i: 3.25, d: 2.5, s: 5, none: -1, map: { deep: 0.5 } });
    });

    it('stops at the limits of 64 bits', async () => {
      const exact = fixture.client({ useBigInt: true });
      const ref = exact.doc('transform/overflow');
      await ref.set({ n: 2n ** 63n - 2n });
      await ref.update({ n: FieldValue.increment(1) });
      await ref.update({ n: FieldValue.increment(5) });
      assert.equal((await ref.get()).get('n'), 2n ** 63n - 1n);
    });

    it('adds to and removes from arrays, 1 being equal to 1.0', async () => {
      const ref = db.doc('transform/arrays');
      await ref.set({ a: [1, 'x', { m: 1 }, Number.NaN], n: 1 });
      await ref.update({
        a: FieldValue.arrayUnion('x', { m: 1 }, Number.NaN, 2),
        n: FieldValue.arrayUnion(3, 3),
      });
      assert.deepEqual(await dataOf(ref.path), { a: [1, 'x', { m: 1 }, Number.NaN, 2], n: [3] });
      await ref.update({ a: FieldValue.arrayRemove(1, { m: 1 }, Number.NaN) });
      assert.deepEqual(await dataOf(ref.path), { a: ['x', 2], n: [3] });
    });
  });

  it('keeps projects and databases apart', async () => {
    const other = fixture.client({ projectId: 'other' });
    const second = fixture.client({ databaseId: 'second' });
    await db.doc('apart/one').set({ of: 'test' });
    await other.doc('apart/one').set({ of: 'other' });
    assert.deepEqual(await dataOf('apart/one'), { of: 'test' });
    assert.deepEqual((await other.doc('apart/one').get()).data(), { of: 'other' });
    assert.equal((await second.collection('apart').get()).size, 0);
  });
});
