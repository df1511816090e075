import assert from 'node:assert/strict';
import type { Firestore } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient } from './support/raw-client.ts';

const PARENT = 'projects/test/databases/(default)/documents';
const BY_NAME = { field: { fieldPath: '__name__' }, direction: 1 };
const GROUP = { from: [{ collectionId: 'g', allDescendants: true }], orderBy: [BY_NAME] };

interface Partitions {
  partitions: { values: { referenceValue: string }[]; before: boolean }[];
  nextPageToken: string;
}

describe('PartitionQuery', () => {
  let fixture: Fixture;
  let db: Firestore;
  let raw: RawClient;

  before(async () => {
    fixture = await startFixture();
    db = fixture.client();
    raw = connectRaw(fixture.port);
    const batch = db.batch();
    for (let index = 0; index < 10; index++) batch.set(db.doc(`p/${index % 3}/g/${index}`), { index });
    batch.set(db.doc('other/a'), {});
    await batch.commit();
  });
  after(async () => {
    raw.close();
    await fixture.close();
  });

  it('splits a collection group into parts that hold each document once, in order', async () => {
    const all = (await db.collectionGroup('g').get()).docs.map((document) => document.ref.path);
    for (const [wanted, sizes] of [
      [1, [10]],
      [3, [3, 3, 4]],
      [10, new Array(10).fill(1)],
      [50, new Array(10).fill(1)],
    ] as const) {
      const parts: string[][] = [];
      for await (const partition of db.collectionGroup('g').getPartitions(wanted)) {
        parts.push((await partition.toQuery().get()).docs.map((document) => document.ref.path));
      }
      assert.deepEqual(
        parts.map(({ length }) => length),
        sizes,
      );
      assert.deepEqual(parts.flat(), all);
    }
  });

  it('leaves an empty group whole', async () => {
    const partitions = [];
    for await (const partition of db.collectionGroup('none').getPartitions(5)) partitions.push(partition);
    assert.equal(partitions.length, 1);
  });

  it('pages with the data of the first page', async () => {
    const page = async (pageToken: string) => {
      const request = { parent: PARENT, structuredQuery: GROUP, partitionCount: 4, pageSize: 3, pageToken };
      const outcome = await raw.call<Partitions>('PartitionQuery', request);
      assert.ok('responses' in outcome && outcome.responses[0] !== undefined);
      return outcome.responses[0];
    };
    const first = await page('');
    await db.doc('p/0/g/00').set({});
    const second = await page(first.nextPageToken);
    await db.doc('p/0/g/00').delete();
    assert.equal(second.nextPageToken, '');
    const points = [...first.partitions, ...second.partitions];
    assert.deepEqual(
      points.map(({ values: [name] }) => name?.referenceValue.slice(PARENT.length)),
      ['/p/0/g/6', '/p/1/g/1', '/p/1/g/7', '/p/2/g/5'],
    );
  });

  it('answers over REST', async () => {
    const response = await fetch(`http://127.0.0.1:${fixture.port}/v1/${PARENT}:partitionQuery`, {
      method: 'POST',
      body: JSON.stringify({
        structuredQuery: {
          from: [{ collectionId: 'g', allDescendants: true }],
          orderBy: [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }],
        },
        partitionCount: '1',
      }),
    });
    assert.deepEqual(await response.json(), {
      partitions: [{ values: [{ referenceValue: `${PARENT}/p/1/g/4` }], before: true }],
    });
  });

  it('refuses queries that it can not split', async () => {
    const cursor = { values: [{ referenceValue: `${PARENT}/p/0/g/0` }] };
    const [from] = GROUP.from;
    for (const [change, details] of [
      [{ partitionCount: 0 }, /partition_count must be positive, got 0/],
      [{ partitionCount: -1 }, /partition_count must be positive, got -1/],
      [{ pageSize: -1 }, /Page size must be nonnegative/],
      [{ pageToken: 'x' }, /page token/],
      [{ parent: `${PARENT}/p/0` }, /to be a database/],
      [{ structuredQuery: undefined }, /only structured queries/],
      [{ structuredQuery: { ...GROUP, from: [] } }, /all descendants/],
      [{ structuredQuery: { ...GROUP, from: [{ ...from, allDescendants: false }] } }, /all descendants/],
      [{ structuredQuery: { ...GROUP, from: [{ allDescendants: true }] } }, /one collection id/],
      [{ structuredQuery: { ...GROUP, orderBy: [] } }, /__name__ ascending/],
      [{ structuredQuery: { ...GROUP, orderBy: [{ ...BY_NAME, direction: 2 }] } }, /__name__ ascending/],
      [{ structuredQuery: { ...GROUP, limit: { value: 1 } } }, /supports no filters/],
      [{ structuredQuery: { ...GROUP, offset: 1 } }, /supports no filters/],
      [{ structuredQuery: { ...GROUP, startAt: cursor } }, /supports no filters/],
      [{ structuredQuery: { ...GROUP, endAt: cursor } }, /supports no filters/],
      [
        { structuredQuery: { ...GROUP, where: { unaryFilter: { op: 3, field: { fieldPath: 'a' } } } } },
        /supports no filters/,
      ],
    ] as const) {
      const request = { parent: PARENT, structuredQuery: GROUP, partitionCount: 1, ...change };
      const outcome = await raw.call('PartitionQuery', request);
      assert.ok('code' in outcome, JSON.stringify(change));
      assert.equal(outcome.code, 3);
      assert.match(outcome.details, details);
    }
  });
});
