/**
 * Applies each guard's mutations in turn to a copy of this package and runs its tests: one mutation drops the guard,
 * one inverts it, and for each some test must turn red. `npm run mutations -w packages/task-runtime`; some minutes.
 */
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Guard, guards } from './guards.ts';

const packageDir = resolve(import.meta.dirname, '..');
const root = resolve(packageDir, '../..');
/** Below the root, so that the copies find the other workspaces; ignored by git. */
const mutantsDir = join(root, '.test-results', 'mutants');
const CONCURRENT_MUTANTS = 2;
/** A mutant may hang; the tests take a tenth of this. */
const TIMEOUT_MS = 240_000;

interface Mutant {
  readonly guard: Guard;
  readonly kind: 'dropped' | 'inverted';
  readonly source: string;
}

function mutantsOf(guard: Guard): Mutant[] {
  const source = readFileSync(join(packageDir, 'src', guard.file), 'utf8');
  const replacements = { dropped: guard.dropped ?? 'false', inverted: `!(${guard.condition})` } as const;
  return (['dropped', 'inverted'] as const).map((kind) => ({
    guard,
    kind,
    source: replaceOnce(source, guard, replacements[kind]),
  }));
}

/** Replaces the one `if` of that condition; where there is none, the one place where the condition stands. */
function replaceOnce(source: string, guard: Guard, replacement: string): string {
  const { file, condition, within } = guard;
  // From the function's own line to the next line that begins with a brace as far out: its end.
  const start = within === undefined ? undefined : startOf(within).exec(source);
  if (start === null) throw new Error(`${file} has no function ${within}`);
  const from = start?.index ?? 0;
  const to = start === undefined ? source.length : source.indexOf(`\n${start[1]}}`, from);
  const mutated = replaceOnceIn(source.slice(from, to), file, condition, replacement);
  return source.slice(0, from) + mutated + source.slice(to);
}

/** Where a function begins, or a method, which is further in. */
function startOf(name: string): RegExp {
  return new RegExp(`^( *)(?:export function|function|async) ${name}\\(`, 'm');
}

function replaceOnceIn(source: string, file: string, condition: string, replacement: string): string {
  // The formatter may have broken it over several lines.
  const text = condition.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');
  const asIf = [...source.matchAll(new RegExp(`(?<=if \\(\\s*)${text}(?=\\s*\\))`, 'g'))];
  const found = asIf.length > 0 ? asIf : [...source.matchAll(new RegExp(text, 'g'))];
  const [match] = found;
  if (match === undefined || found.length > 1) {
    throw new Error(
      `${file}: the condition \`${condition}\` must stand there once, and does ${found.length} times`,
    );
  }
  return source.slice(0, match.index) + replacement + source.slice(match.index + match[0].length);
}

/** What the tests say to a copy of this package, into which a mutant may have been put. */
async function runTests(directory: string, mutant?: Mutant): Promise<'green' | 'red' | 'hung'> {
  rmSync(directory, { recursive: true, force: true });
  cpSync(packageDir, directory, { recursive: true, filter: (path) => !path.includes('node_modules') });
  if (mutant !== undefined) writeFileSync(join(directory, 'src', mutant.guard.file), mutant.source);
  const child = spawn(
    join(root, 'node_modules/.bin/mocha'),
    ['--config', join(root, '.mocharc.cjs'), '--bail', '--exit'],
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

const control = await runTests(join(mutantsDir, 'control'));
if (control !== 'green') {
  process.stderr.write(
    `Without any mutation the tests are ${control}: mend them first, or every mutant seems found.\n`,
  );
  process.exit(1);
}

const mutants = guards.flatMap(mutantsOf);
const rest = mutants.entries();
const verdicts = { green: 'SURVIVED', red: 'found', hung: 'found, by a hang' } as const;
let survivors = 0;
let hangs = 0;
await Promise.all(
  Array.from({ length: CONCURRENT_MUTANTS }, async (_none, lane) => {
    for (const [index, mutant] of rest) {
      const result = await runTests(join(mutantsDir, String(lane)), mutant);
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
