import { type ProcessExit, ProcessRun, type ProcessRunOptions, ProcessStartError } from './process-run.ts';

/** A step in the life of a supervised process. */
export interface ProcessEvent {
  readonly process: string;
  /** `died` is an exit that was not asked for. */
  readonly state: 'started' | 'ready' | 'died' | 'stopped';
  /** The reason or the address, as text. */
  readonly detail: string;
}

/** What is needed to run a process and keep it running. */
export interface SupervisedProcessOptions extends Omit<ProcessRunOptions, 'args'> {
  /**
   * Its arguments.
   * @param port the port of its earlier runs, which a restart must listen on again; undefined at first
   */
  readonly args: (port: number | undefined) => readonly string[];
  /** Run after each start, before it counts as ready; a rejection counts as a failed start. */
  readonly prepare?: (port: number) => Promise<void>;
  readonly onEvent: (event: ProcessEvent) => void;
  /**
   * Called before each restart; false leaves the process down. Default: always restart.
   * @param exitCode null if it was killed; undefined if a restart failed
   */
  readonly mayRestart?: (exitCode: number | null | undefined) => boolean;
  /** From the start of the process until it is ready. Default 30,000. */
  readonly startTimeoutMs?: number;
  /** From SIGTERM to SIGKILL. Default 10,000. */
  readonly stopGraceMs?: number;
}

/** Delays of the restarts that follow deaths in quick succession; the first restart is immediate. */
const RESTART_DELAYS_MS = [0, 250, 500, 1_000, 2_000, 5_000];
/** After so long a ready process is not in a crash loop. */
const STABLE_AFTER_MS = 10_000;

/** A process that is started again on the same port whenever it dies. */
export class SupervisedProcess {
  readonly name: string;
  readonly #options: SupervisedProcessOptions;
  #run: ProcessRun | undefined;
  #exited: Promise<ProcessExit> = Promise.resolve({ reason: '', exitCode: null });
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
    return this.#run?.pid;
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
    await this.#runOnce();
    this.#superviseExit(Date.now());
  }

  /** Resolves as soon as it is ready: at once, or after the restart that is under way. */
  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  /** Sends a signal; resolves when the process has ended. It is then started again. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#run?.kill(signal);
    await this.#exited;
  }

  /**
   * Kills it and keeps it down.
   * @returns a function that lets it start again
   */
  async takeDown(): Promise<() => void> {
    this.#keptDown = Promise.withResolvers();
    await this.kill('SIGKILL');
    return this.#keptDown.resolve;
  }

  /** Stops it in order, for good. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restartTimer);
    this.#ready.reject(new ProcessStartError(this.name, 'was stopped', []));
    const run = this.#run;
    if (run === undefined) return;
    run.kill('SIGTERM');
    const timer = setTimeout(() => run.kill('SIGKILL'), this.#options.stopGraceMs ?? 10_000);
    await this.#exited;
    clearTimeout(timer);
  }

  /** One start, up to the moment it is ready. */
  async #runOnce(): Promise<void> {
    if (this.#stopping) throw new ProcessStartError(this.name, 'was stopped', []);
    const { args, onEvent, prepare, startTimeoutMs = 30_000 } = this.#options;
    const run = new ProcessRun({ ...this.#options, args: args(this.#port) });
    this.#run = run;
    this.#exited = run.exited.finally(() => {
      this.#run = undefined;
    });
    onEvent({ process: this.name, state: 'started', detail: `process ${run.pid}` });
    this.#port = await run.becomeReady({ timeoutMs: startTimeoutMs, prepare });
    this.#isReady = true;
    this.#ready.resolve();
    onEvent({ process: this.name, state: 'ready', detail: `listens on port ${this.#port}` });
  }

  #superviseExit(readySinceMs: number): void {
    void this.#exited.then(({ reason, exitCode }) => {
      this.#isReady = false;
      if (this.#stopping) {
        this.#options.onEvent({ process: this.name, state: 'stopped', detail: reason });
        return;
      }
      this.#ready = Promise.withResolvers();
      this.#ready.promise.catch(() => {});
      if (Date.now() - readySinceMs >= STABLE_AFTER_MS) this.#deathsInARow = 0;
      this.#restart(reason, exitCode);
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
    await this.#runOnce();
    this.#superviseExit(Date.now());
  }
}
