// Prints like mocha's own `spec` reporter. With TEST_RESULTS_DIR it also writes a summary there, one file per workspace;
// `npm test` makes its last line of them. Plain JavaScript: mocha loads it by path.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import mocha from 'mocha';

/** Mocha waits forever for handles that a test left open. After so long they count as a failure. */
const LEFT_OPEN_AFTER_MS = 20_000;

export default class SummaryReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    const failures = [];
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.on('fail', (test, error) => failures.push(`${test.fullTitle()}\n${error?.stack ?? error}`));
    runner.once('end', () => {
      const { passes: passed, failures: failed } = this.stats;
      writeSummary({ passed, failed, failures, skipped });
      setTimeout(() => {
        const open = process.getActiveResourcesInfo().join(', ');
        const leftOpen = `The tests are done, but left something open: ${open}`;
        process.stderr.write(`\n  ${leftOpen}\n`);
        writeSummary({ passed, failed: failed + 1, failures: [...failures, leftOpen], skipped });
        process.exit(1);
      }, LEFT_OPEN_AFTER_MS).unref();
    });
  }
}

function writeSummary(summary) {
  const directory = process.env.TEST_RESULTS_DIR;
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  const workspace = basename(process.cwd());
  writeFileSync(join(directory, `${workspace}.json`), JSON.stringify({ workspace, ...summary }));
}
