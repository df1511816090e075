import { randomBytes } from 'node:crypto';
import { AllowedHosts, type Clock, listenOnOnePort } from '@waybill/emulator-kit';
import type { AppYaml, CronJob, DispatchRule } from '@waybill/google-config';
import { type CronResult, CronRunner } from './cron/cron-runner.ts';
import { sendCronRequest } from './cron/send-cron-request.ts';
import { EmulatorEventEmitter } from './emulator-events.ts';
import { createFrontDoor, defaultDeadlines, type RequestDeadlines } from './front-door/front-door.ts';
import type { InstanceState } from './instances/instance-slot.ts';
import { readConfigurationFiles } from './read-configuration-files.ts';
import { installedNodeMajor } from './services/installed-node.ts';
import { readServiceYaml } from './services/read-service-yaml.ts';
import { ServiceOverlays } from './services/service-overlays.ts';
import { ServiceRegistry } from './services/service-registry.ts';
import type { ServiceLimits, ServiceVersion } from './services/service-version.ts';
import type { SplitBy } from './services/traffic-split.ts';
import { realTimers, type Timers } from './timers.ts';

/** A version of a service to run. */
export interface ServiceSpec {
  /** Path of the app.yaml, or of a folder with one, such as a staged one; the entry point is run in that folder. */
  appYaml: string;
  /** Default `v1`. */
  version?: string;
  /** Whether this version gets the service's traffic. Default: the first version of a service does. */
  serving?: boolean;
  /** Installs the packages of its package.json before the build, as App Engine does. Default: they are there already. */
  install?: boolean;
  /**
   * Environment variables over all others, such as the addresses of other emulators. Default: those of the version before of
   * this service, or of the first service.
   */
  env?: Record<string, string>;
  /**
   * Opens a Node debugger port on 127.0.0.1 in each instance: this one in the first instance, a free one in all others and
   * where this one is taken. 0 takes a free one for all. The entry point must begin with `node`. Default: none.
   */
  inspectorPort?: number;
}

export interface AppEngineEmulatorOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /**
   * Host names that requests may carry beside loopback addresses, `localhost` and those of appspot.com, such as custom
   * domains of dispatch.yaml. Default none.
   */
  allowHosts?: readonly string[];
  /** 0 takes a free one. */
  port: number;
  project: string;
  /** The region's short id in host names. Default `uc`. */
  regionId?: string;
  services: readonly ServiceSpec[];
  /** Paths of the application's cron.yaml and dispatch.yaml. */
  cronYaml?: string;
  dispatchYaml?: string;
  /** What cron and the idle times of instances go by. Everything else runs on real time. */
  clock: Clock;
  /**
   * Headers of cron's requests beside App Engine's own, asked for before each: what Cloud Scheduler would send where the
   * services go by its tokens. Default none.
   */
  cronHeaders?: (job: {
    url: string;
    target: string | undefined;
  }) => Promise<Readonly<Record<string, string>>>;
  /** The secret that makes a request App Engine's own, in the header X-App-Engine-Emulator-Token. */
  trustedToken: string;
  /** What every service finds in its environment beside its own: PATH at least. */
  environment: Record<string, string | undefined>;
  limits?: Partial<ServiceLimits>;
  deadlines?: Partial<RequestDeadlines>;
  timers?: Timers;
  /** Which version gets a request where traffic is split at random: a number from 0 up to, not including, 1. Default Math.random. */
  random?: () => number;
}

/** One version as it is now. */
export interface VersionState {
  service: string;
  version: string;
  /** Its share of the service's traffic, from 0 to 1. */
  trafficShare: number;
  instances: InstanceState[];
}

/** An emulator that runs. */
export interface AppEngineEmulator {
  readonly host: string;
  readonly port: number;
  /** The address of the default service. */
  readonly url: string;
  /** What happens: logs, instances, requests, cron. */
  readonly events: EmulatorEventEmitter;
  services(): VersionState[];
  /**
   * Resolves once every version has been ready.
   * @throws {ServiceStartError} naming the first that was not, its entry point and its last output
   */
  whenReady(): Promise<void>;
  /** Sends a signal (default SIGKILL) to all processes of a service's version (default: every version); resolves when they have ended. */
  killInstance(service: string, version?: string, signal?: NodeJS.Signals): Promise<void>;
  /** Ends the instances of a version (default: every version) in order and starts others; resolves when the old ones have ended. */
  restartInstance(service: string, version?: string): Promise<void>;
  /**
   * Adds a version and resolves once it is ready; with `serving: true` it then gets all of the service's traffic. A version
   * that does not become ready is taken away again.
   * @throws {YamlFileError | DeploymentError | ServiceStartError}
   */
  deploy(spec: ServiceSpec): Promise<void>;
  /** Stops a version and forgets it. @throws {DeploymentError} if it is unknown or still gets traffic */
  removeVersion(service: string, version: string): Promise<void>;
  /**
   * Shares out a service's traffic, for example `{ v1: 0.9, v2: 0.1 }`.
   * @param by what decides which version a request gets; default `random`
   * @throws {DeploymentError}
   */
  setTraffic(service: string, shares: Record<string, number>, by?: SplitBy): void;
  cronJobs(): readonly CronJob[];
  dispatchRules(): readonly DispatchRule[];
  /** Replaces all cron jobs. A job that stays as it is keeps the time of its next run. */
  setCronJobs(jobs: readonly CronJob[]): void;
  /** Replaces all dispatch rules. */
  setDispatchRules(rules: readonly DispatchRule[]): void;
  /** Runs a cron job now. @throws {UnknownCronJobError} */
  runCron(descriptionOrUrl: string): Promise<CronResult>;
  /** Ends cron, the services (SIGTERM, then SIGKILL) and the front door. */
  close(): Promise<void>;
}

const defaultLimits: ServiceLimits = {
  startTimeoutMs: 60_000,
  maxInstances: 4,
  pendingTimeoutMs: 30_000,
  maxPending: 1000,
  stopGraceMs: 10_000,
};

/**
 * Starts App Engine on this machine: a front door on one port, and behind it the services of the given app.yaml files.
 * Resolves when the front door listens; requests wait there until their service is ready (see `whenReady()`).
 * @throws {YamlFileError} naming every problem in every file; {DeploymentError}; {PortTakenError}. Nothing is left running.
 */
export async function startAppEngineEmulator(options: AppEngineEmulatorOptions): Promise<AppEngineEmulator> {
  const { host = '127.0.0.1', clock, trustedToken } = options;
  if (trustedToken === '') throw new TypeError('trustedToken must not be empty: anyone could send it');
  const application = { project: options.project, regionId: options.regionId ?? 'uc' };
  const serviceToken = randomBytes(32).toString('base64url');
  const timers = options.timers ?? realTimers;
  const events = new EmulatorEventEmitter();
  const files = readConfigurationFiles(options);
  const nodeMajor = installedNodeMajor(options.environment);
  const registry = new ServiceRegistry(
    {
      application,
      baseEnvironment: options.environment,
      serviceToken,
      limits: { ...defaultLimits, ...options.limits },
      clock,
      timers,
      events,
      nodeMajor: () => nodeMajor,
    },
    options.random ?? Math.random,
  );
  const overlays = new ServiceOverlays();
  const addVersion = (spec: ServiceSpec, appYaml: AppYaml): ServiceVersion =>
    registry.add({
      appYaml,
      version: spec.version ?? 'v1',
      deploymentId: String(clock.nowMs()),
      overlay: overlays.of(appYaml.service, spec.env),
      inspectorPort: spec.inspectorPort,
      install: spec.install ?? false,
    });
  for (const { spec, appYaml } of files.services) {
    const { service, version } = addVersion(spec, appYaml);
    if (spec.serving) registry.setTraffic(service, { [version]: 1 }, 'random');
  }
  let dispatchRules: readonly DispatchRule[] = files.dispatchRules;
  const server = await listenOnOnePort({
    host,
    port: options.port,
    hosts: new AllowedHosts({
      listenHost: host,
      further: options.allowHosts ?? [],
      // Cloud Tasks and cron send requests to these.
      domains: ['appspot.com'],
    }),
    http: createFrontDoor({
      application,
      registry,
      dispatchRules: () => dispatchRules,
      trustedToken,
      serviceToken,
      deadlines: { ...defaultDeadlines, ...options.deadlines },
      events,
      timers,
    }),
  });
  const doorHost = ['0.0.0.0', '::'].includes(server.host) ? '127.0.0.1' : server.host;
  const cron = new CronRunner({
    jobs: files.cronJobs,
    clock,
    send: async (job, signal) =>
      sendCronRequest({
        job,
        headers: (await options.cronHeaders?.({ url: job.url, target: job.target })) ?? {},
        door: { host: doorHost, port: server.port },
        application,
        trustedToken,
        signal,
      }),
    onEvent: (event) => events.emit('cron', event),
  });
  for (const version of registry.allVersions()) version.start();
  cron.start();
  return {
    host: server.host,
    port: server.port,
    url: `http://${doorHost === '127.0.0.1' ? 'localhost' : doorHost}:${server.port}`,
    events,
    services: () =>
      registry.allVersions().map((version) => ({
        service: version.service,
        version: version.version,
        trafficShare: registry.share(version.service, version.version),
        instances: version.states(),
      })),
    async whenReady() {
      await Promise.all(registry.allVersions().map((version) => version.whenReady()));
    },
    async killInstance(service, version, signal = 'SIGKILL') {
      await Promise.all(registry.select(service, version).map((found) => found.kill(signal)));
    },
    async restartInstance(service, version) {
      await Promise.all(registry.select(service, version).map((found) => found.restart()));
    },
    async deploy(spec) {
      const added = addVersion(spec, readServiceYaml(spec.appYaml));
      added.start();
      try {
        await added.whenReady();
      } catch (error) {
        await registry.remove(added.service, added.version);
        throw error;
      }
      if (spec.serving) registry.setTraffic(added.service, { [added.version]: 1 }, 'random');
    },
    removeVersion: (service, version) => registry.remove(service, version),
    setTraffic: (service, shares, by = 'random') => registry.setTraffic(service, shares, by),
    cronJobs: () => cron.jobs,
    dispatchRules: () => dispatchRules,
    setCronJobs: (jobs) => cron.setJobs(jobs),
    setDispatchRules(rules) {
      dispatchRules = rules;
    },
    runCron: async (descriptionOrUrl) => cron.run(descriptionOrUrl),
    async close() {
      await cron.close();
      const graceMs = options.limits?.stopGraceMs ?? defaultLimits.stopGraceMs;
      // Together: requests that are being answered end because their services do.
      await Promise.all([registry.stop(), server.close(graceMs).catch(ignoreBrokenConnection)]);
    },
  };
}

/** A client that goes away while the front door closes is no reason for closing to fail. */
function ignoreBrokenConnection(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
}
