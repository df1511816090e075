import assert from 'node:assert/strict';
import { MAX_RECEIPT_BYTES, type Order, placeOrder, recordCharge } from '@waybill/orders';
import { loadReceiptFonts } from './receipt-fonts.ts';
import { createReceiptRenderer } from './render-receipt.ts';

const renderReceipt = createReceiptRenderer(loadReceiptFonts());

function orderOf(lines: number, name = 'Stoneware cup'): Order {
  const order = placeOrder({
    orderId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d',
    email: 'ada@example.com',
    lines: Array.from({ length: lines }, (_, index) => ({
      product: { productId: `product-${index}`, name, price: 1650, currency: 'EUR', stock: 4 },
      quantity: 2,
    })),
    paymentMethod: 'pm_card_visa',
    now: new Date('2026-03-01T10:00:00Z'),
  });
  return recordCharge(order, { chargeId: 'pi_1', chargedAt: new Date('2026-03-01T10:00:02Z') });
}

const pagesOf = (pdf: Buffer) => Number(/\/Count (\d+)/.exec(pdf.toString('latin1'))?.[1]);

describe('createReceiptRenderer()', () => {
  it('gives the same bytes for the same order, also from another renderer', async () => {
    const first = await renderReceipt(orderOf(3));
    assert.deepEqual(await renderReceipt(orderOf(3)), first);
    assert.deepEqual(await createReceiptRenderer(loadReceiptFonts())(orderOf(3)), first);
  });

  it('gives the same bytes after others, with other letters, and beside them', async () => {
    const first = await renderReceipt(orderOf(3));
    const [again] = await Promise.all([
      renderReceipt(orderOf(3)),
      renderReceipt(orderOf(2, 'Κεραμική κούπα')),
      renderReceipt(orderOf(50, 'Кофемолка')),
    ]);
    assert.deepEqual(again, first);
    assert.deepEqual(await renderReceipt(orderOf(3)), first);
  });

  it('gives others for another order', async () => {
    assert.notDeepEqual(await renderReceipt(orderOf(2)), await renderReceipt(orderOf(3)));
  });

  it('shows no more of the address than the order’s page', async () => {
    const of = (email: string) => renderReceipt({ ...orderOf(1), email });
    assert.deepEqual(await of('anna.smith@example.com'), await of('ada@example.com'));
    assert.notDeepEqual(await of('bob@example.com'), await of('ada@example.com'));
  });

  it('is dated by the payment, not by the day it is made', async () => {
    const pdf = (await renderReceipt(orderOf(1))).toString('latin1');
    assert.ok(pdf.includes('(D:20260301100002Z)'));
  });

  it('has as many pages as the items need, and stays small', async () => {
    assert.equal(pagesOf(await renderReceipt(orderOf(1))), 1);
    const longest = await renderReceipt(orderOf(50, 'Кофемолка ручная, эмалированная '.repeat(6)));
    assert.ok(pagesOf(longest) > 2);
    assert.ok(longest.length < MAX_RECEIPT_BYTES / 10);
  });
});
