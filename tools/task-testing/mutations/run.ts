/**
 * Applies each guard's mutations in turn to a copy of the runtime and runs its tests and those of this package: one
 * mutation drops the guard, one inverts it, and for each some test must turn red. `npm run mutations -w
 * tools/task-testing` takes some minutes; `-- --only worker/run-step.ts` tries the guards of files whose path
 * holds that; it may be given several times.
 *
 * A control run without any mutation must be green. It also says which test files evaluate which guards: these run
 * first, the last finder before all, and the first failure ends them. Only where none fails, all other files run.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { guards } from './guards.ts';
import { type Mutant, mutantsOf, probedSources } from './mutants.ts';
import { orderTests } from './order-tests.ts';
import { copyPackages, RUNTIME, rootDir } from './package-copies.ts';
import { runTests, type TestFile, type TestRunResult } from './test-run.ts';

/** Below the root, so that the copies find the other workspaces; ignored by git. */
const mutantsDir = join(rootDir, '.test-results/mutants');
/** The test that found each mutant in the last run. */
const findersFile = join(rootDir, '.test-results/mutation-finders.json');
const CONCURRENT_MUTANTS = 2;
/** A test of a mutant may hang: it gets a multiple of the time that its whole file took without a mutation. */
const TIMEOUT_FACTOR = 4;
const MIN_TIMEOUT_MS = 15_000;

const { only } = parseArgs({ options: { only: { type: 'string', multiple: true, default: [''] } } }).values;
const chosen = guards.filter(({ file }) => only.some((part) => file.includes(part)));
if (chosen.length === 0) {
  const files = [...new Set(guards.map(({ file }) => file))];
  process.stderr.write(
    `No guard is in a file like ${only.map((part) => `"${part}"`).join(' or ')}; guards are in ${files.join(', ')}\n`,
  );
  process.exit(2);
}

const packageDir = join(rootDir, RUNTIME);
const startedAtMs = performance.now();
const files = await runControl(join(mutantsDir, 'control'));
const timeoutsMs = Object.fromEntries(
  files.map(({ file, durationMs }) => [file, Math.max(MIN_TIMEOUT_MS, TIMEOUT_FACTOR * durationMs)]),
);
const finders = readFinders();
const mutants = chosen.flatMap((guard) => mutantsOf(packageDir, guard));
const rest = mutants.entries();
const verdicts = {
  green: 'SURVIVED',
  red: 'found',
  timeout: 'found, by a hang',
  hung: 'found, by a hang',
} as const;
let survivors = 0;
let hangs = 0;
await Promise.all(
  Array.from({ length: CONCURRENT_MUTANTS }, async (_none, lane) => {
    for (const [index, mutant] of rest) {
      const { verdict, finder } = await tryMutant(join(mutantsDir, String(lane)), mutant);
      if (verdict === 'green') survivors += 1;
      if (verdict === 'hung') hangs += 1;
      if (finder !== undefined) keepFinder(mutant, finder.file);
      const { guard, kind } = mutant;
      process.stdout.write(
        `${verdicts[verdict].padEnd(16)} ${index + 1}/${mutants.length}  ${kind.padEnd(8)}  ${guard.file}: ${guard.condition}\n` +
          (finder === undefined ? '' : `${' '.repeat(17)}by ${finder.file}: ${finder.title}\n`),
      );
    }
  }),
);
rmSync(mutantsDir, { recursive: true, force: true });
const minutes = ((performance.now() - startedAtMs) / 60_000).toFixed(1);
process.stdout.write(
  `${mutants.length - survivors} passed, ${hangs} of them by a hang; ${survivors} failed; ${minutes} minutes\n`,
);
process.exitCode = survivors === 0 ? 0 : 1;

/** Runs all tests without a mutation. Ends this process where one fails: every mutant would seem found. */
async function runControl(directory: string): Promise<readonly TestFile[]> {
  copyPackages(directory);
  for (const [file, source] of probedSources(packageDir, guards)) {
    writeFileSync(join(directory, RUNTIME, 'src', file), source);
  }
  const { verdict, files } = await runTests({
    directory,
    files: globSync('{packages,tools}/*/{src,test}/**/*.test.ts', { cwd: directory }).toSorted(),
    bail: false,
    // Only its output says which test is red.
    isShown: true,
    timeoutsMs: {},
  });
  if (verdict === 'green') return files;
  process.stderr.write(
    `Without any mutation the tests are ${verdict}: repair them first, or every mutant seems found.\n`,
  );
  process.exit(1);
}

async function tryMutant(directory: string, mutant: Mutant): Promise<TestRunResult> {
  const { guard, source } = mutant;
  copyPackages(directory);
  writeFileSync(join(directory, RUNTIME, 'src', guard.file), source);
  const { reaching, others } = orderTests(files, {
    index: guards.indexOf(guard),
    sourceFile: guard.file,
    lastFinder: finders[nameOf(mutant)],
  });
  const settings = { directory, bail: true, isShown: false };
  const late: string[] = [];
  for (const group of [reaching, others]) {
    let rest = group;
    while (rest.length > 0) {
      const result = await runTests({ ...settings, files: rest, timeoutsMs });
      if (result.verdict !== 'timeout' && result.verdict !== 'green') return result;
      // A busy machine is late too: others may find it for certain, and these get mocha's own time in the end.
      const { finder } = result;
      if (finder !== undefined) late.push(finder.file);
      rest = finder === undefined ? [] : rest.slice(rest.indexOf(finder.file) + 1);
    }
  }
  if (late.length === 0) return { verdict: 'green', files: [] };
  const result = await runTests({ ...settings, files: late, timeoutsMs: {} });
  return result.verdict === 'timeout' ? { ...result, verdict: 'hung' } : result;
}

function nameOf({ guard, kind }: Mutant): string {
  return `${kind} ${guard.file} ${guard.within ?? ''} ${guard.condition}`;
}

function readFinders(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(findersFile, 'utf8')) as Record<string, string>;
  } catch {
    // The first run has none.
    return {};
  }
}

function keepFinder(mutant: Mutant, file: string): void {
  finders[nameOf(mutant)] = file;
  mkdirSync(dirname(findersFile), { recursive: true });
  writeFileSync(findersFile, `${JSON.stringify(finders, null, 2)}\n`);
}
