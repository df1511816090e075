import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EVENT_TIMEOUT_MS, rootDir } from './flow-stack.ts';

/** Flags of `npm start` that take a free port for each part. */
export const FREE_PORTS = ['--port=0', '--tasks-port=0', '--firestore-port=0', '--smtp-port=0'];

/** The line that `npm start` prints once everything answers. */
export const READY = /^ready$/m;

/** How a command ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One of the stack's commands, as a process of its own. */
export class StartCommand {
  readonly #child: ChildProcess;
  readonly #ended: Promise<CommandEnd>;
  #stdout = '';
  #stderr = '';

  /**
   * @param script in tools/local-stack/src
   * @param how `by another Node`: as where npm's own is too old, and starts the one that the project brings along;
   *   `by npm`: as typed, main.ts alone
   */
  constructor(
    script: 'main.ts' | 'commands/clock-command.ts' | 'commands/mail-command.ts',
    args: readonly string[],
    environment: Record<string, string> = {},
    how: 'directly' | 'by another Node' | 'by npm' = 'directly',
  ) {
    const command = [process.execPath, join(rootDir, 'tools/local-stack/src', script), ...args];
    const [file = '', ...rest] = {
      directly: command,
      'by another Node': byAnotherNode(command),
      'by npm': ['npm', 'start', '--', ...args],
    }[how];
    this.#child = spawn(file, rest, {
      cwd: rootDir,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, as a terminal makes it.
      detached: true,
    });
    this.#child.stdout?.on('data', (bytes: Buffer) => {
      this.#stdout += bytes.toString('utf8');
    });
    this.#child.stderr?.on('data', (bytes: Buffer) => {
      this.#stderr += bytes.toString('utf8');
    });
    this.#ended = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Sends a signal to its process group, as a terminal does at Ctrl-C. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  /** Waits for its end, which must come in time. */
  async end(): Promise<CommandEnd> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), EVENT_TIMEOUT_MS);
    const end = await this.#ended;
    clearTimeout(late);
    return end;
  }

  /** Resolves when it has printed such a line. @throws {Error} if it ends before */
  async untilPrinted(line: RegExp): Promise<void> {
    const ended = this.#ended.then(({ stdout, stderr }) => {
      throw new Error(`it ended before it printed ${line}:\n${stdout}\n${stderr}`);
    });
    ended.catch(() => {});
    while (!line.test(this.#stdout)) {
      await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), ended]);
    }
  }
}

function byAnotherNode([node = '', ...command]: readonly string[]): string[] {
  const code = `import { runNode } from ${JSON.stringify(pathToFileURL(join(rootDir, 'scripts/run-node.mjs')).href)};
    runNode(process.execPath, ${JSON.stringify(command)}, process.env);`;
  return [node, '--input-type=module', '--eval', code];
}
