import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Thrown when a process does not start. The message ends with the last lines of its output. */
export class ProcessStartError extends Error {
  override readonly name = 'ProcessStartError';
  readonly code = 'PROCESS_NOT_STARTED';

  constructor(name: string, reason: string, output: readonly string[], cause?: unknown) {
    super(`${name} ${reason}${output.map((line) => `\n  ${line}`).join('')}`, { cause });
  }
}

/** How a process ended. */
export interface ProcessExit {
  /** `exit code 1`, `signal SIGKILL` … */
  readonly reason: string;
  readonly exitCode: number | null;
}

/** What a process is run with. */
export interface ProcessRunOptions {
  /** The name it prints in `<name> listening on <address>`, and is called by in messages. */
  readonly name: string;
  /** A TypeScript or JavaScript file for this node. */
  readonly script: string;
  readonly args: readonly string[];
  /** Its whole environment; EMULATOR_EXIT_WITH_PARENT=1 is added. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called with each line of its output, except the one that names its address. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

const MAX_OUTPUT_LINES = 20;

/**
 * One run of an emulator's process, from its spawn to its exit. It has a process group of its own, so that a Ctrl-C in the
 * terminal reaches the stack alone, which then stops its parts in order. It exits by itself when the stack does, however
 * that ends: its stdin then closes.
 */
export class ProcessRun {
  /** Resolves when the process has exited, or could not be spawned; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly #name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #listening = Promise.withResolvers<number>();
  readonly #lastOutput: string[] = [];

  /** Spawns the process. */
  constructor({ name, script, args, environment, onLine }: ProcessRunOptions) {
    this.#name = name;
    const child = spawn(process.execPath, [script, ...args], {
      env: { ...environment, EMULATOR_EXIT_WITH_PARENT: '1' },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    // Nothing is ever written: the pipe is only there to close.
    child.stdin.on('error', () => {});
    this.exited = new Promise((resolve) => {
      // 'close' comes after the last output has been read.
      child.once('close', (exitCode, signal) =>
        resolve({ reason: signal ? `signal ${signal}` : `exit code ${exitCode}`, exitCode }),
      );
      child.once('error', (error) =>
        resolve({ reason: `could not be started: ${error.message}`, exitCode: null }),
      );
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[stream] }).on('line', (line) => {
        const port = stream === 'stdout' ? listeningPort(name, line) : undefined;
        if (port !== undefined) {
          this.#listening.resolve(port);
          return;
        }
        this.#lastOutput.push(line);
        if (this.#lastOutput.length > MAX_OUTPUT_LINES) this.#lastOutput.shift();
        onLine(line, stream);
      });
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * Waits until the process listens and `prepare` has resolved. A process that fails is killed.
   * @returns its port
   * @throws {ProcessStartError} if it exited, took too long, or `prepare` rejected
   */
  async becomeReady(options: {
    timeoutMs: number;
    prepare: ((port: number) => Promise<void>) | undefined;
  }): Promise<number> {
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    const fail = (reason: string): void =>
      failed.reject(new ProcessStartError(this.#name, reason, this.#lastOutput));
    void this.exited.then(({ reason }) => fail(`ended before it was ready (${reason})`));
    const timer = setTimeout(
      () => fail(`was not ready within ${options.timeoutMs / 1000} s`),
      options.timeoutMs,
    );
    try {
      const port = await Promise.race([this.#listening.promise, failed.promise]);
      await Promise.race([options.prepare?.(port), failed.promise]);
      return port;
    } catch (error) {
      this.kill('SIGKILL');
      await this.exited;
      throw error instanceof ProcessStartError
        ? error
        : new ProcessStartError(
            this.#name,
            `could not be made ready: ${String(error)}`,
            this.#lastOutput,
            error,
          );
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The port in `<name> listening on <host>:<port>`, which may be a URL. */
function listeningPort(name: string, line: string): number | undefined {
  const prefix = `${name} listening on `;
  const port = line.startsWith(prefix) ? /:(\d+)\/?$/.exec(line.trim())?.[1] : undefined;
  return port === undefined ? undefined : Number(port);
}
