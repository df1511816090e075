import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { rootDir } from '../src/support/flow-stack.ts';

/** A command line, and the folder of docs/producers in which it runs. */
interface Command {
  readonly line: readonly [program: string, ...args: string[]];
  readonly folder: string;
}

/** An example of docs/producers. */
export interface Producer {
  readonly language: string;
  /** The programs that it needs. */
  readonly needs: readonly string[];
  /** Installs the language's client of Cloud Tasks. */
  readonly install: readonly Command[];
  /** Enqueues a task; an order and a mail address follow. */
  readonly run: Command;
}

/** Installed clients stay here between runs. */
const CACHE = join(rootDir, '.waybill/producers');

/** The examples of docs/producers. */
export const PRODUCERS: readonly Producer[] = [
  {
    language: 'Python',
    needs: ['python3'],
    install: [
      { folder: 'python', line: ['python3', '-m', 'venv', `${CACHE}/python`] },
      { folder: 'python', line: [`${CACHE}/python/bin/pip`, 'install', '-q', '-r', 'requirements.txt'] },
    ],
    run: { folder: 'python', line: [`${CACHE}/python/bin/python`, 'enqueue.py'] },
  },
  {
    language: 'Go',
    needs: ['go'],
    install: [{ folder: 'go', line: ['go', 'build', '-o', `${CACHE}/go/enqueue`, '.'] }],
    run: { folder: 'go', line: [`${CACHE}/go/enqueue`] },
  },
  {
    language: 'Java',
    needs: ['java', 'mvn'],
    install: [
      {
        folder: 'java',
        line: ['mvn', '-q', '-B', 'dependency:build-classpath', `-Dmdep.outputFile=${CACHE}/java/classpath`],
      },
    ],
    run: { folder: 'java', line: ['java', `-cp`, `@${CACHE}/java/classpath`, 'Enqueue.java'] },
  },
];

/** The programs that a producer needs and this machine lacks. */
export function missingPrograms({ needs }: Producer): string[] {
  return needs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
}

/**
 * Runs a command of a producer, without blocking the emulators in this process.
 * @returns its standard output
 * @throws {Error} with its output if it fails
 */
export async function runCommand(
  { line: [program, ...args], folder }: Command,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(program, args, {
    cwd: join(rootDir, 'docs/producers', folder),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${code}:\n${out}${err}`);
  return out.trim();
}
