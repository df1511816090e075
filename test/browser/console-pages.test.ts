import assert from 'node:assert/strict';
import { Firestore } from '@google-cloud/firestore';
import type { LocalStack } from '@waybill/local-stack';
import type { Browser, Page } from 'playwright-core';
import { callHttp } from '../src/support/call-http.ts';
import { newDataDir, removeDataDir, startFlowStack } from '../src/support/flow-stack.ts';
import { Shop } from '../src/support/shop.ts';
import { assertAccessible, assertFits, launchBrowser } from './support/browser.ts';
import { keepScreenshot } from './support/screenshots.ts';

const FOLLOWUP = '&contract=send-followup-email';
const SIZES = { wide: { width: 1_200, height: 850 }, narrow: { width: 360, height: 740 } } as const;

describe('each page of the console is accessible and fits, wide and narrow, light and dark:', () => {
  let browser: Browser | undefined;
  let stack: LocalStack | undefined;
  let url: string;
  let page: Page;
  const dataDir = newDataDir();
  const orders = { confirmed: '', declined: '', retrying: '', bounced: '', unknown: '' };

  before(async function () {
    this.timeout(180_000);
    browser = await launchBrowser(this);
    stack = await startFlowStack(dataDir);
    url = `http://console.localhost:${stack.ports.frontDoor}`;
    page = await browser.newPage();
    await setTheScene();
  });
  after(async () => {
    await browser?.close();
    await stack?.close();
    removeDataDir(dataDir);
  });

  /** Something of everything: work that is done, that waits, that is tried again, that died, and what was done about it. */
  async function setTheScene(): Promise<void> {
    const shop = new Shop(running());
    orders.confirmed = await shop.order({ email: 'ada@example.com' });
    const bounced = await Promise.all(
      Array.from({ length: 4 }, () =>
        shop.order({ email: 'bounce@example.com', productId: 'stoneware-cup' }),
      ),
    );
    orders.bounced = bounced[0] ?? '';
    orders.declined = await shop.order({ paymentMethod: 'pm_card_chargeDeclined' });
    orders.retrying = await shop.order({ paymentMethod: 'pm_sandbox_serverError' });
    await shop.waitForConfirmation(orders.confirmed);
    await shop.waitForTask(orders.declined, 'charge-payment');
    await shop.waitForTask(orders.retrying, 'charge-payment', 'task.retry');
    for (const orderId of bounced) await shop.waitForTask(orderId, 'send-confirmation-email', 'task.dead');
    const [, mended = '', discarded = ''] = await Promise.all(bounced.map(deadLetterOf));
    await act(`tasks/${mended}/replay`, {
      why: 'The customer told us the right address',
      payload: { orderId: bounced[1], email: 'grace@example.com' },
    });
    await shop.waitForTask(bounced[1] ?? '', 'send-confirmation-email');
    await makeUnknown(await deadLetterOf(bounced[3] ?? ''));
    orders.unknown = bounced[3] ?? '';
    await act(`tasks/${discarded}/discard`, { why: 'The customer has cancelled by phone' });
    await act('queues/bulk-processing/pause', { why: 'The printer is out of paper' });
  }

  function running(): LocalStack {
    assert.ok(stack);
    return stack;
  }

  async function act(path: string, body: object): Promise<void> {
    const { status, text } = await callHttp({
      port: running().ports.frontDoor,
      method: 'POST',
      path: `/api/${path}`,
      headers: { host: new URL(url).host, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(status, 202, text);
  }

  /** As if the mail server had broken off between the mail and its answer. */
  async function makeUnknown(taskId: string): Promise<void> {
    const firestore = new Firestore({
      projectId: running().project,
      host: `127.0.0.1:${running().ports.firestore}`,
      ssl: false,
      customHeaders: { Authorization: 'Bearer owner' },
    });
    const step = { state: 'started', tries: 1, startedAtMs: Date.now(), atMostOnce: true, result: null };
    await firestore.doc(`tasks/${taskId}`).update({
      'error.code': 'OUTCOME_UNKNOWN',
      'error.message': 'Step "send-mail" may or may not have happened, and must not be repeated blindly',
      'steps.send-mail': step,
    });
    await firestore.terminate();
  }

  async function deadLetterOf(orderId: string): Promise<string> {
    return taskOf(orderId, '&state=dead');
  }

  async function taskOf(orderId: string, filter: string): Promise<string> {
    const path = `/api/tasks?subject=orders/${orderId}${filter}`;
    const { text } = await callHttp({
      port: running().ports.frontDoor,
      path,
      headers: { host: new URL(url).host },
    });
    const { tasks } = JSON.parse(text) as { tasks: { taskId: string }[] };
    assert.ok(tasks[0], `order ${orderId} has no task with ${filter}`);
    return tasks[0].taskId;
  }

  const pages: [name: string, open: () => Promise<unknown>][] = [
    ['overview', () => page.goto(`${url}/`)],
    ['tasks', () => page.goto(`${url}/tasks`)],
    ['tasks-of-an-order', () => page.goto(`${url}/tasks?subject=orders/${orders.declined}`)],
    ['tasks-refused', () => page.goto(`${url}/tasks?queue=emails&contract=charge-payment`)],
    ['task-dead', async () => page.goto(`${url}/tasks/${await deadLetterOf(orders.bounced)}`)],
    [
      'task-retrying',
      async () => page.goto(`${url}/tasks/${await taskOf(orders.retrying, '&contract=charge-payment')}`),
    ],
    [
      'task-shown',
      async () => {
        await page.goto(`${url}/tasks/${await taskOf(orders.confirmed, '&contract=charge-payment')}`);
        await page.getByRole('button', { name: 'Show values' }).click();
        await page.getByText('that you looked is among the actions').waitFor();
      },
    ],
    ['task-replay', async () => page.goto(`${url}/tasks/${await deadLetterOf(orders.bounced)}/replay`)],
    ['task-discard', async () => page.goto(`${url}/tasks/${await deadLetterOf(orders.bounced)}/discard`)],
    ['task-run', async () => page.goto(`${url}/tasks/${await taskOf(orders.confirmed, FOLLOWUP)}/run`)],
    ['task-cancel', async () => page.goto(`${url}/tasks/${await taskOf(orders.confirmed, FOLLOWUP)}/cancel`)],
    ['task-verdict', async () => page.goto(`${url}/tasks/${await deadLetterOf(orders.unknown)}/replay`)],
    ['erase', () => page.goto(`${url}/erase?subject=orders/${orders.confirmed}`)],
    [
      'task-mend',
      async () => {
        await page.goto(`${url}/tasks/${await deadLetterOf(orders.bounced)}`);
        await page.getByRole('button', { name: 'Mend the payload…' }).click();
        const field = page.getByLabel('Payload of send-confirmation-email v1, as JSON');
        await field.fill((await field.inputValue()).replace('bounce@example.com', 'grace'));
        await page.locator('#verdict .violations').getByText('/email').waitFor();
      },
    ],
    ['dead-letters', () => page.goto(`${url}/dead-letters`)],
    ['dead-letters-replay', () => page.goto(`${url}/dead-letters/replay?all=1`)],
    ['dead-letters-discard', () => page.goto(`${url}/dead-letters/discard?all=1`)],
    [
      'dead-letters-done',
      async () => {
        await page.goto(`${url}/dead-letters/replay?all=1&contract=charge-payment`);
        await page.getByLabel('Why').fill('The bank has told us to try again');
        await page.getByRole('button', { name: /^Replay \d+$/ }).click();
        await page.getByRole('progressbar').waitFor();
      },
    ],
    ['queues', () => page.goto(`${url}/queues`)],
    ['queue-pause', () => page.goto(`${url}/queues/emails/pause`)],
    ['queue-resume', () => page.goto(`${url}/queues/bulk-processing/resume`)],
    ['queue-purge', () => page.goto(`${url}/queues/emails/purge`)],
    ['contracts', () => page.goto(`${url}/contracts`)],
    ['actions', () => page.goto(`${url}/actions`)],
    ['this-machine', () => page.goto(`${url}/local`)],
    ['this-machine-advance', () => page.goto(`${url}/local/advance?by=1%20day`)],
    ['this-machine-kill', () => page.goto(`${url}/local/kill?process=worker`)],
    ['nothing-found', () => page.goto(`${url}/nothing-here`)],
  ];
  for (const [name, open] of pages) {
    it(name, async () => {
      await page.setViewportSize(SIZES.wide);
      await open();
      // A tablet, upright and on its side.
      for (const width of [800, 1_024]) {
        await page.setViewportSize({ width, height: 850 });
        await assertFits(page);
      }
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        await assertFits(page);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          await assertAccessible(page);
          await keepScreenshot(page, `console-${name}-${size}-${colorScheme}`);
        }
      }
    });
  }
});
