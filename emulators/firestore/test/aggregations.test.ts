import assert from 'node:assert/strict';
import { AggregateField, FieldPath, type Firestore, type Query } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

describe('sums and averages', () => {
  let fixture: Fixture;
  let db: Firestore;

  before(async () => {
    fixture = await startFixture();
    db = fixture.client();
    const documents = { a: { n: 5, m: 1 }, b: { n: 2, m: 2 }, c: { m: 9 }, e: { n: 1 } };
    for (const [id, data] of Object.entries(documents)) await db.doc(`c/${id}`).set(data);
  });
  after(() => fixture.close());

  const sums = async (query: Query) => {
    const figures = { n: AggregateField.sum('n'), counted: AggregateField.count() };
    return (await query.aggregate(figures).get()).data();
  };

  it('leave out documents without the field before the limit, and take them in its order', async () => {
    assert.deepEqual(await sums(db.collection('c').limit(1)), { n: 1, counted: 1 });
    assert.deepEqual(await sums(db.collection('c').offset(1)), { n: 7, counted: 2 });
    assert.equal((await db.collection('c').offset(1).count().get()).data().count, 3);
  });

  it('append aggregated fields after given orders and inequalities, in the last direction', async () => {
    const byM = db.collection('c').orderBy('m');
    assert.deepEqual(await sums(byM.limit(2)), { n: 7, counted: 2 });
    assert.deepEqual(await sums(byM.startAt(2)), { n: 2, counted: 1 });
    assert.deepEqual(await sums(db.collection('c').orderBy('m', 'desc').limit(1)), { n: 2, counted: 1 });
    assert.deepEqual(await sums(db.collection('c').where('m', '>', 0).limit(1)), { n: 5, counted: 1 });
    await db.doc('ties/a').set({ m: 1, n: 3 });
    await db.doc('ties/b').set({ m: 1, n: 8 });
    assert.deepEqual(await sums(db.collection('ties').orderBy('m', 'desc').limit(1)), { n: 8, counted: 1 });
  });

  it('order by several aggregated fields alphabetically', async () => {
    const figures = { n: AggregateField.sum('n'), m: AggregateField.average('m') };
    const result = await db.collection('c').limit(1).aggregate(figures).get();
    assert.deepEqual(result.data(), { n: 5, m: 1 });
  });

  it('refuse an order of names before the field', async () => {
    const byName = db.collection('c').orderBy(FieldPath.documentId());
    const later = db.collection('c').where(FieldPath.documentId(), '>', 'a');
    for (const query of [byName, later]) {
      await assert.rejects(sums(query), {
        code: 3,
        message: /requires an index that has fields \[n\] after __name__/,
      });
    }
    await assert.rejects(byName.aggregate({ n: AggregateField.sum('n'), m: AggregateField.sum('m') }).get(), {
      code: 3,
      message: /fields \[m, n\] after __name__/,
    });
    assert.deepEqual(await sums(db.collection('c').orderBy('n').orderBy(FieldPath.documentId())), {
      n: 8,
      counted: 3,
    });
    assert.equal((await byName.count().get()).data().count, 4);
  });

  it('refuse the name as a field', async () => {
    for (const figure of [AggregateField.sum('__name__'), AggregateField.average('__name__')]) {
      await assert.rejects(db.collection('c').aggregate({ figure }).get(), {
        code: 3,
        message: /Aggregations are not supported for the property: __key__/,
      });
    }
  });

  it('add up doubles without a loss in each step', async () => {
    const sumOf = async (id: string, numbers: readonly number[]) => {
      await Promise.all(numbers.map((n, index) => db.doc(`${id}/${index}`).set({ n })));
      const figures = { sum: AggregateField.sum('n'), average: AggregateField.average('n') };
      return (await db.collection(id).aggregate(figures).get()).data();
    };
    const result = await sumOf('doubles', [4.8, 5.9, 6.5, 6.6, 8.2]);
    assert.deepEqual(result, { sum: 32, average: 6.4 });
    assert.deepEqual(await sumOf('recorded', [4.8, 5.9, 6.0, 7.1, 8.2]), { sum: 32, average: 6.4 });
    assert.deepEqual(await sumOf('infinite', [Number.POSITIVE_INFINITY, 1.5]), {
      sum: Number.POSITIVE_INFINITY,
      average: Number.POSITIVE_INFINITY,
    });
  });
});
