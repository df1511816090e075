import assert from 'node:assert/strict';
import { productConverter, productReference } from '@waybill/orders';
import { nextEvent, readEvents } from '../../test/event-stream.ts';
import { type FrontendTestBed, startFrontendTestBed } from '../../test/frontend-test-bed.ts';
import { fieldsOf, one, type Page, PageClient } from '../../test/page-client.ts';

const EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>';

describe('the shop and the order page', () => {
  let bed: FrontendTestBed;
  let client: PageClient;
  before(async () => {
    bed = await startFrontendTestBed();
    client = new PageClient(bed.url);
  });
  after(() => bed.close());

  /** The shop's form, filled in. */
  async function filledForm(fields: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
    const { root } = await client.get('/');
    return {
      ...fieldsOf(one(root, 'form')),
      'quantity.espresso-beans': '2',
      email: 'ada@example.com',
      ...fields,
    };
  }

  async function order(fields: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, headers } = await client.post('/orders', await filledForm(fields));
    assert.equal(status, 303);
    return headers.get('Location') ?? '';
  }

  function dayAhead(days: number): string {
    return new Date(bed.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
  }

  function assertPolicy({ headers }: Page): void {
    const policy = headers.get('Content-Security-Policy') ?? '';
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.ok(!policy.includes('unsafe'));
    assert.equal(headers.get('Content-Type'), 'text/html; charset=utf-8');
    assert.equal(headers.get('Cache-Control'), 'no-store');
    assert.equal(headers.get('Referrer-Policy'), 'no-referrer');
  }

  describe('GET /', () => {
    it('shows each product with its price and stock, and a field for it that has a label', async () => {
      const page = await client.get('/');
      assert.equal(page.status, 200);
      assertPolicy(page);
      assert.equal(one(page.root, 'html').getAttribute('lang'), 'en');
      const texts = page.root.querySelectorAll('.product p').map(({ text }) => text);
      assert.equal(texts.length, 6);
      assert.ok(texts.includes('€24.90 · 1000 in stock'), texts.join());
      assert.ok(texts.includes('€1,299.00 · only 3 left'), texts.join());
      for (const field of page.root.querySelectorAll('input:not([type=hidden]), select')) {
        one(page.root, `label[for="${field.id}"]`);
      }
    });

    it('has no style or script in the page itself, and all that it names is there to be kept', async () => {
      const { root } = await client.get('/');
      assert.equal(root.querySelectorAll('style, [style], script:not([src])').length, 0);
      const paths = root
        .querySelectorAll('link, script')
        .map((element) => element.getAttribute('href') ?? element.getAttribute('src') ?? '');
      assert.equal(paths.length, 3);
      for (const path of paths) {
        const response = await fetch(`${bed.url}${path}`);
        assert.equal(response.status, 200, path);
        assert.match(response.headers.get('Content-Type') ?? '', /^(text\/css|text\/javascript|image\/svg)/);
        assert.match(response.headers.get('Cache-Control') ?? '', /immutable/);
        await response.arrayBuffer();
      }
    });

    it('serves a page of another version what there is, not to be kept', async () => {
      const response = await fetch(`${bed.url}/assets/0000000000000000/pages.css`);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('Cache-Control'), 'no-store');
      await response.arrayBuffer();
      assert.equal((await client.get('/assets/0000000000000000/..%2fpackage.json')).status, 404);
    });

    it('shows a product’s name as text, whatever it is, and money with its currency’s digits', async () => {
      const product = { productId: 'evil', name: EVIL, price: 1299, currency: 'JPY', stock: 0 };
      const reference = productReference(bed.firestore, 'evil');
      await reference.set(productConverter.toFirestore(product));
      try {
        const { root } = await client.get('/');
        assert.equal(one(root, 'label[for="quantity.evil"]').text, EVIL);
        assert.equal(root.querySelectorAll('img, main script').length, 0);
        assert.ok(one(root, '.sold-out').text.includes('¥1,299 · sold out'));
        assert.ok(one(root, '[name="quantity.evil"]').hasAttribute('disabled'));
      } finally {
        await reference.delete();
      }
    });
  });

  describe('POST /orders', () => {
    it('places the order and leads to its page', async () => {
      const path = await order({ 'quantity.stoneware-cup': '1' });
      assert.match(path, /^\/orders\/[0-9a-f]{32}\?token=test\.[\w-]{43}$/);
      const page = await client.get(path);
      assert.equal(page.status, 200);
      assertPolicy(page);
      assert.equal(one(page.root, 'h1').text, 'We are working on your order');
      assert.deepEqual(
        page.root.querySelectorAll('.task h3').map(({ text }) => text),
        ['Payment Waiting', 'Stock Waiting'],
      );
      assert.deepEqual(
        page.root.querySelectorAll('tbody tr').map(({ childNodes }) => childNodes.map(({ text }) => text)),
        [
          ['2 ×', 'Espresso beans, 1 kg', '€49.80'],
          ['1 ×', 'Stoneware cup', '€16.50'],
        ],
      );
    });

    it('takes the same form twice for the same order', async () => {
      const form = await filledForm();
      const [first, second] = [await client.post('/orders', form), await client.post('/orders', form)];
      assert.equal(second.status, 303);
      assert.equal(first.headers.get('Location'), second.headers.get('Location'));
    });

    it('asks whether another order is meant when a used form comes with other things', async () => {
      const form = await filledForm();
      await client.post('/orders', form);
      const again = await client.post('/orders', { ...form, 'quantity.espresso-beans': '3' });
      assert.equal(again.status, 409);
      assert.ok(one(again.root, '.summary').text.includes('has placed an order already'));
      const next = fieldsOf(one(again.root, 'form'));
      assert.equal(next['quantity.espresso-beans'], '3');
      assert.notEqual(next['idempotencyKey'], form['idempotencyKey']);
      assert.equal((await client.post('/orders', next)).status, 303);
    });

    it('says what is wrong at each field, keeps what was entered, and takes it once it is mended', async () => {
      const form = await filledForm({
        email: 'nobody',
        'quantity.espresso-beans': '2.5',
        'quantity.stoneware-cup': '1',
        processAt: 'soon',
        paymentMethod: 'pm_card_mastercard',
      });
      const page = await client.post('/orders', form);
      assert.equal(page.status, 400);
      assertPolicy(page);
      for (const name of ['email', 'quantity.espresso-beans', 'processAt']) {
        const field = one(page.root, `[name="${name}"]`);
        assert.equal(field.getAttribute('aria-invalid'), 'true', name);
        const ids = field.getAttribute('aria-describedby')?.split(' ') ?? [];
        assert.ok(ids.includes(`${name}-error`));
        const words = one(page.root, `[id="${name}-error"]`).text;
        assert.equal(one(page.root, `.summary a[href="#${name}"]`).text, words);
      }
      assert.equal(one(page.root, '.summary').getAttribute('role'), 'alert');
      const entered = fieldsOf(one(page.root, 'form'));
      assert.deepEqual(entered, form);
      const mended = { ...entered, email: 'ada@example.com', 'quantity.espresso-beans': '2', processAt: '' };
      assert.equal((await client.post('/orders', mended)).status, 303);
    });

    it('shows what was entered as text, whatever it is', async () => {
      const fields = { email: EVIL, 'quantity.espresso-beans': EVIL, processAt: EVIL, idempotencyKey: EVIL };
      const page = await client.post('/orders', await filledForm({ ...fields, utcOffsetMinutes: EVIL }));
      assert.equal(page.status, 400);
      assert.equal(one(page.root, '[name=email]').getAttribute('value'), EVIL);
      assert.equal(page.root.querySelectorAll('img, main script, [onerror]').length, 0);
      assert.match(one(page.root, '[name=idempotencyKey]').getAttribute('value') ?? '', /^[0-9a-f]{32}$/);
    });

    for (const [what, fields] of [
      ['nothing chosen', { 'quantity.espresso-beans': '0' }],
      ['a product that is not there', { 'quantity.no-such-thing': '1' }],
      ['a product’s id that is none', { 'quantity.<b>': '1' }],
      ['a sum beyond all bounds', { 'quantity.lever-machine': '1000', 'quantity.hand-grinder': '1000' }],
    ] as const) {
      it(`tells of ${what} beside the products`, async () => {
        const page = await client.post('/orders', await filledForm(fields));
        assert.ok(page.status === 400 || page.status === 422, String(page.status));
        one(page.root, '#items-error');
      });
    }

    it('takes a time in the zone that the form names', async () => {
      const day = dayAhead(60);
      const path = await order({ processAt: `${day}T12:00`, utcOffsetMinutes: '120' });
      const { body } = await bed.get(`/api${path}`);
      assert.equal(body.processAt, `${day}T10:00:00.000Z`);
      const { root } = await client.get(path);
      assert.equal(one(root, 'h1').text, 'Your order is noted');
      const times = root.querySelectorAll('.task-due time').map(({ text }) => text);
      assert.equal(times.length, 2);
      for (const text of times) assert.match(text, /^\d+ \w{3} at 10:00 UTC$/);
    });

    it('says beside the time that it is too far ahead', async () => {
      const page = await client.post('/orders', await filledForm({ processAt: '9999-07-01T12:00' }));
      assert.equal(page.status, 422);
      assert.match(one(page.root, '#processAt-error').text, /at most 365 days from now/);
    });

    it('answers 413 to more than a form holds, as a page', async () => {
      const page = await client.post('/orders', { email: 'a'.repeat(110_000) });
      assert.equal(page.status, 413);
      assertPolicy(page);
      one(page.root, 'h1');
    });

    it('puts no address into URLs or logs', async () => {
      const path = await order({ email: 'secret.person@example.com' });
      const page = await client.get(path);
      assert.ok(!page.text.includes('secret.person'));
      assert.ok(page.text.includes('s…@example.com'));
      assert.ok(!JSON.stringify(bed.logs).includes('secret.person'));
    });
  });

  describe('GET /orders/{id}', () => {
    it('loads itself anew without script, as long as something is under way', async () => {
      const now = await client.get(await order());
      const refresh = one(now.root, 'head noscript meta[http-equiv=refresh]');
      assert.ok(Number(refresh.getAttribute('content')) > 0);
      const later = await client.get(await order({ processAt: `${dayAhead(60)}T12:00` }));
      assert.equal(later.root.querySelectorAll('meta[http-equiv=refresh]').length, 0);
    });

    it('tells what changes in a region that is read out', async () => {
      const { root } = await client.get(await order());
      const news = one(root, '[aria-live]');
      assert.equal(news.getAttribute('aria-live'), 'polite');
      assert.equal(news.text, '');
      for (const time of root.querySelectorAll('time')) {
        assert.ok(Date.parse(time.getAttribute('datetime') ?? '') > 0);
        assert.match(time.text, / UTC\)?$/);
      }
    });

    it('follows by events that hold the page’s changing parts', async () => {
      const path = await order();
      const { root } = await client.get(path);
      const main = one(root, 'main');
      const stream = await fetch(
        `${bed.url}${main.getAttribute('data-events')}&after=${main.getAttribute('data-version')}`,
      );
      const events = readEvents(stream);
      await client.post(path.replace('?', '/cancel?'), {});
      const { data } = await nextEvent(events);
      const { html, now } = JSON.parse(data) as { html: string; now: number };
      assert.ok(Math.abs(now - bed.now().getTime()) < 60_000);
      assert.ok(html.includes('Your order is cancelled'));
      await events.return(undefined);
    });

    it('answers 404 with a page to people and a problem to programs', async () => {
      const path = `/orders/${'0'.repeat(32)}`;
      const page = await client.get(path);
      assert.equal(page.status, 404);
      assertPolicy(page);
      assert.equal(one(page.root, 'h1').text, 'There is no such order');
      const response = await fetch(`${bed.url}${path}`, { headers: { Accept: 'application/json' } });
      assert.equal(response.headers.get('Content-Type'), 'application/problem+json');
      await response.arrayBuffer();
      const api = await client.get(`/api${path}`);
      assert.equal(api.headers.get('Content-Type'), 'application/problem+json');
    });
  });

  describe('POST /orders/{id}/cancel', () => {
    it('cancels the order, which the page offers in two steps', async () => {
      const path = await order();
      const before = await client.get(path);
      const form = one(before.root, 'details form');
      const { status, headers } = await client.post(form.getAttribute('action') ?? '', {});
      assert.deepEqual([status, headers.get('Location')], [303, path]);
      const { root } = await client.get(path);
      assert.equal(one(root, 'h1').text, 'Your order is cancelled');
      assert.equal(root.querySelectorAll('details').length, 0);
    });

    it('says when it is too late, and leads back', async () => {
      const path = await order();
      const reference = bed.firestore.doc(path.slice(1, path.indexOf('?')));
      await reference.update({ status: 'confirmed', warehouse: { state: 'told', toldAt: new Date() } });
      const page = await client.post(path.replace('?', '/cancel?'), {});
      assert.equal(page.status, 409);
      assert.equal(one(page.root, 'h1').text, 'It is too late to cancel');
      assert.equal(one(page.root, 'a.button').getAttribute('href'), path);
    });
  });
});

describe('the shop with Stripe’s form for cards', () => {
  let bed: FrontendTestBed;
  let client: PageClient;
  before(async () => {
    bed = await startFrontendTestBed({
      stripePublishableKey: 'pk_live_51Nabc',
      defaultPaymentMethod: undefined,
    });
    client = new PageClient(bed.url);
  });
  after(() => bed.close());

  it('loads Stripe’s script, and lets it do what it needs and nothing else', async () => {
    const { root, headers } = await client.get('/');
    one(root, 'script[src="https://js.stripe.com/v3/"]');
    const group = one(root, '#paymentMethod[data-publishable-key="pk_live_51Nabc"]');
    assert.equal(one(group, 'input[name=paymentMethod]').getAttribute('value'), undefined);
    assert.equal(root.querySelectorAll('select').length, 0);
    assert.match(
      headers.get('Permissions-Policy') ?? '',
      /payment=\(self "https:\/\/js\.stripe\.com" "https:\/\/\*\.js\.stripe\.com"\)$/,
    );
    const policy = headers.get('Content-Security-Policy')?.split('; ');
    assert.deepEqual(policy, [
      "default-src 'none'",
      "script-src 'self' https://js.stripe.com https://*.js.stripe.com",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self' https://api.stripe.com",
      'frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com',
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  it('takes the card’s id with the order, and asks for a card where there is none', async () => {
    const form = fieldsOf(one((await client.get('/')).root, 'form'));
    const wanted = { ...form, 'quantity.espresso-beans': '1', email: 'ada@example.com' };
    const refused = await client.post('/orders', wanted);
    assert.equal(refused.status, 400);
    assert.equal(one(refused.root, '.summary a[href="#paymentMethod"]').text, 'Choose what to pay with');
    const taken = await client.post('/orders', { ...wanted, paymentMethod: 'pm_1Nabc' });
    assert.equal(taken.status, 303);
  });

  it('lets no other page load anything of Stripe’s', async () => {
    for (const path of ['/nothing', `/orders/${'0'.repeat(32)}`]) {
      const { headers, text } = await client.get(path);
      assert.ok(!`${headers.get('Content-Security-Policy')} ${text}`.includes('stripe'), path);
    }
  });
});

describe('the shop, Firestore away', function () {
  this.timeout(30_000);

  it('answers 503 with a page that says what to do', async () => {
    const bed = await startFrontendTestBed({ away: 'firestore' });
    try {
      const page = await new PageClient(bed.url).get('/');
      assert.equal(page.status, 503);
      assert.ok(page.headers.get('Retry-After'));
      one(page.root, 'h1');
    } finally {
      await bed.close();
    }
  });
});
