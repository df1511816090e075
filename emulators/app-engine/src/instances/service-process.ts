import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { LineSplitter } from './line-splitter.ts';

/** How a process ended. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * Runs the entry point ($1), with a guard beside it in the same process group. The guard waits for the end of descriptor 3,
 * a pipe whose other end only the emulator holds and never writes to: when the emulator ends, however it ends (`kill -9`
 * included), the guard kills the whole group, and no service is left behind. It ignores the polite signals, as the service
 * may take its time over them.
 */
const guardedEntrypoint = `
(trap '' TERM INT HUP; read -r _ <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 &
exec 3<&-
exec /bin/sh -c "$1"
`;

/** After a polite signal, what the entry point has started may take so long over its end when the entry point has ended. */
const stragglerTimeoutMs = 10_000;

/**
 * The process group of one instance: the shell that runs the entry point, and whatever that starts.
 * It ends as a whole: when the entry point has died, what it started is killed too.
 */
export class ServiceProcess {
  readonly pid: number | undefined;
  /** Settles when the group has ended; never rejects. */
  readonly exited: Promise<ProcessExit & { spawnError?: Error }>;
  #hasExited = false;
  #isStopRequested = false;

  /**
   * @param options.entrypoint a command for /bin/sh
   * @param options.environment all of the process's environment: nothing is inherited
   */
  constructor(options: {
    entrypoint: string;
    folder: string;
    environment: Record<string, string>;
    onLine: (stream: 'stdout' | 'stderr', line: string) => void;
  }) {
    const child = spawn('/bin/sh', ['-c', guardedEntrypoint, 'sh', replacingShell(options.entrypoint)], {
      cwd: options.folder,
      env: options.environment,
      // A group of its own: a Ctrl-C in the terminal reaches the emulator alone, which then ends the services in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.pid = child.pid;
    const outputClosed = (['stdout', 'stderr'] as const).map(async (name) => {
      const stream = child[name];
      if (!stream) return;
      const splitter = new LineSplitter((line) => options.onLine(name, line));
      stream.on('data', (bytes: Buffer) => splitter.write(bytes)).on('end', () => splitter.end());
      await once(stream, 'close');
    });
    const leash = child.stdio[3] as Readable | null | undefined;
    leash?.on('error', () => {});
    this.exited = new Promise((resolve) => {
      const settle = (exit: ProcessExit & { spawnError?: Error }) => {
        this.#hasExited = true;
        leash?.destroy();
        resolve(exit);
      };
      child.once('exit', (code, signal) => {
        if (!this.#isStopRequested) {
          settle({ code, signal });
          return;
        }
        // npm and shells end at once on SIGTERM, while the service below them may be ending in order.
        const timer = setTimeout(() => settle({ code, signal }), stragglerTimeoutMs);
        void Promise.allSettled(outputClosed).then(() => {
          clearTimeout(timer);
          settle({ code, signal });
        });
      });
      child.once('error', (spawnError) => settle({ code: null, signal: null, spawnError }));
    });
  }

  /** Sends a signal to the whole group; nothing happens if it has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#hasExited || this.pid === undefined) return;
    if (signal === 'SIGTERM' || signal === 'SIGINT') this.#isStopRequested = true;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      // Ended a moment ago, and its exit is not reported yet.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Asks the group to end by SIGTERM, and makes it end by SIGKILL after the grace. */
  async stop(graceMs: number): Promise<ProcessExit> {
    this.signal('SIGTERM');
    const kill = setTimeout(() => this.signal('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(kill);
    return exit;
  }
}

/**
 * A single command takes the shell's place, so that the process we know is the service itself; a line of several commands,
 * or one with variables set before it, needs the shell.
 */
function replacingShell(entrypoint: string): string {
  return /^\s*[\w./-]+(\s[^;&|<>()`\n]*)?$/.test(entrypoint) ? `exec ${entrypoint.trim()}` : entrypoint;
}
