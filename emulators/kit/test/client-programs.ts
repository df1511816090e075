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

/** Programs in one language that call an emulator with official clients. */
export interface ClientPrograms {
  readonly language: string;
  /** The programs that it needs. */
  readonly needs: readonly string[];
  /** The folder of the programs, as they are kept. */
  readonly source: string;
  /** The folder in which they run. */
  readonly folder: string;
  /** Command lines that install the clients, to be run in the folder. */
  readonly install: readonly Line[];
  /** The program that calls every method of the API; arguments follow. */
  readonly callAll: Line;
}

/** Installed clients stay here between runs. */
const CACHE =
  process.env['CLIENTS_CACHE'] ?? join(dirname(fileURLToPath(import.meta.url)), '../../../.waybill/clients');

/**
 * Lists an emulator's programs by their language.
 * @param sources the folder with a folder for each language
 * @param name the emulator's name: of its part of the cache, and before `-clients` the name of the Rust crate
 */
export function clientPrograms(sources: string, name: string) {
  const cached = (...path: [language: string, ...rest: string[]]): string => {
    mkdirSync(join(CACHE, name, path[0]), { recursive: true });
    return join(CACHE, name, ...path);
  };
  const inPlace = (folder: string) => ({ source: join(sources, folder), folder: join(sources, folder) });
  const python = cached('python');
  const classpath = cached('java', 'classpath');
  return {
    node: {
      language: 'Node',
      needs: ['npm'],
      // npm installs beside the program, and the program's folder takes nothing.
      source: join(sources, 'node'),
      folder: cached('node'),
      install: [['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent']],
      callAll: [process.execPath, '--no-warnings', 'client.mjs'],
    },
    python: {
      language: 'Python',
      needs: ['python3'],
      ...inPlace('python'),
      install: [
        ['python3', '-m', 'venv', python],
        [join(python, 'bin/pip'), 'install', '-q', '-r', 'requirements.txt'],
      ],
      callAll: [join(python, 'bin/python'), 'client.py'],
    },
    go: {
      language: 'Go',
      needs: ['go'],
      ...inPlace('go'),
      install: [['go', 'build', '-o', cached('go', 'client'), '.']],
      callAll: [cached('go', 'client')],
    },
    java: {
      language: 'Java',
      needs: ['java', 'mvn'],
      ...inPlace('java'),
      install: [['mvn', '-q', '-B', 'dependency:build-classpath', `-Dmdep.outputFile=${classpath}`]],
      callAll: ['java', '-cp', `@${classpath}`, 'Client.java'],
    },
    rust: {
      language: 'Rust',
      needs: ['cargo'],
      ...inPlace('rust'),
      install: [['cargo', 'build', '-q', '--locked', `--target-dir=${cached('rust')}`]],
      callAll: [cached('rust', 'debug', `${name}-clients`)],
    },
  } satisfies Record<string, ClientPrograms>;
}

/** Skips a test, and says why, where this machine lacks a program. */
export function skipWithout(needs: readonly string[], what: string, test: Skippable): void {
  const missing = needs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length === 0) return;
  process.stdout.write(`SKIPPED: ${what} needs ${missing.join(' and ')}, which this machine lacks\n`);
  test.skip();
}

/** Installs the clients of a language. */
export async function installClients({ install, source, folder }: ClientPrograms): Promise<void> {
  if (folder !== source) cpSync(source, folder, { recursive: true });
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
