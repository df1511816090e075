import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { EVENT_TIMEOUT_MS, newDataDir, removeDataDir, startFlowStack } from '../src/support/flow-stack.ts';
import { localOrderTokens } from '../src/support/local-order-tokens.ts';
import { Shop } from '../src/support/shop.ts';
import { assertAccessible, assertFits, launchBrowser } from './support/browser.ts';
import { startInstanceProxy } from './support/instance-proxy.ts';

const DAY_MS = 86_400_000;
const STRIPE_STAND_IN = `globalThis.Stripe = (key) => {
  if (key !== 'pk_test_browser') throw new Error('another key: ' + key);
  const input = document.createElement('input');
  input.setAttribute('aria-label', 'Card number');
  const elements = {
    create: () => ({ mount: (place) => place.append(input) }),
    submit: async () => (input.value === '' ? { error: { message: 'Your card number is incomplete.' } } : {}),
    update() {},
  };
  return {
    elements: ({ mode, paymentMethodCreation }) => {
      if (mode !== 'setup' || paymentMethodCreation !== 'manual') throw new Error('no payment method can be made');
      return elements;
    },
    createPaymentMethod: async ({ elements: given, params }) =>
      given === elements && params.billing_details.email === 'card@example.com'
        ? { paymentMethod: { id: 'pm_card_visa' } }
        : { error: { message: 'These are not my elements.' } },
  };
};`;
const dataDir = newDataDir();

describe('the shop in a browser', () => {
  let browser: Browser | undefined;
  let stack: LocalStack | undefined;
  let page: Page;
  /** What went wrong in the page: its policy broken, a script that threw. */
  let complaints: string[];

  before(async function () {
    browser = await launchBrowser(this);
    stack = await startFlowStack(dataDir, {
      services: [
        {
          service: 'frontend',
          version: 'cards',
          environment: { STRIPE_PUBLISHABLE_KEY: 'pk_test_browser' },
        },
        // As on Cloud Run, where a stream lasts.
        {
          service: 'frontend',
          version: 'streams',
          environment: { GAE_ENV: '', APP_ENGINE_EMULATOR_SERVICE_TOKEN: '' },
        },
      ],
    });
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
    removeDataDir(dataDir);
  });

  beforeEach(() => openPage());
  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(complaints, []);
  });

  function running(): LocalStack {
    assert.ok(stack);
    return stack;
  }

  async function openPage(options: BrowserContextOptions = {}): Promise<void> {
    assert.ok(browser);
    const context = await browser.newContext({ baseURL: running().urls.frontDoor, ...options });
    context.setDefaultTimeout(EVENT_TIMEOUT_MS);
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      // A refused form and a server that is away are no fault of the page.
      const isAnswer = /^Failed to load resource: (the server responded|net::)/.test(message.text());
      if (message.type() === 'error' && !isAnswer) complaints.push(message.text());
    });
  }

  /** Places an order by the form. @returns its id */
  async function order(card: string, wish: { email?: string; product?: string } = {}): Promise<string> {
    await page.goto('/');
    await page.getByLabel(wish.product ?? 'Espresso beans').fill('2');
    await page.getByLabel('E-mail').fill(wish.email ?? 'ada@example.com');
    await page.getByLabel('Card').selectOption({ label: card });
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.waitForURL(/\/orders\/[0-9a-f]{32}\?token=/);
    return new URL(page.url()).pathname.split('/').at(-1) ?? '';
  }

  function task(title: string, mark: string) {
    return page.getByRole('listitem').filter({
      has: page.getByRole('heading', { name: `${title} ${mark}`, exact: true }),
    });
  }

  /** Fails if the page is loaded anew from here on: what comes must come by itself. */
  async function stayHere(): Promise<void> {
    await page.evaluate('window.stayed = true');
  }
  async function assertStayed(): Promise<void> {
    assert.equal(await page.evaluate('window.stayed'), true, 'the page was loaded anew');
  }

  /** Looked at by axe, light and dark, wide and narrow. */
  async function assertFine(): Promise<void> {
    for (const width of [1100, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await assertFits(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await assertAccessible(page);
      }
    }
  }

  it('adds up the cart as it is filled', async () => {
    await page.goto('/');
    await page.getByLabel('Espresso beans').fill('2');
    await page.getByLabel('Stoneware cup').fill('1');
    await page.getByText('Together €66.30').waitFor();
  });

  it('places an order, shows it finish, and sends its mail and its receipt', async () => {
    const orderId = await order('Visa, pays', { email: 'live@example.com' });
    await stayHere();
    await page.getByRole('heading', { name: 'Your order is confirmed' }).waitFor();
    await task('Payment', 'Done').getByText('You have paid').waitFor();
    for (const title of ['Stock', 'Warehouse', 'Receipt', 'Confirmation'])
      await task(title, 'Done').waitFor();
    await task('Afterwards', 'Due')
      .getByText(/^tomorrow at /)
      .waitFor();
    const receipt = page.getByRole('link', { name: 'Download the receipt' });
    await receipt.waitFor();
    await assertStayed();
    assert.match((await page.locator('[aria-live]').textContent()) ?? '', /\S/);

    const [download] = await Promise.all([page.waitForEvent('download'), receipt.click()]);
    assert.match(download.suggestedFilename(), /^receipt-[0-9a-f]{8}\.pdf$/);
    const bytes = Buffer.concat(await (await download.createReadStream()).toArray());
    assert.equal(bytes.subarray(0, 5).toString('latin1'), '%PDF-');
    assert.ok(bytes.includes(`(Receipt of order ${orderId})`), 'it is the receipt of this order');
    const mails = await new Shop(running()).mailsTo('live@example.com');
    assert.deepEqual(
      mails.map(({ subject }) => subject.replace(/[0-9a-f]{8}/, '…')),
      ['Your order … is confirmed'],
    );
    assert.match(mails[0]?.text ?? '', /€49\.80/);
    const attached = mails[0]?.attachments.map(({ filename, sizeBytes }) => [filename, sizeBytes]);
    assert.deepEqual(attached, [[download.suggestedFilename(), bytes.length]]);
  });

  it('shows what is undone after a declined card', async () => {
    const shop = new Shop(running());
    const stock = await shop.stock('hand-grinder');
    await order('Visa, declined by the bank', { email: 'declined@example.com', product: 'Hand grinder' });
    await stayHere();
    await page.getByRole('heading', { name: 'Your order is cancelled' }).waitFor();
    await page.getByText('Your bank declined the payment. You have paid nothing.').waitFor();
    await task('Payment', 'Failed').waitFor();
    await task('Cancellation note', 'Done').waitFor();
    await assertStayed();
    const [mail] = await shop.mailsTo('declined@example.com');
    assert.match(mail?.subject ?? '', /is cancelled$/);
    // The reservation may have come after the refusal, and is then given back by a task of its own.
    await page.locator('.task-waiting, .task-running').first().waitFor({ state: 'detached' });
    assert.equal(await shop.stock('hand-grinder'), stock);
  });

  it('says why something is tried again and when, and then that it went well', async () => {
    await order('Visa, pays at the second attempt');
    await stayHere();
    const retry = task('Payment', 'Trying again');
    await retry.getByText('The payment provider did not answer').waitFor();
    await retry.getByText(/^attempt 2 in \d+ s \(/).waitFor();
    await task('Payment', 'Done').waitFor();
    await assertStayed();
  });

  it('goes on after the server was killed, and when the next day comes', async () => {
    await order('Visa, pays');
    await stayHere();
    await task('Afterwards', 'Due').waitFor();
    await running().killProcess('frontend', 'SIGKILL');
    await running().whenReady('frontend');
    await running().advance(DAY_MS);
    await task('Afterwards', 'Done').waitFor();
    await assertStayed();
  });

  it('goes on after the server was killed where streams last, too', async () => {
    const proxy = await startInstanceProxy(
      () =>
        running()
          .appEngine.services()
          .find(({ version }) => version === 'streams')?.instances[0]?.port,
    );
    try {
      const orderId = await order('Visa, pays');
      const streams: string[] = [];
      page.on('request', (request) => {
        const isStream = request.resourceType() === 'eventsource';
        if (isStream && request.url().startsWith(proxy.url)) streams.push(request.url());
      });
      await page.goto(`${proxy.url}${localOrderTokens.pagePath(orderId)}`);
      await stayHere();
      await task('Afterwards', 'Due').waitFor();
      await page.locator('#link[data-state="live"]').waitFor();
      // All of the order's life came by one.
      assert.equal(streams.length, 1);
      await running().killProcess('frontend', 'SIGKILL');
      await running().whenReady('frontend');
      await running().advance(DAY_MS);
      await task('Afterwards', 'Done').waitFor();
      await assertStayed();
      assert.ok(streams.length > 1);
    } finally {
      await proxy.close();
    }
  });

  it('cancels an order that was to begin later', async () => {
    await page.goto('/');
    await page.getByLabel('Stoneware cup').fill('1');
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.getByLabel('Begin later').fill(new Date(Date.now() + 60 * DAY_MS).toISOString().slice(0, 16));
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByRole('heading', { name: 'Your order is noted' }).waitFor();
    await page.getByText('Cancel the order').click();
    await page.getByRole('button', { name: 'Yes, cancel it' }).click();
    await page.getByRole('heading', { name: 'Your order is cancelled' }).waitFor();
  });

  it('takes a card with Stripe’s form, says what is wrong with it, and sends its id alone', async () => {
    // Stripe's script itself needs an account: this has the part of it that the page uses.
    await page.route('https://js.stripe.com/v3/', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: STRIPE_STAND_IN }),
    );
    await page.goto(`http://cards.localhost:${running().ports.frontDoor}/`);
    await page.getByLabel('Stoneware cup').fill('1');
    await page.getByLabel('E-mail').fill('card@example.com');
    const card = page.getByRole('group', { name: 'Card' });
    await page.getByRole('button', { name: 'Place the order' }).click();
    await card.getByRole('alert').getByText('Your card number is incomplete.').waitFor();
    await card.getByLabel('Card number').fill('4242 4242 4242 4242');
    await assertFine();
    const [request] = await Promise.all([
      page.waitForRequest((sent) => sent.method() === 'POST'),
      page.getByRole('button', { name: 'Place the order' }).click(),
    ]);
    const sent = new URLSearchParams(request.postData() ?? '');
    assert.equal(sent.get('paymentMethod'), 'pm_card_visa');
    assert.ok(!sent.toString().includes('4242'));
    await page.getByRole('heading', { name: 'Your order is confirmed' }).waitFor();
  });

  it('says so where Stripe’s script can’t be loaded', async () => {
    await page.route('https://js.stripe.com/v3/', (route) => route.abort());
    await page.goto(`http://cards.localhost:${running().ports.frontDoor}/`);
    await page.getByRole('alert').getByText('The card form could not be loaded').waitFor();
  });

  it('works by keyboard alone, and leads to what is wrong', async () => {
    await page.goto('/');
    await page.evaluate("document.querySelector('form').noValidate = true");
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.type'), 'number');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByRole('link', { name: 'Enter an e-mail address' }).focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('document.activeElement.id'), 'email');
    await page.keyboard.type('keys@example.com');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/orders\//);
  });

  it('works without script: the page looks for news by itself', async () => {
    await page.context().close();
    await openPage({ javaScriptEnabled: false });
    await order('Visa, pays');
    await page.getByRole('heading', { name: 'Your order is confirmed' }).waitFor();
    await task('Receipt', 'Done').waitFor();
    await page.getByText(/UTC/).first().waitFor();
  });

  it('has nothing serious for axe to find', async () => {
    await page.goto('/');
    await assertFine();
    await page.evaluate("document.querySelector('form').noValidate = true");
    await page.getByRole('button', { name: 'Place the order' }).click();
    await page.getByRole('alert').waitFor();
    await assertFine();
    await order('Visa, declined by the bank');
    await task('Payment', 'Failed').waitFor();
    await assertFine();
    await order('Visa, its provider is away');
    await task('Payment', 'Trying again').waitFor();
    await page.getByText('Cancel the order').click();
    await assertFine();
    await page.goto(`/orders/${'0'.repeat(32)}`);
    await assertFine();
  });
});
