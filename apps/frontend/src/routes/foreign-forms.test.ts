import assert from 'node:assert/strict';
import { type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';

const fields = { email: 'ada@example.com', 'quantity.espresso-beans': '1' };

describe('forms of the shop', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  const send = (path: string, site: string | undefined) =>
    fetch(`${bed.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Accept: 'text/html', ...(site !== undefined && { 'Sec-Fetch-Site': site }) },
      body: new URLSearchParams(fields),
    });
  const orderCount = async () => (await bed.firestore.collection('orders').count().get()).data().count;

  for (const site of ['cross-site', 'same-site', 'nonsense']) {
    it(`are refused from a page that is ${site}, and nothing is done`, async () => {
      const { orderId } = (
        await bed.post('/api/orders', {
          email: fields.email,
          items: [{ productId: 'espresso-beans', quantity: 1 }],
        })
      ).body;
      const before = await orderCount();
      for (const path of ['/orders', bed.links.pageCancel(orderId)]) {
        const response = await send(path, site);
        assert.equal(response.status, 403);
        assert.match(await response.text(), /FORM_OF_ANOTHER_SITE/);
      }
      assert.equal(await orderCount(), before);
      assert.equal((await bed.get(`/api/orders/${orderId}`)).body.status, 'processing');
    });
  }

  for (const site of ['same-origin', 'none', undefined]) {
    it(`are taken from ${site ?? 'a program, which names no site'}`, async () => {
      assert.equal((await send('/orders', site)).status, 303);
    });
  }
});
