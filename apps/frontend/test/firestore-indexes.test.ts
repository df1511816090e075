import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readIndexFile } from '@waybill/google-config';
import { type FrontendTestBed, startFrontendTestBed } from './frontend-test-bed.ts';

const { indexes, fieldOverrides } = readIndexFile(
  join(import.meta.dirname, '../../../firestore.indexes.json'),
);

describe('firestore.indexes.json', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  it('exempts every field that is written from indexes of its own: each would cost a write, and cap the rate', async () => {
    const body = {
      email: 'ada@example.com',
      items: [{ productId: 'espresso-beans', quantity: 2 }],
      processAt: new Date(bed.now().getTime() + 86_400_000).toISOString(),
    };
    await bed.post('/api/orders', body, { 'Idempotency-Key': 'indexes' });
    for (const collection of ['orders', 'tasks', 'products', 'idempotencyKeys']) {
      const { docs } = await bed.firestore.collection(collection).get();
      const written = new Set(docs.flatMap((snapshot) => Object.keys(snapshot.data())));
      assert.ok(written.size > 0);
      const exempt = fieldOverrides.filter(
        ({ collectionGroup, indexes: own }) => collectionGroup === collection && own.length === 0,
      );
      const left = [...written].filter((field) => !exempt.some(({ fieldPath }) => fieldPath === field));
      assert.deepEqual(left, [], collection);
    }
  });

  it('lets Firestore delete what has expired', () => {
    const ttls = fieldOverrides.filter(({ ttl }) => ttl === true);
    assert.deepEqual(
      ttls.map(({ collectionGroup, fieldPath }) => `${collectionGroup}.${fieldPath}`),
      [
        'tasks.expireAt',
        'taskCommits.expireAt',
        'orderLimits.expireAt',
        'orders.expireAt',
        'receipts.expireAt',
        'operatorActions.expireAt',
        'idempotencyKeys.expireAt',
      ],
    );
  });

  it('has the indexes of the queries there are', () => {
    assert.deepEqual(
      indexes.map(({ collectionGroup, fields }) => [
        collectionGroup,
        ...fields.map((field) => field.fieldPath),
      ]),
      [
        ['tasks', 'shard', 'dueAt'],
        ['tasks', 'shard', 'route.service', 'dueAt'],
        ['tasks', 'shard', 'eraseAt'],
        ['tasks', 'subject', 'createdAt'],
        ['tasks', 'queue', 'state', 'dueAt'],
        ['tasks', 'shard', 'contract', 'state', 'failedAt'],
        ['tasks', 'shard', 'state', 'failedAt'],
        ['tasks', 'shard', 'createdAt'],
        ['tasks', 'shard', 'state', 'createdAt'],
        ['tasks', 'shard', 'contract', 'createdAt'],
        ['tasks', 'contract', 'version', 'state'],
        ['tasks', 'queue', 'state', 'notBefore'],
        ['tasks', 'shard', 'state', 'error.atMs'],
        ['tasks', 'contract', 'outcome'],
        ['tasks', 'shard', 'outcome', 'createdAt'],
        ['idempotencyKeys', 'orderId', 'expireAt'],
      ],
    );
  });
});
