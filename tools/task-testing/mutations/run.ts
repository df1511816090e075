/**
 * Applies each guard's mutations in turn to a copy of the runtime and runs its tests and those of this package: one
 * mutation drops the guard, one inverts it, and for each some test must turn red. `npm run mutations -w
 * tools/task-testing` takes some minutes; `-- --only worker/run-step.ts` tries the guards of files whose path holds that.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { guards } from './guards.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

const root = resolve(import.meta.dirname, '../../..');
const RUNTIME = 'packages/task-runtime';
const TESTING = 'tools/task-testing';
/** Below the root, so that the copies find the other workspaces; ignored by git. */
const mutantsDir = join(root, '.test-results', 'mutants');
/** Tests that compare the sources with documents: a mutant changes none of these. */
const NOT_COPIED = /node_modules|guards-document\.test\.ts|task-states\.test\.ts|testing-handlers\.test\.ts/;
const CONCURRENT_MUTANTS = 2;
/** A mutant may hang; the tests take a tenth of this. */
const TIMEOUT_MS = 240_000;

type Verdict = 'green' | 'red' | 'hung';

/** Runs the tests against a mutant: first those of the mutated file, which mostly turn red soon, then all. */
async function tryMutant(directory: string, { guard, source }: Mutant): Promise<Verdict> {
  copyPackages(directory);
  writeFileSync(join(directory, RUNTIME, 'src', guard.file), source);
  // The tests of a file, or of all files in its folder.
  const tests = [guard.file.replace(/\.ts$/, '.test.ts'), `${dirname(guard.file)}.test.ts`];
  const runs = [
    ...tests.map((test) => [RUNTIME, '--spec', join('src', test)] as const),
    ...tests.map((test) => [TESTING, '--spec', join('test/runtime', test)] as const),
    [RUNTIME] as const,
    [TESTING] as const,
  ];
  for (const [workspace, ...args] of runs) {
    const [, spec] = args;
    if (spec !== undefined && !existsSync(join(directory, workspace, spec))) continue;
    const verdict = await runMocha(join(directory, workspace), args);
    if (verdict !== 'green') return verdict;
  }
  return 'green';
}

/** Copies both packages side by side; each copy imports the other one, and the other workspaces as they are. */
function copyPackages(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  const linkDir = join(directory, 'node_modules/@waybill');
  mkdirSync(linkDir, { recursive: true });
  for (const workspace of [RUNTIME, TESTING]) {
    cpSync(join(root, workspace), join(directory, workspace), {
      recursive: true,
      filter: (path) => !NOT_COPIED.test(path),
    });
    symlinkSync(join(directory, workspace), join(linkDir, basename(workspace)));
  }
  // Some tests hold documents and the index file to what the runtime does.
  for (const name of ['docs', 'firestore.indexes.json']) symlinkSync(join(root, name), join(directory, name));
}

async function runMocha(
  workspaceDir: string,
  args: readonly string[],
  output: 'ignore' | 'inherit' = 'ignore',
): Promise<Verdict> {
  const child = spawn(
    join(root, 'node_modules/.bin/mocha'),
    ['--config', join(root, '.mocharc.cjs'), '--bail', '--exit', ...args],
    {
      cwd: workspaceDir,
      stdio: ['ignore', output, output],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    },
  );
  const code = await new Promise<number | null>((done, fail) => child.on('close', done).on('error', fail));
  if (code === null) return 'hung';
  return code === 0 ? 'green' : 'red';
}

const { only = '' } = parseArgs({ options: { only: { type: 'string' } } }).values;
const chosen = guards.filter(({ file }) => file.includes(only));
if (chosen.length === 0) {
  const files = [...new Set(guards.map(({ file }) => file))];
  process.stderr.write(`No guard is in a file like "${only}"; guards are in ${files.join(', ')}\n`);
  process.exit(2);
}

const controlDir = join(mutantsDir, 'control');
copyPackages(controlDir);
for (const workspace of [RUNTIME, TESTING]) {
  // Its output is shown: only it says which test is red.
  const control = await runMocha(join(controlDir, workspace), ['--reporter', 'dot'], 'inherit');
  if (control === 'green') continue;
  process.stderr.write(
    `Without any mutation the tests of ${workspace} are ${control}: repair them first, or every mutant seems found.\n`,
  );
  process.exit(1);
}

const mutants = chosen.flatMap((guard) => mutantsOf(join(root, RUNTIME), guard));
const rest = mutants.entries();
const verdicts = { green: 'SURVIVED', red: 'found', hung: 'found, by a hang' } as const;
let survivors = 0;
let hangs = 0;
await Promise.all(
  Array.from({ length: CONCURRENT_MUTANTS }, async (_none, lane) => {
    for (const [index, mutant] of rest) {
      const result = await tryMutant(join(mutantsDir, String(lane)), mutant);
      if (result === 'green') survivors += 1;
      if (result === 'hung') hangs += 1;
      const { guard, kind } = mutant;
      process.stdout.write(
        `${verdicts[result].padEnd(16)} ${index + 1}/${mutants.length}  ${kind.padEnd(8)}  ${guard.file}: ${guard.condition}\n`,
      );
    }
  }),
);
rmSync(mutantsDir, { recursive: true, force: true });
process.stdout.write(
  `${mutants.length - survivors} passed, ${hangs} of them by a hang; ${survivors} failed\n`,
);
process.exitCode = survivors === 0 ? 0 : 1;
