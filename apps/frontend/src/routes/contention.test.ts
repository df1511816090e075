import assert from 'node:assert/strict';
import { orderReference } from '@waybill/orders';
import { type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';
import { firstResponseReference } from '../orders/idempotency-key.ts';

const request = { email: 'ada@example.com', items: [{ productId: 'espresso-beans', quantity: 2 }] };

describe('while another transaction holds what an order needs', function () {
  this.timeout(20_000);
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed({ contention: true });
  });
  after(() => bed.close());

  /** Keeps a transaction open that has read a document, for as long as `work` takes. */
  async function whileHeld<T>(path: string, work: () => Promise<T>): Promise<T> {
    return bed.firestore.runTransaction(async (transaction) => {
      await transaction.get(bed.firestore.doc(path));
      return work();
    });
  }
  const count = async (collection: string): Promise<number> =>
    (await bed.firestore.collection(collection).count().get()).data().count;
  const counts = async (): Promise<number[]> => Promise.all(['orders', 'tasks'].map(count));

  it('placing answers 503 with Retry-After and writes nothing; the same key then makes one order', async () => {
    const key = { 'Idempotency-Key': 'busy' };
    const { path } = firstResponseReference(bed.firestore, { key: 'busy', owner: request.email });
    const before = await counts();
    const { status, headers, body } = await whileHeld(path, () => bed.post('/api/orders', request, key));
    assert.deepEqual([status, body.code, body.retryable], [503, 'CONTENTION', true]);
    assert.match(headers.get('Retry-After') ?? '', /^\d+$/);
    assert.deepEqual(await counts(), before);
    const first = await bed.post('/api/orders', request, key);
    assert.equal(first.status, 202);
    assert.equal((await bed.post('/api/orders', request, key)).body.orderId, first.body.orderId);
    assert.equal(await count('orders'), (before[0] ?? 0) + 1);
  });

  it('cancelling answers 503 with Retry-After and changes nothing; then it can be cancelled', async () => {
    const { orderId } = (await bed.post('/api/orders', request)).body;
    const before = await counts();
    const reference = orderReference(bed.firestore, orderId);
    const { status, headers, body } = await whileHeld(reference.path, () =>
      bed.post(bed.links.ofOrder(orderId).cancel, {}),
    );
    assert.deepEqual([status, body.code], [503, 'CONTENTION']);
    assert.match(headers.get('Retry-After') ?? '', /^\d+$/);
    assert.equal((await reference.get()).get('status'), 'processing');
    assert.deepEqual(await counts(), before);
    assert.equal((await bed.post(bed.links.ofOrder(orderId).cancel, {})).status, 202);
  });
});
