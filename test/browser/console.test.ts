import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newDataDir, removeDataDir, startFlowStack } from '../src/support/flow-stack.ts';
import { Shop } from '../src/support/shop.ts';
import { assertAccessible, launchBrowser } from './support/browser.ts';

const WHY = 'The customer told us the right address';

describe('the console in a browser', () => {
  let browser: Browser;
  let dataDir: string;
  let stack: LocalStack;
  let shop: Shop;
  let url: string;
  const contexts: BrowserContext[] = [];

  before(async function () {
    browser = await launchBrowser(this);
    dataDir = newDataDir();
    stack = await startFlowStack(dataDir);
    shop = new Shop(stack);
    url = `http://console.localhost:${stack.ports.frontDoor}`;
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
    if (dataDir !== undefined) removeDataDir(dataDir);
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });

  /** A new window. Whatever a page's policy forbids, or a script throws, fails the test that opened it. */
  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext(options);
    contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => assert.fail(error));
    page.on('console', (message) => {
      assert.ok(!message.text().includes('Content Security Policy'), message.text());
    });
    return page;
  }

  /** An order whose confirmation could not be mailed. */
  async function deadLetter(): Promise<string> {
    const orderId = await shop.order({ email: 'bounce@example.com' });
    await shop.waitForTask(orderId, 'send-confirmation-email', 'task.dead');
    return orderId;
  }

  for (const javaScriptEnabled of [true, false]) {
    it(`takes a dead letter, mends it, replays it, and sees it succeed ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
      const orderId = await deadLetter();
      const page = await open({ javaScriptEnabled });
      await page.goto(`${url}/`);
      await page
        .getByRole('navigation', { name: 'Console' })
        .getByRole('link', { name: 'Dead letters' })
        .click();
      const row = page.getByRole('row').filter({ has: page.locator(`a[title="orders/${orderId}"]`) });
      await row.getByRole('rowheader').getByRole('link').click();
      await page.getByRole('heading', { name: 'send-confirmation-email v1', level: 1 }).waitFor();
      assert.ok(!(await page.content()).includes('bounce@example.com'), 'the payload is masked');

      await page.getByRole('button', { name: 'Mend the payload…' }).click();
      const field = page.getByLabel('Payload of send-confirmation-email v1, as JSON');
      assert.match(await field.inputValue(), /bounce@example\.com/);
      await field.fill(JSON.stringify({ orderId, email: 'nobody' }));
      await page.getByLabel('Why').fill(WHY);
      if (javaScriptEnabled) await page.locator('#verdict .violations').getByText('/email').waitFor();
      await page.getByRole('button', { name: 'Replay with this payload' }).click();
      await page.getByRole('alert').getByText('must match format "email"').waitFor();

      const email = `ada${javaScriptEnabled ? 1 : 2}@example.com`;
      await field.fill(JSON.stringify({ orderId, email }));
      await page.getByRole('button', { name: 'Replay with this payload' }).click();
      await page.getByText('Replayed: it has all its attempts again.').waitFor();
      await shop.waitForTask(orderId, 'send-confirmation-email', 'task.succeeded');
      await page.goto(page.url().replace(/\?.*/, ''));
      await page.locator('.lead').getByText('succeeded').waitFor();
      await page.getByRole('cell', { name: WHY }).waitFor();
      assert.equal((await shop.mailsTo(email)).length, 1);
    });
  }

  it('discards several at once', async () => {
    await Promise.all([deadLetter(), deadLetter()]);
    const page = await open();
    await page.goto(`${url}/dead-letters`);
    await page.getByLabel('Choose all on this page').check();
    await page.getByRole('button', { name: 'Discard the chosen…' }).click();
    await page.getByLabel('Why').fill('They were tests');
    await page.getByRole('button', { name: /^Discard \d+$/ }).click();
    await page.getByRole('status').getByText('discarded').waitFor();
    await page.goto(`${url}/dead-letters`);
    await page.getByText('There is no dead letter').waitFor();
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`discards all, batch by batch, and shows how far it is, ${javaScriptEnabled ? 'by itself' : 'button by button without script'}`, async function () {
      this.timeout(120_000);
      // One more than a batch has.
      await Promise.all(Array.from({ length: 26 }, deadLetter));
      const page = await open({ javaScriptEnabled });
      await page.goto(`${url}/dead-letters`);
      await page.getByRole('button', { name: 'Discard all…' }).click();
      await page.getByText('Discard 26 dead letters?').waitFor();
      await page.getByLabel('Why').fill('They were tests');
      await page.getByRole('button', { name: 'Discard 26' }).click();
      if (!javaScriptEnabled) {
        await page.getByLabel('25 of 26').waitFor();
        await page.getByRole('button', { name: 'Go on' }).click();
      }
      await page.getByLabel('26 of 26').waitFor();
      await page.getByRole('status').getByText('26 discarded.').waitFor();
      await page.goto(`${url}/actions`);
      await page.getByRole('cell', { name: '25 dead letters' }).first().waitFor();
      await page.goto(`${url}/dead-letters`);
      await page.getByText('There is no dead letter').waitFor();
    });
  }

  it('shows what a declined payment sets in motion, as a tree across the order', async () => {
    const orderId = await shop.order({ paymentMethod: 'pm_card_chargeDeclined' });
    await shop.waitForTask(orderId, 'charge-payment');
    await shop.waitForTask(orderId, 'release-inventory');
    await shop.waitForTask(orderId, 'send-cancellation-email');
    const page = await open();
    await page.goto(`${url}/`);
    await page.getByLabel('Task or order').fill(orderId);
    await page.keyboard.press('Enter');
    await page
      .getByRole('row', { name: /^charge-payment/ })
      .getByRole('link')
      .first()
      .click();
    await page.getByText('Ended as “declined”, after 1 attempt.').waitFor();
    const tree = page.getByRole('region', { name: 'Parent and children' });
    for (const task of ['release-inventory', 'send-cancellation-email']) {
      await tree.getByRole('listitem').filter({ hasText: task }).getByText('succeeded').first().waitFor();
    }
    await tree.getByRole('link', { name: 'send-cancellation-email' }).click();
    await page.getByRole('heading', { name: 'send-cancellation-email v1' }).waitFor();
  });

  it('pauses a queue and lets it run again, by keyboard', async () => {
    const page = await open();
    await page.goto(`${url}/queues`);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
    await page.keyboard.press('Enter');
    // The first queue's name, then what can be done to it.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.ariaLabel'), 'Pause bulk-processing');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Pause bulk-processing?' }).waitFor();
    await page.getByLabel('Why').focus();
    await page.keyboard.type('The printer is out of paper');
    await page.keyboard.press('Enter');
    await page.getByText('Queue bulk-processing is paused.').waitFor();
    await page.getByRole('link', { name: 'Resume bulk-processing' }).click();
    await page.getByLabel('Why').fill('It has paper');
    await page.getByRole('button', { name: 'Resume bulk-processing' }).click();
    await page.getByText('Queue bulk-processing runs again.').waitFor();
  });

  it('moves the clock, reads the mailbox and kills a service, on a laptop alone', async () => {
    const email = 'grace@example.com';
    const orderId = await shop.order({ email });
    await shop.waitForConfirmation(orderId);
    const page = await open();
    await page.goto(`${url}/`);
    await page.getByRole('link', { name: 'This machine' }).click();
    await page.getByRole('link', { name: '1 day ahead…' }).click();
    await page.getByLabel('Why').fill('To see tomorrow');
    await page.getByRole('button', { name: 'Move it 1 day ahead' }).click();
    await page.getByText('The clock is moved.').waitFor();
    await shop.waitForTask(orderId, 'send-followup-email');
    await page.getByRole('link', { name: 'Kill worker…' }).click();
    await page.getByLabel('Why').fill('To see it come back');
    await page.getByRole('button', { name: 'Kill worker' }).click();
    await page.getByText('It is killed, and comes back.').waitFor();
    await stack.whenReady('worker');
    await page.reload();
    const mail = page.getByText(`Is all well with your order ${orderId.slice(0, 8)}?`);
    await mail.click();
    await page.locator('details[open] .mail').getByText(orderId.slice(0, 8)).first().waitFor();
    await assertAccessible(page);
  });

  it('lets nobody in under a name that others may point here', async () => {
    const page = await open();
    const answer = await page.request.get(`http://127.0.0.1:${stack.ports.frontDoor}/`, {
      headers: { host: 'console-dot-waybill-local.appspot.com' },
    });
    assert.equal(answer.status(), 403);
    assert.equal((await answer.json()).code, 'ACCESS_DENIED');
  });
});
