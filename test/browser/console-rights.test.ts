import assert from 'node:assert/strict';
import type { LocalStack } from '@waybill/local-stack';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newDataDir, removeDataDir, startFlowStack } from '../src/support/flow-stack.ts';
import { Shop } from '../src/support/shop.ts';
import { launchBrowser } from './support/browser.ts';
import { type ConsoleBehindIap, startConsoleBehindIap } from './support/console-behind-iap.ts';

const OPERATOR = 'olga@example.com';
const VIEWER = 'vic@example.com';
const WHY = 'The customer has asked for it';

/** Where an action's form is, and the button that sends it. */
type Form = readonly [name: string, open: () => Promise<unknown>, button: string];

describe('the console behind Identity-Aware Proxy, in a browser', () => {
  const dataDir = newDataDir();
  let browser: Browser | undefined;
  let stack: LocalStack | undefined;
  let guarded: ConsoleBehindIap;
  let context: BrowserContext;
  let page: Page;
  /** A dead letter, and a task that waits for tomorrow. */
  let dead = '';
  let waiting = '';
  let subject = '';

  before(async function () {
    this.timeout(120_000);
    browser = await launchBrowser(this);
    stack = await startFlowStack(dataDir);
    guarded = await startConsoleBehindIap(stack, { operator: OPERATOR, viewer: VIEWER });
    context = await browser.newContext({ baseURL: guarded.url });
    page = await context.newPage();
    const shop = new Shop(stack);
    const [bounced, confirmed] = [await shop.order({ email: 'bounce@example.com' }), await shop.order()];
    await shop.waitForTask(bounced, 'send-confirmation-email', 'task.dead');
    await shop.waitForConfirmation(confirmed);
    await comeAs(await guarded.iap.assert(OPERATOR));
    subject = `orders/${bounced}`;
    dead = await taskAt(`/tasks?subject=${subject}&contract=send-confirmation-email`);
    waiting = await taskAt(`/tasks?subject=orders/${confirmed}&contract=send-followup-email`);
  });
  after(async () => {
    await browser?.close();
    await guarded?.close();
    await stack?.close();
    removeDataDir(dataDir);
  });

  async function comeAs(assertion: string): Promise<void> {
    await context.setExtraHTTPHeaders({ 'x-goog-iap-jwt-assertion': assertion });
  }

  async function taskAt(list: string): Promise<string> {
    await page.goto(list);
    return (await page.getByRole('rowheader').getByRole('link').getAttribute('title')) ?? '';
  }

  /** How everything is that an action could change. */
  async function world(): Promise<string[]> {
    await comeAs(await guarded.iap.assert(VIEWER));
    const texts: string[] = [];
    for (const path of [`/tasks/${dead}`, `/tasks/${waiting}`]) {
      await page.goto(path);
      texts.push((await page.locator('.lead .badge').first().textContent()) ?? '');
      texts.push((await page.locator('#audit ~ *').first().textContent()) ?? '');
    }
    await page.goto('/queues');
    const queue = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'emails' }) });
    texts.push((await queue.locator('.badge').first().textContent()) ?? '');
    await page.goto('/actions');
    texts.push((await page.locator('main').textContent()) ?? '');
    return texts;
  }

  const forms: Form[] = [
    ['replay', () => page.goto(`/tasks/${dead}/replay`), 'Replay'],
    ['discard', () => page.goto(`/tasks/${dead}/discard`), 'Discard'],
    ['look at a payload', () => page.goto(`/tasks/${dead}`), 'Show values'],
    ['open a payload to mend it', () => page.goto(`/tasks/${dead}`), 'Mend the payload…'],
    ['run a task now', () => page.goto(`/tasks/${waiting}/run`), 'Run now'],
    ['cancel a task', () => page.goto(`/tasks/${waiting}/cancel`), 'Cancel'],
    ['replay chosen dead letters', () => page.goto(`/dead-letters/replay?id=${dead}`), 'Replay 1'],
    ['discard chosen dead letters', () => page.goto(`/dead-letters/discard?id=${dead}`), 'Discard 1'],
    ['replay all dead letters', () => page.goto('/dead-letters/replay?all=1'), 'Replay 1'],
    ['discard all dead letters', () => page.goto('/dead-letters/discard?all=1'), 'Discard 1'],
    ['erase an order', () => page.goto(`/erase?subject=${subject}`), 'Erase'],
    ['pause a queue', () => page.goto('/queues/emails/pause'), 'Pause emails'],
    ['resume a queue', () => page.goto('/queues/emails/resume'), 'Resume emails'],
    ['purge a queue', () => page.goto('/queues/emails/purge'), 'Purge emails'],
  ];
  for (const [name, open, button] of forms) {
    it(`does not ${name} for who may only look, nor for a forger, though the form is an operator’s`, async () => {
      const before = await world();
      for (const [assertion, code] of [
        [await guarded.iap.assert(VIEWER), 'ROLE_MISSING'],
        [await guarded.iap.assert(OPERATOR, { issuedSecondsAgo: 700 }), 'ACCESS_DENIED'],
        [await guarded.iap.assert(OPERATOR, { audience: '/projects/2/apps/other' }), 'ACCESS_DENIED'],
        [await guarded.iap.assert(OPERATOR, { kid: 'unknown' }), 'ACCESS_DENIED'],
        ['', 'ACCESS_DENIED'],
      ] as const) {
        await comeAs(await guarded.iap.assert(OPERATOR));
        await open();
        for (const [label, value] of [
          ['Why', WHY],
          ['The queue’s name, once more', 'emails'],
          ['What is to be erased, once more', subject],
        ] as const) {
          const field = page.getByLabel(label);
          if ((await field.count()) > 0) await field.fill(value);
        }
        await comeAs(assertion);
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.request().method() === 'POST'),
          page.getByRole('button', { name: button, exact: true }).click(),
        ]);
        assert.equal(answer.status(), 403);
        await page.getByText(code).first().waitFor();
      }
      assert.deepEqual(await world(), before);
    });
  }

  it('offers nothing to who may only look, and lets them nowhere near a form', async () => {
    await comeAs(await guarded.iap.assert(VIEWER));
    for (const path of [
      '/dead-letters',
      '/queues',
      `/tasks?subject=${subject}`,
      `/tasks/${dead}`,
      `/tasks/${waiting}`,
    ]) {
      await page.goto(path);
      assert.equal(
        await page
          .locator('main')
          .getByRole('button', { name: /…$|values/ })
          .count(),
        0,
        path,
      );
      assert.equal(await page.locator('main a.button').count(), 0, path);
    }
    for (const path of [`/tasks/${dead}/replay`, '/dead-letters/discard?all=1', '/queues/emails/purge']) {
      assert.equal((await page.goto(path))?.status(), 403);
      await page.getByText('ROLE_MISSING').waitFor();
    }
  });

  it('does for an operator what it refused to others, and tells who, what, why and when', async () => {
    await comeAs(await guarded.iap.assert(OPERATOR));
    await page.goto(`/tasks/${dead}/discard`);
    await page.getByLabel('Why').fill(WHY);
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    await page.getByText('Discarded: it is given up for good.').waitFor();
    await page.goto('/actions');
    const row = page.getByRole('row').filter({ hasText: 'discard' });
    for (const text of [OPERATOR, WHY, 'done', /\d{4}-\d{2}-\d{2} \d{2}:\d{2}/]) {
      await row.getByText(text).first().waitFor();
    }
  });
});
