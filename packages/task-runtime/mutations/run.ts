/**
 * Applies each guard's mutations in turn to a copy of this package and runs its tests: one mutation drops the guard,
 * one inverts it, and for each some test must turn red. `npm run mutations -w packages/task-runtime`; some minutes.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { guards } from './guards.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

const packageDir = resolve(import.meta.dirname, '..');
const root = resolve(packageDir, '../..');
/** Below the root, so that the copies find the other workspaces; ignored by git. */
const mutantsDir = join(root, '.test-results', 'mutants');
const CONCURRENT_MUTANTS = 2;
/** A mutant may hang; the tests take a tenth of this. */
const TIMEOUT_MS = 240_000;

type Verdict = 'green' | 'red' | 'hung';

/** What the tests say to a mutant: those beside its file first, which mostly tell soon, then all. */
async function tryMutant(directory: string, { guard, source }: Mutant): Promise<Verdict> {
  copyPackage(directory);
  writeFileSync(join(directory, 'src', guard.file), source);
  const beside = join('src', guard.file.replace(/\.ts$/, '.test.ts'));
  const verdict = existsSync(join(directory, beside)) ? await runMocha(directory, '--spec', beside) : 'green';
  return verdict === 'green' ? await runMocha(directory) : verdict;
}

function copyPackage(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  cpSync(packageDir, directory, { recursive: true, filter: (path) => !path.includes('node_modules') });
}

async function runMocha(directory: string, ...args: string[]): Promise<Verdict> {
  const child = spawn(
    join(root, 'node_modules/.bin/mocha'),
    ['--config', join(root, '.mocharc.cjs'), '--bail', '--exit', ...args],
    {
      cwd: directory,
      stdio: 'ignore',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    },
  );
  const code = await new Promise<number | null>((done, fail) => child.on('close', done).on('error', fail));
  if (code === null) return 'hung';
  return code === 0 ? 'green' : 'red';
}

const controlDir = join(mutantsDir, 'control');
copyPackage(controlDir);
const control = await runMocha(controlDir);
if (control !== 'green') {
  process.stderr.write(
    `Without any mutation the tests are ${control}: mend them first, or every mutant seems found.\n`,
  );
  process.exit(1);
}

const mutants = guards.flatMap((guard) => mutantsOf(packageDir, guard));
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
