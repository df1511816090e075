import { dirname } from 'node:path';
import type { EmulatorEventEmitter } from '../emulator-events.ts';
import type { AppEngineApplication } from '../front-door/app-engine-host.ts';
import type { AppYaml } from './app-yaml.ts';
import type { Instance } from './instance.ts';
import { InstanceSlot, type InstanceState } from './instance-slot.ts';
import { serviceEnvironment } from './service-environment.ts';
import type { Timers } from './timers.ts';

/** Bounds on starting, waiting and stopping, in milliseconds of real time. */
export interface ServiceLimits {
  /** One start: from the process to the first answer. Default 60,000. */
  startTimeoutMs: number;
  /** How long a request waits for an instance to be ready before it is answered with 503. Default 30,000. */
  pendingTimeoutMs: number;
  /** How many requests wait for one version at most; the next ones are answered with 503 at once. Default 1,000. */
  maxPending: number;
  /** From SIGTERM to SIGKILL. App Engine itself leaves three seconds. Default 10,000. */
  stopGraceMs: number;
}

/** What every version is given. */
export interface ServiceContext {
  application: AppEngineApplication;
  baseEnvironment: Record<string, string | undefined>;
  limits: ServiceLimits;
  timers: Timers;
  events: EmulatorEventEmitter;
}

/** Thrown by `whenReady()`: a service doesn't start. It is still being tried, but without a change it will not help. */
export class ServiceStartError extends Error {
  override readonly name = 'ServiceStartError';
  readonly code = 'SERVICE_NOT_READY';
}

/** Thrown when no instance was ready in time, or too many requests wait already: answered with 503. */
export class NoInstanceError extends Error {
  override readonly name = 'NoInstanceError';
}

/** A request that waits for an instance. */
interface Waiter {
  resolve: () => void;
  reject: (error: Error) => void;
}

/** After so many starts in a row that never became ready, `whenReady()` gives up. */
const maxFailedStarts = 5;
const keptOutputLines = 20;

/** One version of one service: its instances, and the requests that wait for one. */
export class ServiceVersion {
  readonly service: string;
  readonly version: string;
  readonly appYaml: AppYaml;
  readonly #slots: InstanceSlot[];
  readonly #context: ServiceContext;
  readonly #waiters = new Set<Waiter>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #lastOutput: string[] = [];
  #cancelReadyTimeout: (() => void) | undefined;
  #stopped = false;

  constructor(options: {
    appYaml: AppYaml;
    version: string;
    deploymentId: string;
    overlay: Record<string, string>;
    context: ServiceContext;
  }) {
    const { appYaml, version, context } = options;
    this.appYaml = appYaml;
    this.service = appYaml.service;
    this.version = version;
    this.#context = context;
    // Whoever asks gets the rejection; nobody has to.
    this.#ready.promise.catch(() => {});
    const { scaling } = appYaml;
    const start = {
      entrypoint: appYaml.entrypoint,
      folder: dirname(appYaml.file),
      startTimeoutMs: context.limits.startTimeoutMs,
      firstRequest: firstRequestOf(appYaml),
      environment: (instance: string, port: number) =>
        serviceEnvironment({
          base: context.baseEnvironment,
          appYaml,
          application: context.application,
          version,
          instance,
          deploymentId: options.deploymentId,
          port,
          overlay: options.overlay,
        }),
    };
    const names = { service: this.service, version };
    this.#slots = Array.from(
      { length: instanceCount(scaling) },
      () =>
        new InstanceSlot(
          start,
          {
            onLine: (instance, stream, line) => {
              this.#lastOutput.push(line);
              if (this.#lastOutput.length > keptOutputLines) this.#lastOutput.shift();
              context.events.emit('log', { ...names, instance, stream, line });
            },
            onEvent: (event) => context.events.emit('instance', { ...names, ...event }),
            onReady: () => this.#onReady(),
            onDied: (startsFailed) => {
              if (startsFailed >= maxFailedStarts)
                this.#failToStart(`died ${startsFailed} times in a row at its start`);
            },
          },
          context.timers,
        ),
    );
  }

  /** Starts the instances and returns at once. */
  start(): void {
    const { startTimeoutMs } = this.#context.limits;
    this.#cancelReadyTimeout = this.#context.timers.after(startTimeoutMs, () =>
      this.#failToStart(`was not ready within ${startTimeoutMs / 1000} s`),
    );
    for (const slot of this.#slots) slot.start();
  }

  /**
   * Resolves once an instance has been ready for the first time.
   * @throws {ServiceStartError} naming the service, its entry point and its last output, when it took too long or kept dying
   */
  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  /**
   * The ready instance with the fewest requests; waits for one if none is ready.
   * @param instance the position of the wanted instance, from 0 (only manual scaling has addressable ones)
   * @throws {NoInstanceError} if none became ready in time, or too many requests wait already
   */
  async acquire(signal: AbortSignal, instance?: number): Promise<Instance> {
    const pick = () => {
      const ready = (
        instance === undefined ? this.#slots : this.#slots.slice(instance, instance + 1)
      ).flatMap((slot) => slot.ready ?? []);
      return ready.toSorted((a, b) => a.inFlight - b.inFlight)[0];
    };
    const atOnce = pick();
    if (atOnce) return atOnce;
    const { pendingTimeoutMs, maxPending } = this.#context.limits;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(pendingTimeoutMs)]);
    for (;;) {
      const found = pick();
      if (found) return found;
      if (this.#stopped) throw new NoInstanceError('it is being stopped');
      if (this.#waiters.size >= maxPending) {
        throw new NoInstanceError(`${maxPending} requests wait for an instance already`);
      }
      await this.#nextReady(deadline, `no instance became ready within ${pendingTimeoutMs / 1000} s`);
    }
  }

  /** The instances as they are now. */
  states(): InstanceState[] {
    return this.#slots.map((slot) => slot.state());
  }

  /** How long a request waits for an instance, in milliseconds. */
  get pendingTimeoutMs(): number {
    return this.#context.limits.pendingTimeoutMs;
  }

  /** How many instances the version can have; positions count from 0. */
  get instanceCount(): number {
    return this.#slots.length;
  }

  /** Sends a signal to the processes of every instance; resolves when they have ended. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.kill(signal)));
  }

  /** Ends the instances in order and starts others; resolves when the old ones have ended. */
  async restart(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.restart(this.#context.limits.stopGraceMs)));
  }

  /** Ends the instances in order, for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelReadyTimeout?.();
    this.#ready.reject(new ServiceStartError(`${this.#title()} was stopped before it was ready`));
    for (const waiter of this.#waiters) waiter.reject(new NoInstanceError('it is being stopped'));
    await Promise.all(this.#slots.map((slot) => slot.stop(this.#context.limits.stopGraceMs)));
  }

  async #nextReady(deadline: AbortSignal, reason: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { resolve, reject };
    const onAbort = () => reject(new NoInstanceError(reason));
    if (deadline.aborted) throw new NoInstanceError(reason);
    this.#waiters.add(waiter);
    deadline.addEventListener('abort', onAbort);
    try {
      await promise;
    } finally {
      this.#waiters.delete(waiter);
      deadline.removeEventListener('abort', onAbort);
    }
  }

  #onReady(): void {
    this.#cancelReadyTimeout?.();
    this.#ready.resolve();
    for (const waiter of this.#waiters) waiter.resolve();
  }

  #failToStart(what: string): void {
    this.#cancelReadyTimeout?.();
    const output =
      this.#lastOutput.length > 0 ? this.#lastOutput.map((line) => `  ${line}`).join('\n') : '  (none)';
    this.#ready.reject(
      new ServiceStartError(
        `${this.#title()} ${what}.\nEntry point: ${this.appYaml.entrypoint} (from ${this.appYaml.file})\nIts last output:\n${output}`,
      ),
    );
  }

  #title(): string {
    return `Service "${this.service}", version "${this.version}",`;
  }
}

// Automatic scaling starts with what must always run, but at least one: a laptop has no use for a first slow request.
function instanceCount(scaling: AppYaml['scaling']): number {
  if (scaling.kind === 'manual') return scaling.instances;
  return scaling.kind === 'automatic' ? Math.max(1, scaling.minInstances) : 1;
}

function firstRequestOf({ scaling, warmup }: AppYaml): '/_ah/warmup' | '/_ah/start' | undefined {
  if (scaling.kind !== 'automatic') return '/_ah/start';
  return warmup ? '/_ah/warmup' : undefined;
}
