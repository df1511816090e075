// Takes the pictures of shop, orders and mails in docs/screenshots anew: `npm run screenshots:shop -w test`. To be looked at
// before they are committed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalStack } from '@waybill/local-stack';
import { type Browser, chromium, type Page } from 'playwright-core';
import {
  EVENT_TIMEOUT_MS,
  newDataDir,
  removeDataDir,
  rootDir,
  startFlowStack,
} from '../src/support/flow-stack.ts';
import { localOrderTokens } from '../src/support/local-order-tokens.ts';
import { setWarehouseStatus } from '../src/support/set-warehouse-status.ts';
import { Shop } from '../src/support/shop.ts';
import { findChromium } from './support/browser.ts';

const DAY_MS = 86_400_000;
const WIDTHS = { wide: 1100, narrow: 375 } as const;
const SCHEMES = ['light', 'dark'] as const;
const email = 'ada@example.com';
const folder = join(rootDir, 'docs/screenshots');

const executablePath = findChromium();
if (executablePath === undefined) throw new Error('There is no Chromium: say in CHROMIUM_PATH where one is');
mkdirSync(folder, { recursive: true });
const dataDir = newDataDir();
const stack = await startFlowStack(dataDir);
const browser = await chromium.launch({
  executablePath,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  await takeAll(stack, browser);
} finally {
  await browser.close();
  await stack.close();
  removeDataDir(dataDir);
}

async function takeAll(running: LocalStack, chrome: Browser): Promise<void> {
  const shop = new Shop(running);
  const page = await chrome.newPage({
    baseURL: running.urls.frontDoor,
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
  });
  page.setDefaultTimeout(EVENT_TIMEOUT_MS);

  await page.goto('/');
  await page.getByLabel('Espresso beans').fill('2');
  await page.getByLabel('Stoneware cup').fill('1');
  await page.getByLabel('E-mail').fill(email);
  await take(page, 'shop');
  await page.evaluate("document.querySelector('form').noValidate = true");
  await page.getByLabel('E-mail').fill('ada');
  await page.getByLabel('Lever espresso machine').fill('1.5');
  await page.getByRole('button', { name: 'Place the order' }).click();
  await page.getByRole('alert').waitFor();
  await take(page, 'shop-errors');

  const confirmed = await shop.order({ email });
  await shop.waitForConfirmation(confirmed);
  await page.goto(localOrderTokens.pagePath(confirmed));
  await page.getByRole('link', { name: 'Download the receipt' }).waitFor();
  await take(page, 'order-confirmed');
  const receipt = await page.request.get(
    localOrderTokens.withToken(`/api/orders/${confirmed}/receipt.pdf`, confirmed),
  );
  takeReceipt(await receipt.body());

  const declined = await shop.order({
    email,
    paymentMethod: 'pm_card_chargeDeclined',
    productId: 'hand-grinder',
  });
  await shop.waitForTask(declined, 'send-cancellation-email');
  await page.goto(localOrderTokens.pagePath(declined));
  await page.locator('.task-waiting, .task-running').first().waitFor({ state: 'detached' });
  await take(page, 'order-cancelled');

  const processAt = new Date(Date.now() + DAY_MS).toISOString();
  const items = [{ productId: 'pour-over-set', quantity: 2 }];
  const scheduled = JSON.parse((await shop.post({ email, items, processAt })).text) as { orderId: string };
  await page.goto(localOrderTokens.pagePath(scheduled.orderId));
  await take(page, 'order-scheduled');

  await setWarehouseStatus(running, 422);
  const refused = await shop.order({ email });
  await shop.waitForTask(refused, 'notify-warehouse', 'task.dead');
  await shop.waitForConfirmation(refused);
  await setWarehouseStatus(running, null);
  await page.goto(localOrderTokens.pagePath(refused));
  await page.getByText('Cancel the order').click();
  await take(page, 'order-looked-into');

  const away = await shop.order({ email, paymentMethod: 'pm_sandbox_serverError' });
  await page.goto(localOrderTokens.pagePath(away));
  await page.getByText(/^attempt [4-9] in /).waitFor();
  await take(page, 'order-retry');
  await shop.cancel(away);

  await page.goto(`/orders/${'0'.repeat(32)}`);
  await take(page, 'order-not-found');

  await running.advance(DAY_MS);
  await shop.waitForTask(confirmed, 'send-followup-email');
  const mails = await shop.mailsTo(email);
  for (const [name, subject] of [
    ['mail-confirmation', /is confirmed$/],
    ['mail-cancellation', /is cancelled$/],
    ['mail-followup', /^Is all well/],
  ] as const) {
    const mail = mails.find((each) => subject.test(each.subject));
    // On a page without a policy, which would forbid the mail's styles.
    await page.goto('about:blank');
    await page.setContent(mail?.html ?? '');
    // Mails bring their own colours: most programs that show them know of no others.
    await take(page, name, ['light']);
  }
}

/** A page, whole, at each width and in each colour scheme. */
async function take(
  page: Page,
  name: string,
  schemes: readonly ('light' | 'dark')[] = SCHEMES,
): Promise<void> {
  await page.evaluate('document.activeElement.blur()');
  for (const [kind, width] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${kind}-${colorScheme}.png`), fullPage: true });
    }
  }
}

/** A receipt's first page, by pdftoppm of poppler-utils. */
function takeReceipt(pdf: Buffer): void {
  const file = join(dataDir, 'receipt.pdf');
  writeFileSync(file, pdf);
  execFileSync('pdftoppm', ['-png', '-r', '96', '-singlefile', file, join(folder, 'receipt')]);
  rmSync(file);
}
