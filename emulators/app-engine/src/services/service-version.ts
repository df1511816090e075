import { dirname } from 'node:path';
import type { Clock } from '@waybill/emulator-kit';
import type { AppYaml } from '@waybill/google-config';
import type { EmulatorEventEmitter } from '../emulator-events.ts';
import type { AppEngineApplication } from '../front-door/app-engine-host.ts';
import type { Instance, InstanceStart } from '../instances/instance.ts';
import { type InstanceChoice, InstancePool } from '../instances/instance-pool.ts';
import { InstanceSlot, type InstanceState } from '../instances/instance-slot.ts';
import { planScaling } from '../instances/scaling-plan.ts';
import { ServiceProcess } from '../instances/service-process.ts';
import { StaticFiles } from '../static-files/static-files.ts';
import type { Timers } from '../timers.ts';
import { buildCommands } from './build-commands.ts';
import { missingDependency } from './missing-dependency.ts';
import { buildEnvironment, serviceEnvironment } from './service-environment.ts';

/** Bounds on starting, waiting and stopping, in milliseconds of real time. */
export interface ServiceLimits {
  /** One start: from the process to the first answer. Default 60,000. */
  startTimeoutMs: number;
  /** Instances of one version at most, whatever its app.yaml says: a laptop is not a data centre. Default 4. */
  maxInstances: number;
  /** How long a request waits for an instance that can take it before it is answered with 503. Default 30,000. */
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
  /** Shows an instance that a request comes from the front door. */
  serviceToken: string;
  limits: ServiceLimits;
  /** What idle times go by. */
  clock: Clock;
  timers: Timers;
  events: EmulatorEventEmitter;
  /** The major version of the Node.js that services run on; undefined: unknown. */
  nodeMajor: () => Promise<number | undefined>;
}

/** Thrown by `whenReady()`: a service doesn't start. It is still being tried, but without a change it will not help. */
export class ServiceStartError extends Error {
  override readonly name = 'ServiceStartError';
  readonly code = 'SERVICE_NOT_READY';
}

/** After so many starts in a row that never became ready, `whenReady()` gives up. */
const maxFailedStarts = 5;
const keptOutputLines = 20;
/** App Engine's limit of a build. */
const MAX_BUILD_MS = 600_000;

/** One version of one service: what it is started by, its instances, and whether it ever was ready. */
export class ServiceVersion {
  readonly service: string;
  readonly version: string;
  readonly appYaml: AppYaml;
  /** Files that the front door serves without an instance. */
  readonly staticFiles: StaticFiles;
  readonly #pool: InstancePool;
  readonly #context: ServiceContext;
  readonly #ready = Promise.withResolvers<void>();
  readonly #lastOutput: string[] = [];
  #cancelReadyTimeout: (() => void) | undefined;
  #build: ServiceProcess | undefined;
  #isStopped = false;
  readonly #install: boolean;

  constructor(options: {
    appYaml: AppYaml;
    version: string;
    deploymentId: string;
    overlay: Record<string, string>;
    inspectorPort: number | undefined;
    /** Whether the packages of package.json are installed first. */
    install: boolean;
    context: ServiceContext;
  }) {
    const { appYaml, version, context } = options;
    this.appYaml = appYaml;
    this.staticFiles = new StaticFiles(appYaml);
    this.#install = options.install;
    this.service = appYaml.service;
    this.version = version;
    this.#context = context;
    // Whoever asks gets the rejection; nobody has to.
    this.#ready.promise.catch(() => {});
    const start = {
      entrypoint: appYaml.entrypoint,
      folder: dirname(appYaml.file),
      startTimeoutMs: context.limits.startTimeoutMs,
      serviceToken: context.serviceToken,
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
          serviceToken: context.serviceToken,
          overlay: options.overlay,
        }),
    };
    const names = { service: this.service, version };
    this.#pool = new InstancePool({
      plan: planScaling(appYaml.scaling, context.limits.maxInstances),
      limits: context.limits,
      clock: context.clock,
      createSlot: (position, onReady) =>
        new InstanceSlot(
          { ...start, inspector: inspectorOf(options.inspectorPort, position) },
          {
            onLine: (instance, stream, line) => {
              this.#keepLine(line);
              context.events.emit('log', { ...names, instance, stream, line });
            },
            onEvent: (event) => context.events.emit('instance', { ...names, ...event }),
            onReady: () => {
              this.#cancelReadyTimeout?.();
              this.#ready.resolve();
              onReady();
            },
            onDied: (startsFailed) => {
              if (startsFailed >= maxFailedStarts)
                this.#failToStart(`died ${startsFailed} times in a row at its start`);
            },
          },
          context.timers,
        ),
    });
  }

  /** Runs the build, if there is any, and starts the instances. Returns at once. */
  start(): void {
    void this.#warn();
    const commands = buildCommands(this.appYaml, { install: this.#install });
    if (commands.length === 0) this.#startInstances();
    else void this.#buildAndStart(commands);
  }

  #startInstances(): void {
    const { startTimeoutMs } = this.#context.limits;
    this.#cancelReadyTimeout = this.#context.timers.after(startTimeoutMs, () =>
      this.#failToStart(`was not ready within ${startTimeoutMs / 1000} s`),
    );
    this.#pool.start();
  }

  async #buildAndStart(commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      const failure = await this.#runCommand(command);
      if (this.#isStopped) return;
      if (failure !== undefined) {
        this.#failToStart(`was not built: ${command} ${failure}`);
        return;
      }
    }
    this.#startInstances();
  }

  /** Runs a command of the build to its end. Returns how it failed, or undefined. */
  async #runCommand(command: string): Promise<string | undefined> {
    const { service, version } = this;
    const build = new ServiceProcess({
      entrypoint: command,
      folder: dirname(this.appYaml.file),
      environment: buildEnvironment(this.#context.baseEnvironment, this.appYaml),
      onLine: (stream, line) => {
        this.#keepLine(line);
        this.#context.events.emit('log', { service, version, instance: 'build', stream, line });
      },
    });
    this.#build = build;
    const cancel = this.#context.timers.after(MAX_BUILD_MS, () => build.signal('SIGKILL'));
    const { code, signal } = await build.exited;
    cancel();
    this.#build = undefined;
    return code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`;
  }

  /** Names what differs from App Engine, where Node.js is the runtime's and a build installs the packages. */
  async #warn(): Promise<void> {
    const major = await this.#context.nodeMajor();
    if (this.#isStopped) return;
    const { service, version } = this;
    const warn = (message: string) => this.#context.events.emit('warning', { service, version, message });
    const { runtime, file } = this.appYaml;
    const expected = Number(runtime.slice('nodejs'.length));
    if (major !== undefined && major !== expected) {
      warn(`runs on Node ${major}, not on the Node ${expected} of "runtime: ${runtime}"`);
    }
    const missing = this.#install ? undefined : missingDependency(dirname(file));
    if (missing !== undefined) warn(`"${missing}" is not installed: run npm install in ${dirname(file)}`);
  }

  #keepLine(line: string): void {
    this.#lastOutput.push(line);
    if (this.#lastOutput.length > keptOutputLines) this.#lastOutput.shift();
  }

  /**
   * Resolves once an instance has been ready for the first time.
   * @throws {ServiceStartError} naming the service, its entry point and its last output, when it took too long or kept dying
   */
  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  /**
   * An instance for a request, to be given back by `release()`.
   * @throws {NoInstanceError} if none could take the request in time, or too many requests wait already
   */
  acquire(signal: AbortSignal, choice: InstanceChoice): Promise<Instance> {
    return this.#pool.acquire(signal, choice);
  }

  /** Says that an instance from `acquire()` has answered a request, or will not. */
  release(instance: Instance): void {
    this.#pool.release(instance);
  }

  /** Whether an instance may be asked for by this position: basic and manual scaling have such. */
  isAddressable(position: number): boolean {
    return this.#pool.isAddressable(position);
  }

  /** The instances as they are now. */
  states(): InstanceState[] {
    return this.#pool.states();
  }

  /** How long a request waits for an instance, in milliseconds. */
  get pendingTimeoutMs(): number {
    return this.#context.limits.pendingTimeoutMs;
  }

  /** Sends a signal to the processes of every instance; resolves when they have ended. */
  kill(signal: NodeJS.Signals): Promise<void> {
    return this.#pool.kill(signal);
  }

  /** Ends the instances in order and starts others; resolves when the old ones have ended. */
  restart(): Promise<void> {
    return this.#pool.restart();
  }

  /** Ends the instances in order, for good. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelReadyTimeout?.();
    this.#ready.reject(new ServiceStartError(`${this.#title()} was stopped before it was ready`));
    await Promise.all([this.#build?.stop(this.#context.limits.stopGraceMs), this.#pool.stop()]);
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

function firstRequestOf({ scaling, warmup }: AppYaml): '/_ah/warmup' | '/_ah/start' | undefined {
  if (scaling.kind !== 'automatic') return '/_ah/start';
  return warmup ? '/_ah/warmup' : undefined;
}

/** The first instance gets the wanted debugger port, others a free one. */
function inspectorOf(inspectorPort: number | undefined, position: number): InstanceStart['inspector'] {
  if (inspectorPort === undefined) return undefined;
  return { wantedPort: position === 0 && inspectorPort !== 0 ? inspectorPort : undefined };
}
