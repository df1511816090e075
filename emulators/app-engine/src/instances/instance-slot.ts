import { randomBytes } from 'node:crypto';
import type { InstanceEvent } from '../emulator-events.ts';
import type { Timers } from '../timers.ts';
import { describeExit, Instance, type InstanceStart } from './instance.ts';

/** What of starting an instance is the same each time. */
export type SlotStart = Omit<InstanceStart, 'id' | 'environment' | 'onLine' | 'onWarmupFailed'> & {
  environment: (instance: string, port: number) => Record<string, string>;
};

/** Told what happens in a slot. */
export interface SlotListener {
  onLine: (instance: string, stream: 'stdout' | 'stderr', line: string) => void;
  onEvent: (event: Pick<InstanceEvent, 'instance' | 'state' | 'detail' | 'pid' | 'delayMs'>) => void;
  /** An instance is ready for requests. */
  onReady: () => void;
  /** An instance ended without being asked to; `startsFailed` counts the starts in a row that never became ready. */
  onDied: (startsFailed: number) => void;
}

/** What can be seen of a slot. */
export interface InstanceState {
  instance: string;
  state: 'starting' | 'ready' | 'backing-off' | 'stopped';
  pid: number | undefined;
  port: number | undefined;
  /** Where its debugger listens on 127.0.0.1; undefined without one. */
  inspectorPort: number | undefined;
  /** How many times an instance was started again in this slot, for whatever reason. */
  restarts: number;
  /** How many requests it is answering. */
  requests: number;
  /** How the last one died that nobody ended; undefined if none did. */
  lastDeath: string | undefined;
}

/** Waiting times before the starts that follow deaths in quick succession. The first restart is immediate. */
const restartDelaysMs = [0, 500, 1000, 2000, 4000, 8000];
/** An instance that was ready for so long is no crash loop. */
const steadyAfterMs = 10_000;

/**
 * The place of one instance: keeps one running there, and starts another when it dies, after a growing delay if they keep
 * dying soon after their start.
 */
export class InstanceSlot {
  readonly #start: SlotStart;
  readonly #listener: SlotListener;
  readonly #timers: Timers;
  #instance: Instance | undefined;
  #instanceId = '';
  #state: InstanceState['state'] = 'stopped';
  #restarts = -1;
  #deathsInARow = 0;
  #startsFailed = 0;
  #cancelRestart: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Set when the slot is to end: from SIGTERM to SIGKILL. */
  #stopGraceMs: number | undefined;
  #restartAtOnce = false;
  #lastDeath: string | undefined;
  #stopReason: string | undefined;

  constructor(start: SlotStart, listener: SlotListener, timers: Timers) {
    this.#start = start;
    this.#listener = listener;
    this.#timers = timers;
  }

  /** The instance, if it can take requests. One that is to end gets no more, while it answers those that it has. */
  get ready(): Instance | undefined {
    return this.#state === 'ready' && !this.#isStopping ? this.#instance : undefined;
  }

  get #isStopping(): boolean {
    return this.#stopGraceMs !== undefined || this.#restartAtOnce;
  }

  state(): InstanceState {
    return {
      instance: this.#instanceId,
      state: this.#state,
      pid: this.#instance?.pid,
      port: this.#instance?.port,
      inspectorPort: this.#instance?.inspectorPort,
      restarts: Math.max(0, this.#restarts),
      requests: this.#instance?.inFlight ?? 0,
      lastDeath: this.#lastDeath,
    };
  }

  /** Starts the instance, and keeps one running from now on. */
  start(): void {
    this.#running = this.#run();
  }

  /** Sends a signal to the instance's processes; resolves when they have ended, at once if the slot is empty. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const instance = this.#instance;
    instance?.signal(signal);
    await instance?.exited;
  }

  /** Ends the instance in order and starts another at once; resolves when the old one has ended. */
  async restart(graceMs: number): Promise<void> {
    if (this.#instance) {
      this.#restartAtOnce = true;
      await this.#instance.stop(graceMs);
    } else if (this.#cancelRestart) {
      this.#cancelRestart();
      this.start();
    }
  }

  /**
   * Ends the instance in order (SIGTERM, then SIGKILL after the grace); none is started any more.
   * @param reason for people; default none
   */
  async stop(graceMs: number, reason?: string): Promise<void> {
    this.#stopGraceMs = graceMs;
    this.#stopReason = reason;
    this.#cancelRestart?.();
    if (this.#state === 'backing-off') this.#state = 'stopped';
    await this.#instance?.stop(graceMs);
    await this.#running;
  }

  /** From a start to its end. */
  async #run(): Promise<void> {
    this.#cancelRestart = undefined;
    if (this.#stopGraceMs !== undefined) return;
    this.#restarts += 1;
    this.#state = 'starting';
    const id = randomBytes(16).toString('hex');
    this.#instanceId = id;
    const { environment } = this.#start;
    const start: InstanceStart = {
      ...this.#start,
      id,
      environment: (port) => environment(id, port),
      onLine: (stream, line) => this.#listener.onLine(id, stream, line),
      onWarmupFailed: (detail) => this.#event('warmup-failed', detail),
    };
    let instance: Instance;
    try {
      instance = await Instance.spawn(start);
    } catch (error) {
      this.#event('died', `could not be started: ${error instanceof Error ? error.message : String(error)}`);
      this.#settleExit('not started', undefined);
      return;
    }
    this.#instance = instance;
    this.#event('starting', `started by: ${start.entrypoint}`);
    // Asked to stop while the port was looked for: nothing had a process to stop then.
    if (this.#stopGraceMs !== undefined) void instance.stop(this.#stopGraceMs);
    const readySinceMs = await this.#becomeReady(instance, start);
    const exit = await instance.exited;
    this.#instance = undefined;
    this.#settleExit(describeExit(exit), readySinceMs);
  }

  async #becomeReady(instance: Instance, start: InstanceStart): Promise<number | undefined> {
    try {
      await instance.becomeReady(start);
    } catch (error) {
      if (!this.#isStopping) this.#event('died', error instanceof Error ? error.message : String(error));
      instance.signal('SIGKILL');
      return undefined;
    }
    this.#state = 'ready';
    this.#startsFailed = 0;
    const debuggerText =
      instance.inspectorPort === undefined ? '' : `, debugger on 127.0.0.1:${instance.inspectorPort}`;
    this.#event('ready', `answers on port ${instance.port}${debuggerText}`);
    this.#listener.onReady();
    return this.#timers.monotonicMs();
  }

  #settleExit(exit: string, readySinceMs: number | undefined): void {
    if (this.#stopGraceMs !== undefined) {
      this.#state = 'stopped';
      this.#event('stopped', this.#stopReason === undefined ? exit : `${exit}; ${this.#stopReason}`);
      return;
    }
    if (this.#restartAtOnce) {
      this.#restartAtOnce = false;
      this.#deathsInARow = 0;
      this.#state = 'starting';
      this.#event('stopped', `${exit}; starting again, as asked`);
      this.start();
      return;
    }
    const wasSteady =
      readySinceMs !== undefined && this.#timers.monotonicMs() - readySinceMs >= steadyAfterMs;
    const delayMs =
      restartDelaysMs[Math.min(wasSteady ? 0 : this.#deathsInARow, restartDelaysMs.length - 1)] ?? 0;
    this.#deathsInARow = wasSteady ? 1 : this.#deathsInARow + 1;
    this.#state = 'backing-off';
    if (readySinceMs === undefined) this.#startsFailed += 1;
    else this.#event('died', exit);
    if (delayMs > 0) {
      const detail = `died ${this.#deathsInARow} times soon after its start; starting again in ${delayMs / 1000} s`;
      this.#event('backing-off', detail, delayMs);
    }
    this.#cancelRestart = this.#timers.after(delayMs, () => this.start());
    this.#listener.onDied(this.#startsFailed);
  }

  #event(state: InstanceEvent['state'], detail: string, delayMs?: number): void {
    if (state === 'died') this.#lastDeath = detail;
    const pid = this.#instance?.pid;
    this.#listener.onEvent({
      instance: this.#instanceId,
      state,
      detail,
      ...(pid === undefined ? {} : { pid }),
      ...(delayMs === undefined ? {} : { delayMs }),
    });
  }
}
