import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where a Chromium is: where CHROMIUM_PATH says, or in PATH; undefined if nowhere. */
export function findChromium(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = environment;
  const candidates = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...(CHROMIUM_PATH ? [CHROMIUM_PATH] : []), ...candidates].find((path) => existsSync(path));
}

/**
 * Starts the machine's Chromium, or skips the suite and says so where there is none.
 * @param suite the `this` of the suite's `before`
 */
export async function launchBrowser(suite: Mocha.Context): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    process.stderr.write(
      `\nSKIPPED: no browser. Install Chromium (apt-get install chromium), or say in CHROMIUM_PATH where it is\n\n`,
    );
    suite.skip();
  }
  // Root, as in containers, has no sandbox; these pages are our own.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Fails where axe finds something serious or critical on a page, by its rules for WCAG 2.1 AA and good practice. */
export async function assertAccessible(page: Page): Promise<void> {
  // Evaluated by the debugger: the page's own policy would not let it in.
  await page.evaluate(axeSource);
  const { violations, passes } = (await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
      .then(({ violations, passes }) => ({ violations, passes: passes.length }))`,
  )) as { violations: AxeViolation[]; passes: number };
  assert.ok(passes > 10, `axe looked at too little of ${page.url()}: ${passes} rules`);
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = serious.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join('\n')}`,
  );
  assert.deepEqual(told, [], `${page.url()} is not accessible`);
}

/** Fails where a page is wider than the window. */
export async function assertFits(page: Page): Promise<void> {
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert.ok(Number(overflow) <= 0, `${page.url()} is ${overflow} pixels wider than its window`);
}
