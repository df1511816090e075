// `npm test`: every workspace's tests and the flows; the last line is `N passed, N failed, N skipped`.
// Arguments go to turbo: `npm test -- --filter=@waybill/orders`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quietEnvironment } from './quiet-environment.ts';
import { runCommand } from './run-command.ts';
import { readSummaries, summarizeTests } from './test-summary.ts';
import { listWorkspaces } from './workspaces.ts';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const resultsParent = join(rootDir, '.test-results');
mkdirSync(resultsParent, { recursive: true });
const resultsDir = mkdtempSync(join(resultsParent, 'run-'));
const turboArgs = process.argv.slice(2);

// The flows take longest. They start beside all others, so that they do not run alone at the end.
const selections =
  turboArgs.length > 0 ? [turboArgs] : [['--filter=@waybill/flows'], ['--filter=!@waybill/flows']];
const codes = await Promise.all(
  selections.map((selection) =>
    runCommand(
      'turbo',
      [
        ...['run', 'test', '--concurrency=3', '--continue=always', '--ui=stream', '--log-order=stream'],
        ...selection,
      ],
      { cwd: rootDir, env: { ...quietEnvironment(process.env), TEST_RESULTS_DIR: resultsDir } },
    ),
  ),
);
const code = codes.find((each) => each !== 0) ?? 0;

const summaries = readSummaries(resultsDir);
// With a filter only some workspaces run; without one each must have left its results.
const expected = listWorkspaces(rootDir).filter(
  ({ scripts, folderName }) =>
    scripts['test'] !== undefined &&
    (turboArgs.length === 0 || summaries.some(({ workspace }) => workspace === folderName)),
);
const { lines, ok } = summarizeTests(expected, summaries);
rmSync(resultsDir, { recursive: true });
process.stdout.write(`\n${lines.join('\n')}\n`);
process.exitCode = ok ? code : code || 1;
