import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A step in the life of a supervised process. */
export interface ProcessEvent {
  readonly process: string;
  /** `died` is an end that nobody asked for. */
  readonly state: 'started' | 'ready' | 'died' | 'stopped';
  /** What happened, for people. */
  readonly detail: string;
}

/** What is needed to run a process and keep it running. */
export interface SupervisedProcessOptions {
  /** The name it prints in `<name> listening on <address>`, and is called by in messages. */
  readonly name: string;
  /** A TypeScript or JavaScript file for this node. */
  readonly script: string;
  /**
   * Its arguments.
   * @param port what it listened on before, so that a restart is found where the first start was; undefined at first
   */
  readonly args: (port: number | undefined) => readonly string[];
  /** Its whole environment; EMULATOR_EXIT_WITH_PARENT=1 is added. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Run after each start, before it counts as ready; what it throws counts as a failed start. */
  readonly prepare?: (port: number) => Promise<void>;
  readonly onEvent: (event: ProcessEvent) => void;
  /** Told each line of its output, but for the one that says where it listens. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /**
   * Asked before each restart; if it says no, the process is left as it is. Default: always.
   * @param exitCode null if it was killed; undefined if it is a restart that failed
   */
  readonly mayRestart?: (exitCode: number | null | undefined) => boolean;
  /** From the start of the process until it is ready. Default 30,000. */
  readonly startTimeoutMs?: number;
  /** From SIGTERM to SIGKILL. Default 10,000. */
  readonly stopGraceMs?: number;
}

/** Thrown when a process does not start. `output` is the last that it wrote. */
export class ProcessStartError extends Error {
  override readonly name = 'ProcessStartError';
  readonly code = 'PROCESS_NOT_STARTED';

  constructor(name: string, reason: string, output: readonly string[], cause?: unknown) {
    super(`${name} ${reason}${output.map((line) => `\n  ${line}`).join('')}`, { cause });
  }
}

/** How a process ended. */
interface ProcessExit {
  /** For people. */
  readonly how: string;
  readonly exitCode: number | null;
}

/** Waits before the restarts that follow deaths in quick succession; the first restart is immediate. */
const RESTART_DELAYS_MS = [0, 250, 500, 1_000, 2_000, 5_000];
/** A process that was ready for so long is no crash loop. */
const STABLE_AFTER_MS = 10_000;
const MAX_OUTPUT_LINES = 20;

/**
 * A process that is started again on the same port whenever it dies. It has a process group of its own, so that a
 * Ctrl-C in the terminal reaches the stack alone, which then ends its parts in order; and it ends by itself when the
 * stack does, however that ends, as its stdin then closes.
 */
export class SupervisedProcess {
  readonly name: string;
  readonly #options: SupervisedProcessOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<ProcessExit> = Promise.resolve({ how: '', exitCode: null });
  #port: number | undefined;
  #ready = Promise.withResolvers<void>();
  #restartTimer: NodeJS.Timeout | undefined;
  #deathsInARow = 0;
  #keptDown: PromiseWithResolvers<void> | undefined;
  #stopping = false;
  #isReady = false;

  constructor(options: SupervisedProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.#ready.promise.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Where it listens. @throws {Error} before its first start */
  get port(): number {
    if (this.#port === undefined) throw new Error(`${this.name} has not been started yet`);
    return this.#port;
  }

  /** Whether it runs and was made ready. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Starts it and waits until it is ready. @throws {ProcessStartError} if this first start fails; it isn't tried again */
  async start(): Promise<void> {
    await this.#run();
    this.#superviseEnd(Date.now());
  }

  /** Resolves as soon as it is ready: at once, or after the restart that is under way. */
  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  /** Sends a signal; resolves when the process has ended. It is then started again. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal);
    await this.#ended;
  }

  /**
   * Kills it and keeps it down, as if it were away.
   * @returns a function that has it started again
   */
  async takeDown(): Promise<() => void> {
    this.#keptDown = Promise.withResolvers();
    await this.kill('SIGKILL');
    return this.#keptDown.resolve;
  }

  /** Ends it in order, for good. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restartTimer);
    this.#ready.reject(new ProcessStartError(this.name, 'was stopped', []));
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGTERM');
    const cut = setTimeout(() => child.kill('SIGKILL'), this.#options.stopGraceMs ?? 10_000);
    await this.#ended;
    clearTimeout(cut);
  }

  /** One start, up to the moment it is ready. */
  async #run(): Promise<void> {
    if (this.#stopping) throw new ProcessStartError(this.name, 'was stopped', []);
    const {
      name,
      script,
      args,
      environment,
      onLine,
      onEvent,
      prepare,
      startTimeoutMs = 30_000,
    } = this.#options;
    const child = spawn(process.execPath, [script, ...args(this.#port)], {
      env: { ...environment, EMULATOR_EXIT_WITH_PARENT: '1' },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    // A write never happens: the pipe is only there to close.
    child.stdin.on('error', () => {});
    const lastOutput: string[] = [];
    const listening = Promise.withResolvers<number>();
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    this.#ended = new Promise((resolve) => {
      const onEnd = (how: string, exitCode: number | null): void => {
        this.#child = undefined;
        failed.reject(new ProcessStartError(name, `ended before it was ready (${how})`, lastOutput));
        resolve({ how, exitCode });
      };
      // 'close' comes after the last output has been read.
      child.once('close', (code, signal) => onEnd(signal ? `signal ${signal}` : `exit code ${code}`, code));
      child.once('error', (error) => onEnd(`could not be started: ${error.message}`, null));
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[stream] }).on('line', (line) => {
        const port = stream === 'stdout' ? listeningPort(name, line) : undefined;
        if (port !== undefined) {
          listening.resolve(port);
          return;
        }
        lastOutput.push(line);
        if (lastOutput.length > MAX_OUTPUT_LINES) lastOutput.shift();
        onLine(line, stream);
      });
    }
    onEvent({ process: name, state: 'started', detail: `process ${child.pid}` });
    const late = setTimeout(() => {
      failed.reject(
        new ProcessStartError(name, `was not ready within ${startTimeoutMs / 1000} s`, lastOutput),
      );
    }, startTimeoutMs);
    try {
      this.#port = await Promise.race([listening.promise, failed.promise]);
      await Promise.race([prepare?.(this.#port), failed.promise]);
    } catch (error) {
      child.kill('SIGKILL');
      await this.#ended;
      throw error instanceof ProcessStartError
        ? error
        : new ProcessStartError(name, `could not be made ready: ${String(error)}`, lastOutput, error);
    } finally {
      clearTimeout(late);
    }
    this.#isReady = true;
    this.#ready.resolve();
    onEvent({ process: name, state: 'ready', detail: `listens on port ${this.#port}` });
  }

  #superviseEnd(readySinceMs: number): void {
    void this.#ended.then(({ how, exitCode }) => {
      this.#isReady = false;
      if (this.#stopping) {
        this.#options.onEvent({ process: this.name, state: 'stopped', detail: how });
        return;
      }
      this.#ready = Promise.withResolvers();
      this.#ready.promise.catch(() => {});
      if (Date.now() - readySinceMs >= STABLE_AFTER_MS) this.#deathsInARow = 0;
      this.#restart(how, exitCode);
    });
  }

  #restart(reason: string, exitCode?: number | null): void {
    if (this.#options.mayRestart?.(exitCode) === false) {
      this.#options.onEvent({ process: this.name, state: 'died', detail: `${reason}; not started again` });
      return;
    }
    const delayMs = RESTART_DELAYS_MS[Math.min(this.#deathsInARow, RESTART_DELAYS_MS.length - 1)] ?? 0;
    this.#deathsInARow += 1;
    const when = delayMs === 0 ? 'at once' : `in ${delayMs / 1000} s`;
    this.#options.onEvent({
      process: this.name,
      state: 'died',
      detail: `${reason}; starting again ${when}`,
    });
    this.#restartTimer = setTimeout(() => {
      this.#runAgain().catch((error: unknown) => {
        if (!this.#stopping) this.#restart(error instanceof Error ? error.message : String(error));
      });
    }, delayMs);
  }

  async #runAgain(): Promise<void> {
    await this.#keptDown?.promise;
    await this.#run();
    this.#superviseEnd(Date.now());
  }
}

/** The port in `<name> listening on <host>:<port>`, which may be a URL. */
function listeningPort(name: string, line: string): number | undefined {
  const prefix = `${name} listening on `;
  const port = line.startsWith(prefix) ? /:(\d+)\/?$/.exec(line.trim())?.[1] : undefined;
  return port === undefined ? undefined : Number(port);
}
