import assert from 'node:assert/strict';
import {
  cancelOrder,
  type Order,
  receiptConverter,
  receiptReference,
  recordCharge,
  recordReservation,
} from '@waybill/orders';
import { generateReceipt } from '@waybill/task-contracts';
import { startWorkerTestBed, type WorkerTestBed } from '../../test/worker-test-bed.ts';

describe('generate-receipt', () => {
  let bed: WorkerTestBed;
  before(async () => {
    bed = await startWorkerTestBed();
  });
  after(() => bed.close());

  async function confirmedOrder(): Promise<Order> {
    const order = await bed.createOrder();
    const charged = recordCharge(order, { chargeId: 'pi_1', chargedAt: new Date() });
    const confirmed = recordReservation(charged, { reservedAt: new Date() });
    await bed.setOrder(confirmed);
    return confirmed;
  }

  const receiptOf = async ({ orderId }: Order) =>
    receiptConverter.fromFirestore(await receiptReference(bed.firestore, orderId).get());

  it('keeps a PDF', async () => {
    const order = await confirmedOrder();
    const taskId = await bed.enqueue(generateReceipt, { orderId: order.orderId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    const receipt = await receiptOf(order);
    assert.match(receipt?.pdf.toString('latin1') ?? '', /^%PDF-1\.\d[\s\S]*%%EOF\s*$/);
    assert.match(receipt?.sha256 ?? '', /^[0-9a-f]{64}$/);
  });

  it('keeps the very same however often it is delivered, and whichever task makes it', async () => {
    const order = await confirmedOrder();
    const payload = { orderId: order.orderId };
    const taskId = await bed.enqueue(generateReceipt, payload);
    await Promise.all(Array.from({ length: 5 }, () => bed.deliver(taskId, payload)));
    await bed.whenIdle();
    const first = await receiptOf(order);
    await bed.enqueue(generateReceipt, payload);
    await bed.whenIdle();
    assert.deepEqual(await receiptOf(order), first);
  });

  it('makes none for an order that is cancelled', async () => {
    const order = await confirmedOrder();
    await bed.setOrder(cancelOrder(order, { reason: 'customer', cancelledAt: new Date() }));
    const taskId = await bed.enqueue(generateReceipt, { orderId: order.orderId });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).state, 'succeeded');
    assert.equal(await receiptOf(order), undefined);
  });

  it('is dead for an order that is not there', async () => {
    const taskId = await bed.enqueue(generateReceipt, { orderId: 'e'.repeat(32) });
    await bed.whenIdle();
    assert.equal((await bed.task(taskId)).error?.code, 'ORDER_NOT_FOUND');
  });
});
