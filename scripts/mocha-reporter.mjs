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
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.once('end', () => {
      const { passes: passed, failures: failed } = this.stats;
      writeSummary({ passed, failed, skipped });
      setTimeout(() => {
        const open = process.getActiveResourcesInfo().join(', ');
        process.stderr.write(`\n  The tests are done, but left something open: ${open}\n`);
        writeSummary({ passed, failed: failed + 1, skipped });
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
