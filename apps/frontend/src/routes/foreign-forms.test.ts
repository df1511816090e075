import assert from 'node:assert/strict';
import { type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';

const fields = { email: 'ada@example.com', 'quantity.espresso-beans': '1' };

describe('forms of the shop', () => {
  let bed: FrontendTestBed;
  before(async () => {
    bed = await startFrontendTestBed();
  });
  after(() => bed.close());

  const send = (path: string, site: string | undefined, origin?: string) =>
    fetch(`${bed.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        Accept: 'text/html',
        ...(site !== undefined && { 'Sec-Fetch-Site': site }),
        ...(origin !== undefined && { Origin: origin }),
      },
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

  it('are refused by their origin where a browser names no site', async () => {
    const { host, port } = new URL(bed.url);
    for (const origin of [
      'https://evil.example',
      `http://${host}.evil.example`,
      `http://evil.example:${port}`,
    ]) {
      assert.equal((await send('/orders', undefined, origin)).status, 403, origin);
    }
    assert.equal((await send('/orders', undefined, new URL(bed.url).origin)).status, 303);
    // The shop's pages send no referrer, and browsers then name no origin either.
    assert.equal((await send('/orders', undefined, 'null')).status, 303);
  });
});
