// `npm run test:suites -w emulators/firestore -- --skunkteam DIR …`: runs public suites against this emulator.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { startFirestoreEmulator } from '../../src/index.ts';
import { isPresent, type OutsideSuite, outsideSuites, suiteEnvironment } from './outside-suites.ts';
import { type Counts, isSuccess } from './read-counts.ts';

const { values } = parseArgs({
  options: Object.fromEntries(outsideSuites.map(({ flag }) => [flag, { type: 'string' } as const])),
});
const outcomes: (Counts | undefined)[] = [];
for (const suite of outsideSuites)
  outcomes.push(await runSuite(suite, values[suite.flag] as string | undefined));
const counted = outcomes.filter((counts) => counts !== undefined);
if (counted.length === 0) process.stderr.write('No suite was run: name the folder of one.\n');
process.exitCode = counted.length === 0 ? 2 : counted.every(isSuccess) ? 0 : 1;

/** Runs one suite against an emulator of its own. */
async function runSuite(suite: OutsideSuite, folder: string | undefined): Promise<Counts | undefined> {
  const { flag } = suite;
  if (folder === undefined || !isPresent(folder)) {
    const reason = folder === undefined ? 'no folder given' : `${folder} does not exist`;
    process.stdout.write(`${flag}: SKIPPED, ${reason}. --${flag} names: ${suite.folder}\n`);
    return undefined;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'firestore-suite-'));
  const emulator = await startFirestoreEmulator({ port: 0 });
  try {
    const run = suite.prepare(resolve(folder), scratch);
    const child = spawn(run.command, run.args, {
      cwd: run.cwd,
      env: { ...process.env, ...suiteEnvironment(emulator.port), ...run.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const counts = run.readCounts(await text(child.stdout));
    for (const title of counts.failed) process.stdout.write(`${flag}: failed: ${title}\n`);
    process.stdout.write(`${flag}: ${counts.passed} passed, ${counts.failed.length} failed\n`);
    if (counts.passed === 0) {
      process.stdout.write(
        `${flag}: no test passed: it ended before its summary, or is not ready; see above\n`,
      );
    }
    return counts;
  } finally {
    await emulator.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}
