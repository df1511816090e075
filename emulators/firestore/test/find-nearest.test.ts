import assert from 'node:assert/strict';
import { FieldValue, type Firestore, type Query, type VectorQueryOptions } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient } from './support/raw-client.ts';

const PARENT = 'projects/test/databases/(default)/documents';

describe('findNearest()', () => {
  let fixture: Fixture;
  let db: Firestore;
  let raw: RawClient;

  before(async () => {
    fixture = await startFixture();
    db = fixture.client();
    raw = connectRaw(fixture.port);
    const vector = (...numbers: number[]) => FieldValue.vector(numbers);
    const documents = {
      far: { v: vector(3, 0), kind: 'x', in: { v: vector(3, 0) } },
      near: { v: vector(1, 2), kind: 'x', in: { v: vector(1, 2) } },
      other: { v: vector(1, 2), kind: 'y' },
      zero: { v: vector(0, 0), kind: 'z' },
      long: { v: vector(1, 2, 3), kind: 'x' },
      list: { v: [1, 2], kind: 'x' },
      none: { kind: 'x' },
    };
    for (const [id, data] of Object.entries(documents)) await db.doc(`c/${id}`).set(data);
  });
  after(async () => {
    raw.close();
    await fixture.close();
  });

  const OPTIONS: VectorQueryOptions = {
    vectorField: 'v',
    queryVector: [1, 2],
    limit: 10,
    distanceMeasure: 'EUCLIDEAN',
    distanceResultField: 'd',
  };

  async function search(options: Partial<VectorQueryOptions> = {}, query: Query = db.collection('c')) {
    const { docs } = await query.findNearest({ ...OPTIONS, ...options }).get();
    return docs.map((document) => [document.id, document.get('d')]);
  }

  const ofX = () => db.collection('c').where('kind', '==', 'x');

  it('measures as the real service does, of vectors with the same dimension alone', async () => {
    assert.deepEqual(await search({}, ofX()), [
      ['near', 0],
      ['far', 2.8284271247461903],
    ]);
    assert.deepEqual(await search({ distanceMeasure: 'COSINE' }, ofX()), [
      ['near', 0],
      ['far', 0.5527864045000421],
    ]);
    assert.deepEqual(await search({ distanceMeasure: 'DOT_PRODUCT' }, ofX()), [
      ['near', 5],
      ['far', 3],
    ]);
  });

  it('orders equal distances by name, and leaves out a vector without an angle', async () => {
    const ids = (found: unknown[][]) => found.map(([id]) => id);
    assert.deepEqual(ids(await search()), ['near', 'other', 'zero', 'far']);
    assert.deepEqual(ids(await search({ distanceMeasure: 'COSINE' })), ['near', 'other', 'far']);
    assert.deepEqual(ids(await search({ distanceMeasure: 'DOT_PRODUCT' })), ['near', 'other', 'far', 'zero']);
    assert.deepEqual(ids(await search({ limit: 1 })), ['near']);
  });

  it('compares with the threshold, equal distances included', async () => {
    assert.equal((await search({ distanceThreshold: 0.5 })).length, 2);
    assert.equal((await search({ distanceThreshold: Math.sqrt(8) })).length, 4);
    assert.equal((await search({ distanceMeasure: 'DOT_PRODUCT', distanceThreshold: 3 })).length, 3);
    assert.equal((await search({ distanceMeasure: 'DOT_PRODUCT', distanceThreshold: 3.5 })).length, 2);
  });

  it('finds vectors in maps', async () => {
    assert.deepEqual(await search({ vectorField: 'in.v' }), [
      ['near', 0],
      ['far', 2.8284271247461903],
    ]);
  });

  it('adds the distance to the document or to what is selected of it', async () => {
    const read = async (query: Query, options: Partial<VectorQueryOptions> = {}) =>
      (
        await query.findNearest({ ...OPTIONS, limit: 1, queryVector: [3, 0], ...options }).get()
      ).docs[0]?.data();
    assert.deepEqual(await read(ofX().select('kind', 'd')), { kind: 'x', d: 0 });
    assert.deepEqual(await read(ofX().select('kind')), { kind: 'x' });
    const whole = await read(ofX(), { distanceResultField: 'in.d' });
    assert.deepEqual(whole?.['in'], { v: FieldValue.vector([3, 0]), d: 0 });
    assert.equal((await db.doc('c/far').get()).get('d'), undefined);
  });

  it('is counted and added up by aggregations', async () => {
    const findNearest = wireSearch({ limit: { value: 3 } });
    const outcome = await raw.call<{ result: { aggregateFields: object } }>('RunAggregationQuery', {
      parent: PARENT,
      structuredAggregationQuery: {
        structuredQuery: { from: [{ collectionId: 'c' }], findNearest },
        aggregations: [{ alias: 'n', count: {} }],
      },
    });
    assert.ok('responses' in outcome);
    assert.deepEqual(outcome.responses[0]?.result.aggregateFields, {
      n: { valueType: 'integerValue', integerValue: '3' },
    });
  });

  it('refuses searches that make no sense', async () => {
    const limit = 'FindNearest.limit must be a positive integer of no more than 1000';
    const wrongs: [object, string | RegExp][] = [
      [{ distanceMeasure: 0 }, 'Unknown Distance Measure.'],
      [{ limit: null }, limit],
      [{ limit: { value: 0 } }, limit],
      [{ limit: { value: 1_001 } }, limit],
      [{ queryVector: null }, 'Query Value must be of type vector.'],
      [{ queryVector: { integerValue: 1 } }, 'Query Value must be of type vector.'],
      [{ queryVector: wireVector([]) }, 'Cannot have a zero length vector.'],
      [{ queryVector: wireVector([Number.NaN]) }, 'Vector cannot contain NaN values.'],
      [{ queryVector: wireVector(new Array(2_049).fill(1)) }, 'Vectors must be at most 2048 dimensions.'],
      [{ vectorField: null }, /^Invalid property path ""/],
      [{ distanceResultField: '__d__' }, /reserved name/],
    ];
    for (const [wrong, expected] of wrongs) {
      const structuredQuery = { from: [{ collectionId: 'c' }], findNearest: wireSearch(wrong) };
      const outcome = await raw.call('RunQuery', { parent: PARENT, structuredQuery });
      assert.ok('code' in outcome, JSON.stringify(wrong));
      assert.equal(outcome.code, 3);
      if (typeof expected === 'string') assert.equal(outcome.details, expected);
      else assert.match(outcome.details, expected);
    }
    assert.equal((await search({ limit: 1_000 })).length, 4);
  });
});

function wireVector(numbers: readonly number[]) {
  const values = numbers.map((doubleValue) => ({ doubleValue }));
  const fields = { __type__: { stringValue: '__vector__' }, value: { arrayValue: { values } } };
  return { mapValue: { fields } };
}

function wireSearch(changes: object) {
  return {
    vectorField: { fieldPath: 'v' },
    queryVector: wireVector([1, 2]),
    distanceMeasure: 1,
    limit: { value: 1 },
    ...changes,
  };
}
