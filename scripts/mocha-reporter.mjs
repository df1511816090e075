// Prints what mocha's own `spec` reporter prints; with TEST_RESULTS_DIR it also leaves a summary there,
// one file per workspace, from which `npm test` makes its last line. Plain JavaScript: mocha loads it by path.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import mocha from 'mocha';

export default class SummaryReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.once('end', () => {
      const directory = process.env.TEST_RESULTS_DIR;
      if (!directory) return;
      const { passes: passed, failures: failed } = this.stats;
      mkdirSync(directory, { recursive: true });
      const workspace = basename(process.cwd());
      writeFileSync(
        join(directory, `${workspace}.json`),
        JSON.stringify({ workspace, passed, failed, skipped }),
      );
    });
  }
}
