import assert from 'node:assert/strict';
import { AggregateField, type Firestore, type Query } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

describe('explain()', () => {
  let fixture: Fixture;
  let db: Firestore;

  before(async () => {
    fixture = await startFixture();
    db = fixture.client();
    for (let n = 0; n < 4; n++) await db.doc(`c/${n}`).set({ n, even: n % 2 === 0, tags: ['t'] });
  });
  after(() => fixture.close());

  it('plans without running', async () => {
    const before = (await fixture.emulator.usage()).documentReads;
    const planned = await db.collection('c').where('n', '>', 1).explain();
    assert.equal(planned.snapshot, null);
    assert.equal(planned.metrics.executionStats, null);
    const counted = await db.collection('c').count().explain({ analyze: false });
    assert.equal(counted.snapshot, null);
    assert.equal(counted.metrics.executionStats, null);
    assert.equal((await fixture.emulator.usage()).documentReads, before);
  });

  it('names the indexes', async () => {
    const c = db.collection('c');
    const indexes = async (query: Query) => (await query.explain()).metrics.planSummary.indexesUsed;
    const collection = (...properties: string[]) =>
      properties.map((one) => ({ query_scope: 'Collection', properties: one }));
    assert.deepEqual(await indexes(c), collection('(__name__ ASC)'));
    assert.deepEqual(await indexes(c.where('n', '==', 1)), collection('(n ASC, __name__ ASC)'));
    assert.deepEqual(await indexes(c.orderBy('n', 'desc')), collection('(n DESC, __name__ DESC)'));
    assert.deepEqual(
      await indexes(c.where('even', '==', true).where('tags', 'array-contains', 't')),
      collection('(even ASC, __name__ ASC)', '(tags CONTAINS, __name__ ASC)'),
    );
    assert.deepEqual(
      await indexes(c.where('even', '==', true).where('n', '>', 1)),
      collection('(even ASC, n ASC, __name__ ASC)'),
    );
    assert.deepEqual(await indexes(db.collectionGroup('c').where('n', '>', 1)), [
      { query_scope: 'Collection group', properties: '(n ASC, __name__ ASC)' },
    ]);
  });

  it('runs and measures with analyze', async () => {
    const query = db.collection('c').where('even', '==', true);
    for (const [explained, size, reads] of [
      [await query.explain({ analyze: true }), 2, 2],
      [await query.limit(1).explain({ analyze: true }), 1, 1],
      [await query.offset(1).explain({ analyze: true }), 1, 2],
      [await query.where('n', '>', 5).explain({ analyze: true }), 0, 1],
    ] as const) {
      assert.equal(explained.snapshot?.size, size);
      const { executionStats } = explained.metrics;
      assert.equal(executionStats?.resultsReturned, size);
      assert.equal(executionStats.readOperations, reads);
      const { seconds, nanoseconds } = executionStats.executionDuration;
      assert.ok(seconds >= 0 && nanoseconds >= 0 && seconds + nanoseconds > 0);
      assert.deepEqual(Object.keys(executionStats.debugStats).sort(), [
        'billing_details',
        'documents_scanned',
        'indexes_entries_scanned',
      ]);
    }
  });

  it('gives the metrics with the last document', async () => {
    for (const query of [db.collection('c').where('even', '==', true), db.collection('c').limit(2)]) {
      const responses: string[][] = [];
      for await (const response of query.explainStream({ analyze: true })) {
        const members = Object.entries(response as unknown as object);
        responses.push(members.flatMap(([name, value]) => (value === undefined ? [] : [name])).sort());
      }
      assert.deepEqual(responses, [['document'], ['document', 'metrics']]);
    }
  });

  it('runs and measures aggregations', async () => {
    const figures = { n: AggregateField.sum('n'), all: AggregateField.count() };
    const { snapshot, metrics } = await db.collection('c').aggregate(figures).explain({ analyze: true });
    assert.deepEqual(snapshot?.data(), { n: 6, all: 4 });
    assert.equal(metrics.executionStats?.resultsReturned, 1);
    assert.equal(metrics.executionStats.readOperations, 1);
    assert.deepEqual(metrics.planSummary.indexesUsed, [
      { query_scope: 'Collection', properties: '(n ASC, __name__ ASC)' },
    ]);
  });

  it('is JSON over REST', async () => {
    const parent = 'projects/test/databases/(default)/documents';
    const response = await fetch(`http://127.0.0.1:${fixture.port}/v1/${parent}:runQuery`, {
      method: 'POST',
      body: JSON.stringify({ structuredQuery: { from: [{ collectionId: 'c' }] }, explainOptions: {} }),
    });
    const [message, ...others] = (await response.json()) as [{ explainMetrics: { planSummary: object } }];
    assert.deepEqual(message.explainMetrics.planSummary, {
      indexesUsed: [{ query_scope: 'Collection', properties: '(__name__ ASC)' }],
    });
    assert.deepEqual(others, []);
  });
});
