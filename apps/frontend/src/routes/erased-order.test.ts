import assert from 'node:assert/strict';
import { eraseOrder, orderReference, receiptReference } from '@waybill/orders';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';
import { PageClient } from '../../test/page-client.ts';

describe('an order that was erased', () => {
  let bed: FrontendTestBed;
  let orderId: string;
  const key = { 'Idempotency-Key': 'mine' };
  const request = { email: 'ada@example.com', items: [{ productId: 'espresso-beans', quantity: 2 }] };

  before(async () => {
    bed = await startFrontendTestBed();
    const { firestore, runtime } = bed;
    ({ orderId } = (await bed.post('/api/orders', request, key)).body);
    await orderReference(firestore, orderId).update({ status: 'confirmed' });
    await receiptReference(firestore, orderId).create({ pdf: Buffer.from('Ada'), sha256: '0' });
    const { docs } = await firestore.collection('tasks').get();
    for (const { ref } of docs) await ref.update({ state: 'succeeded', contract: 'generate-receipt' });
    const operator = new TaskOperator(runtime);
    const actor = { by: 'ada', why: 'the customer asked' };
    await eraseOrder({ runtime, operator }, orderId, actor);
  });
  after(() => bed.close());

  it('is still shown by the API, without address and receipt', async () => {
    const { status, body } = await bed.get(bed.links.ofOrder(orderId).details);
    assert.equal(status, 200);
    assert.equal(body.email, '');
    assert.equal(body.amount > 0, true);
    assert.deepEqual(body.links, bed.links.ofOrder(orderId));
    assert.equal((await bed.get(bed.links.receipt(orderId))).status, 404);
  });

  it('has a page that promises no mail and offers no receipt', async () => {
    const { status, text } = await new PageClient(bed.url).get(bed.links.page(orderId));
    assert.equal(status, 200);
    assert.match(text, /We keep nothing any more of whom it was for/);
    assert.doesNotMatch(text, /We write to|Download the receipt|ada@/);
  });

  it('has left nothing of its Idempotency-Key', async () => {
    const again = await bed.post('/api/orders', request, key);
    assert.notEqual(again.body.orderId, orderId);
  });
});
