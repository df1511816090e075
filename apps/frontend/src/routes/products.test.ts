import assert from 'node:assert/strict';
import { SAMPLE_PRODUCTS } from '@waybill/orders';
import { type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';

describe('GET /api/products', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  it('lists the products by their ids', async () => {
    const { status, body } = await bed.get('/api/products');
    assert.equal(status, 200);
    const byId = [...SAMPLE_PRODUCTS].sort((a, b) => (a.productId < b.productId ? -1 : 1));
    assert.deepEqual(body, { products: byId });
  });
});
