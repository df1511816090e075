import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

type Line = readonly [program: string, ...args: string[]];

/** A running test or hook of mocha. */
interface Skippable {
  skip(): never;
}

/** Programs in one language that call the emulator with official clients. */
export interface ClientPrograms {
  readonly language: string;
  /** The programs that it needs. */
  readonly needs: readonly string[];
  /** The folder of the programs. */
  readonly folder: string;
  /** Command lines that install the clients, to be run in the folder. */
  readonly install: readonly Line[];
  /** The program that calls every method of the API; the transport follows. */
  readonly callAll: Line;
  /** The methods that the client lacks, or fails in, by transport. */
  readonly lacks: Readonly<Partial<Record<'grpc' | 'rest', readonly string[]>>>;
  /** The transports that the client has. */
  readonly transports: readonly ('grpc' | 'rest')[];
}

const here = dirname(fileURLToPath(import.meta.url));
/** Installed clients stay here between runs. */
const cache = process.env['CLIENTS_CACHE'] ?? join(here, '../../../../.waybill/clients');

/** A file of the cache, in a folder that is there. */
function cached(...path: string[]): string {
  mkdirSync(join(cache, path[0] ?? ''), { recursive: true });
  return join(cache, ...path);
}

/** The folder of a language's programs. */
function folderOf(language: string): string {
  return join(here, language);
}

const NODE = cached('node');
const PYTHON = cached('python');
const CARGO_TARGET = `--target-dir=${cached('rust')}`;

/** The methods of batches and keys, which some clients have in no version. */
const BATCHES_AND_KEYS = [
  'BatchCreateTasks',
  'BatchDeleteTasks',
  'GetOperation',
  'UpdateCmekConfig',
  'GetCmekConfig',
];

/** The programs of this folder. */
export const CLIENT_PROGRAMS: readonly ClientPrograms[] = [
  {
    language: 'Node',
    needs: ['npm'],
    folder: NODE,
    install: [['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent']],
    callAll: [process.execPath, '--no-warnings', 'client.mjs'],
    // Over REST its client of operations doesn't know the messages of a batch, and retries until its timeout.
    lacks: { rest: ['GetOperation'] },
    transports: ['grpc', 'rest'],
  },
  {
    language: 'Python',
    needs: ['python3'],
    folder: folderOf('python'),
    install: [
      ['python3', '-m', 'venv', PYTHON],
      [join(PYTHON, 'bin/pip'), 'install', '-q', '-r', 'requirements.txt'],
    ],
    callAll: [join(PYTHON, 'bin/python'), 'client.py'],
    lacks: {},
    transports: ['grpc', 'rest'],
  },
  {
    language: 'Go',
    needs: ['go'],
    folder: folderOf('go'),
    install: [['go', 'build', '-o', cached('go', 'client'), '.']],
    callAll: [cached('go', 'client')],
    lacks: {},
    transports: ['grpc', 'rest'],
  },
  {
    language: 'Java',
    needs: ['java', 'mvn'],
    folder: folderOf('java'),
    install: [
      ['mvn', '-q', '-B', 'dependency:build-classpath', `-Dmdep.outputFile=${cached('java', 'classpath')}`],
    ],
    callAll: ['java', '-cp', `@${cached('java', 'classpath')}`, 'Client.java'],
    lacks: { grpc: BATCHES_AND_KEYS, rest: BATCHES_AND_KEYS },
    transports: ['grpc', 'rest'],
  },
  {
    language: 'Rust',
    needs: ['cargo'],
    folder: folderOf('rust'),
    install: [['cargo', 'build', '-q', '--locked', CARGO_TARGET]],
    callAll: [cached('rust', 'debug', 'cloud-tasks-clients')],
    lacks: {},
    transports: ['rest'],
  },
];

/** Skips a test, and says why, where this machine lacks a program. */
export function skipWithout(needs: readonly string[], what: string, test: Skippable): void {
  const missing = needs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length === 0) return;
  process.stdout.write(`SKIPPED: ${what} needs ${missing.join(' and ')}, which this machine lacks\n`);
  test.skip();
}

/** The programs in a language; skips the test where this machine lacks what they need. */
export function programsIn(language: string, test: Skippable): ClientPrograms {
  const found = CLIENT_PROGRAMS.find((programs) => programs.language === language);
  if (found === undefined) throw new Error(`No client programs in ${language}`);
  skipWithout(found.needs, language, test);
  return found;
}

/** Installs the clients of a language. */
export async function installClients({ install, folder }: ClientPrograms): Promise<void> {
  // npm installs beside the program, and the program's folder takes nothing.
  if (folder === NODE) cpSync(folderOf('node'), NODE, { recursive: true });
  for (const line of install) await runLine(line, folder);
}

/**
 * Runs a command line.
 * @returns its standard output, by lines
 * @throws {Error} with its output if it fails
 */
export async function runLine(
  line: Line,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const { code, output, standardOutput } = await runProgram(line, folder, environment);
  if (code !== 0) throw new Error(`${line.join(' ')} exited with ${code}:\n${output}`);
  return standardOutput.trim().split('\n');
}

/**
 * Runs a command line, without blocking the emulator in this process.
 * @returns its exit code, its standard output, and that with its standard error
 */
export async function runProgram(
  [program, ...args]: Line,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly output: string; readonly standardOutput: string }> {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, output: out + err, standardOutput: out };
}
