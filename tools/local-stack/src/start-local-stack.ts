import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AppEngineEmulator,
  type ServiceSpec,
  startAppEngineEmulator,
} from '@waybill/app-engine-emulator';
import { findFreePort } from '@waybill/emulator-kit';
import { SAMPLE_PRODUCTS } from '@waybill/orders';
import type { Mail, Shipment } from '@waybill/sandboxes';
import { readMailbox } from '@waybill/sandboxes';
import { catalogue } from '@waybill/task-contracts';
import { type Charge, type Refund, readCharges, readRefunds } from './clients/read-charges.ts';
import { readShipments } from './clients/read-shipments.ts';
import { StackClock } from './clock/stack-clock.ts';
import { newControlToken, startControlServer } from './control/control-server.ts';
import { ABANDONED_WAIT_MS, type DataDirError, openDataDir } from './data-dir/data-dir.ts';
import { DEFAULT_VERSION, forwardAppEngineEvents } from './events/forward-app-engine-events.ts';
import { type StackEvent, StackEvents } from './events/stack-events.ts';
import { createEmulatorProcesses } from './processes/emulator-processes.ts';
import type { EmulatorName } from './processes/emulator-scripts.ts';
import { refuseTakenPorts, type WantedPort } from './processes/refuse-taken-ports.ts';
import { awaitMailbox, awaitServices, readQueues, seedFirestore } from './readiness/await-parts.ts';
import { appYamlPaths } from './services/app-yaml-paths.ts';
import { httpTaskSettings, schedulerHeaders, type TaskTargetName } from './services/http-tasks.ts';
import { serviceOverlay, serviceSettings } from './services/service-overlay.ts';
import { inheritedEnvironment } from './settings/inherited-environment.ts';
import { HOST, PROJECT } from './settings/local-settings.ts';
import { StackParts } from './stack/stack-parts.ts';
import { bannerLines } from './terminal/banner-lines.ts';
import { createEventLines } from './terminal/event-lines.ts';

/** Where the parts listen; 0 takes a free port. */
export interface StackPorts {
  readonly frontDoor: number;
  readonly cloudTasks: number;
  readonly firestore: number;
  readonly smtp: number;
}

/** A further version of a service, beside the `v1` that takes its traffic. */
export interface ExtraVersion {
  readonly service: ServiceFolder;
  readonly version: string;
  /** Environment variables of this version alone. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LocalStackOptions {
  /** The repository's root, with apps/ and queue-config/. */
  readonly rootDir: string;
  readonly dataDir: string;
  /** Empty the data folder first. Default false. */
  readonly fresh?: boolean;
  /** Default: free ones. */
  readonly ports?: Partial<StackPorts>;
  /** Gets the lines for people: the banner, then what happens. Default: nowhere. */
  readonly output?: (line: string) => void;
  /** Of this, PATH, HOME and the like are handed on; credentials and settings of real clouds are not. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default none. */
  readonly services?: readonly ExtraVersion[];
  /** Environment variables of every version, beside what leads to the emulators. Default none. */
  readonly serviceEnvironment?: Readonly<Record<string, string>>;
  /**
   * How tasks get to the worker. `http`: with ID tokens, as on Cloud Run; tasks that wait in the data folder must be of
   * the same kind. Default `app-engine`.
   */
  readonly taskTarget?: TaskTargetName;
  /** Faults that the Cloud Tasks emulator injects, after its restarts too: its `--faults`. Default none. */
  readonly cloudTasksFaults?: Readonly<Record<string, number>>;
  /** Default `<rootDir>/queue-config/queues.yaml`. */
  readonly queuesFile?: string;
  /** Run the services from their staged folders in here, by the names of apps/. Default: from their sources. */
  readonly stagesDir?: string;
  /** Added to the commands in the banner, where the data folder is not the default one. */
  readonly dataDirFlag?: string;
  /** Ends the start, or what it started, when it is aborted. */
  readonly signal?: AbortSignal;
}

/** What can be killed: an emulator's process, or all processes of a service. */
export type KillableName = EmulatorName | ServiceFolder;

/** A stack that runs. */
export interface LocalStack {
  readonly ports: StackPorts & { readonly payments: number; readonly warehouse: number };
  readonly urls: {
    /** The default service. Others are reached with the Host header `worker.localhost`. */
    readonly frontDoor: string;
    readonly cloudTasks: string;
    readonly firestore: string;
    readonly payments: string;
  };
  readonly project: string;
  /** App Engine itself: its services, versions, cron. */
  readonly appEngine: AppEngineEmulator;
  /** What has happened so far, oldest first. */
  readonly events: readonly StackEvent[];
  /** The first event that fits, of those that have happened and those to come. @throws {Error} if none came in time */
  waitForEvent(predicate: (event: StackEvent) => boolean, timeoutMs: number): Promise<StackEvent>;
  /** Sends a signal; resolves when the process has ended. It is started again. */
  killProcess(name: KillableName, signal: NodeJS.Signals): Promise<void>;
  /** Kills an emulator and keeps it down until the returned function is called. */
  takeDown(name: EmulatorName): Promise<() => void>;
  /** Resolves once a process that was killed answers again. */
  whenReady(name: KillableName): Promise<void>;
  /** How far the clock is ahead of the machine's, in milliseconds. */
  readonly clockOffsetMs: number;
  /** Moves the clock of all parts ahead. */
  advance(advanceMs: number): Promise<void>;
  /** What the mailbox has taken, oldest first. */
  mails(): Promise<Mail[]>;
  /** What the payment sandbox has charged, oldest first. */
  charges(): Promise<Charge[]>;
  /** What the payment sandbox has given back, oldest first. */
  refunds(): Promise<Refund[]>;
  /** What the warehouse was told to send, oldest first. */
  shipments(): Promise<Shipment[]>;
  /** Resolves with the reason when the stack can't go on: somebody removed or replaced its data folder. Then close it. */
  readonly failed: Promise<DataDirError>;
  /** Ends everything in order. */
  close(): Promise<void>;
}

/**
 * Starts the whole system: the emulators, each in a process of its own, App Engine in this one, and behind it the
 * services of apps/. Resolves when each part has answered; a start that fails leaves nothing running.
 * @throws {StackRefusedError} on App Engine itself
 * @throws {NotStagedError | DataDirError | PortsTakenError | ProcessStartError | ServiceStartError | NotReadyError}
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  refuseOnAppEngine(options.environment);
  options.signal?.throwIfAborted();
  const parts = new StackParts();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const onAbort = (): void => aborted.reject(options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort);
  const starting = start(options, parts, aborted.reject);
  starting.catch(() => {});
  try {
    return await Promise.race([starting, aborted.promise]);
  } catch (error) {
    await parts.close();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

async function start(
  options: LocalStackOptions,
  parts: StackParts,
  giveUp: (error: Error) => void,
): Promise<LocalStack> {
  const startedAtMs = performance.now();
  const { rootDir, output = () => {} } = options;
  const appYamls = appYamlPaths(SERVICE_FOLDERS, { rootDir, stagesDir: options.stagesDir });
  const dataDir = await openDataDir({ path: options.dataDir, fresh: options.fresh ?? false });
  parts.setDataDir(dataDir);
  void dataDir.gone.then(giveUp);
  const wanted = { frontDoor: 0, cloudTasks: 0, firestore: 0, smtp: 0, ...options.ports };
  await refuseTakenPorts(wantedPorts(wanted), {
    host: HOST,
    waitMs: dataDir.wasAbandoned ? ABANDONED_WAIT_MS : 0,
  });

  const isHttp = options.taskTarget === 'http';
  const clock = new StackClock(dataDir.path);
  const events = new StackEvents(() => clock.clock.nowMs());
  const environment = inheritedEnvironment(options.environment, process.execPath);
  const trustedToken = randomBytes(32).toString('base64url');
  // The front door and Cloud Tasks must know each other's port before either listens.
  const frontDoorPort = wanted.frontDoor || (await findFreePort(HOST));
  const cloudTasksPort = wanted.cloudTasks || (await findFreePort(HOST));
  const emulators = createEmulatorProcesses({
    dataDir,
    environment,
    ports: { ...wanted, frontDoor: frontDoorPort, cloudTasks: cloudTasksPort },
    queuesFile: options.queuesFile ?? join(rootDir, 'queue-config/queues.yaml'),
    allowLoopbackHttpTokens: isHttp,
    cloudTasksFaults: options.cloudTasksFaults,
    trustedToken,
    clock,
    events,
  });
  parts.setEmulators(emulators);
  const {
    'firestore-emulator': firestore,
    'cloud-tasks-emulator': cloudTasks,
    'payment-sandbox': payments,
    mailbox,
    warehouse,
  } = emulators;

  await Promise.all([firestore.start(), payments.start(), mailbox.start(), warehouse.start()]);
  const ports = {
    frontDoor: frontDoorPort,
    cloudTasks: cloudTasksPort,
    firestore: firestore.port,
    smtp: mailbox.port,
    payments: payments.port,
    warehouse: warehouse.port,
  };
  // The console must know where the stack is controlled before that listens: it does so last.
  const controlPort = await findFreePort(HOST);
  const controlToken = newControlToken();
  const overlay = {
    ...serviceOverlay(ports),
    ...(isHttp && httpTaskSettings(ports)),
    ...options.serviceEnvironment,
  };
  const cronYaml = join(rootDir, 'cron.yaml');
  const dispatchYaml = join(rootDir, 'dispatch.yaml');
  const appEngine = await startAppEngineEmulator({
    host: HOST,
    port: frontDoorPort,
    project: PROJECT,
    services: serviceSpecs(appYamls, options.services ?? [], {
      overlay,
      perService: serviceSettings({ url: `http://${HOST}:${controlPort}`, token: controlToken }),
    }),
    ...(existsSync(cronYaml) && { cronYaml }),
    ...(existsSync(dispatchYaml) && { dispatchYaml }),
    ...(isHttp && { cronHeaders: () => schedulerHeaders(ports) }),
    clock: clock.clock,
    trustedToken,
    environment,
  });
  await parts.setAppEngine(appEngine);
  forwardAppEngineEvents(appEngine, events);

  // Cloud Tasks comes when the front door listens: it sends at once what came due while it was away.
  const [queues] = await Promise.all([
    cloudTasks.start().then(() => readQueues(cloudTasks.port)),
    seedFirestore(firestore.port),
    awaitMailbox(mailbox.port),
    appEngine.whenReady().then(() => awaitServices(serviceHosts(appEngine), frontDoorPort)),
  ]);
  const followers = { usedByTasks: [firestore, payments], cloudTasks };
  const advance = (advanceMs: number): Promise<void> => clock.advance(advanceMs, followers);
  const killProcess = (name: KillableName, signal: NodeJS.Signals): Promise<void> =>
    name in emulators
      ? emulators[name as EmulatorName].kill(signal)
      : appEngine.killInstance(serviceName(name), undefined, signal);
  const mails = (): Promise<Mail[]> => readMailbox(dataDir.folder('mailbox'));
  const control = await startControlServer({
    dataDir: dataDir.path,
    clock: clock.clock,
    advance,
    port: controlPort,
    token: controlToken,
    // The console would cut the answer to its own request.
    processes: [...SERVICE_FOLDERS.filter((name) => name !== 'console'), ...Object.keys(emulators)],
    kill: (name) => killProcess(name as KillableName, 'SIGKILL'),
    services: () => appEngine.services(),
    mails,
  });
  await parts.setControl(control);

  const banner = bannerLines({
    ports,
    serviceHosts: serviceHosts(appEngine).filter((host) => host !== 'localhost'),
    dataDir: dataDir.path,
    dataDirFlag: options.dataDirFlag ?? '',
    clockOffsetMs: clock.clock.offsetMs,
    queues,
    catalogue,
    exampleProductId: SAMPLE_PRODUCTS[0]?.productId ?? '',
    tookMs: performance.now() - startedAtMs,
  });
  for (const line of banner) output(line);
  const linesOf = createEventLines();
  events.listen((event) => {
    for (const line of linesOf(event)) output(line);
  });

  return {
    ports,
    urls: {
      frontDoor: `http://${HOST}:${ports.frontDoor}`,
      cloudTasks: `http://${HOST}:${ports.cloudTasks}`,
      firestore: `http://${HOST}:${ports.firestore}`,
      payments: `http://${HOST}:${ports.payments}`,
    },
    project: PROJECT,
    appEngine,
    get events() {
      return events.all;
    },
    waitForEvent: (predicate, timeoutMs) => events.waitFor(predicate, timeoutMs),
    killProcess,
    takeDown: (name) => emulators[name].takeDown(),
    whenReady: (name) =>
      name in emulators
        ? emulators[name as EmulatorName].whenReady()
        : awaitServices([hostOf(serviceName(name), DEFAULT_VERSION)], frontDoorPort),
    get clockOffsetMs() {
      return clock.clock.offsetMs;
    },
    advance,
    mails,
    charges: () => readCharges(ports.payments),
    refunds: () => readRefunds(ports.payments),
    shipments: () => readShipments(ports.warehouse),
    failed: dataDir.gone,
    close: () => parts.close(),
  };
}

/** Thrown where the stack must not run. */
export class StackRefusedError extends Error {
  override readonly name = 'StackRefusedError';
  readonly code = 'NOT_A_LAPTOP';
}

function refuseOnAppEngine(environment: Readonly<Record<string, string | undefined>>): void {
  const { GAE_ENV } = environment;
  if (GAE_ENV === undefined || GAE_ENV === '') return;
  throw new StackRefusedError(
    `GAE_ENV is set (${GAE_ENV}): this is App Engine, where the real services are. The local stack is for a laptop; unset GAE_ENV to start it`,
  );
}

function wantedPorts(ports: StackPorts): WantedPort[] {
  return [
    { port: ports.frontDoor, purpose: 'the front door', flag: '--port' },
    { port: ports.cloudTasks, purpose: 'Cloud Tasks', flag: '--tasks-port' },
    { port: ports.firestore, purpose: 'Firestore', flag: '--firestore-port' },
    { port: ports.smtp, purpose: 'the mailbox', flag: '--smtp-port' },
  ];
}

/** The services of the stack, by the names of their folders in apps/. */
const SERVICE_FOLDERS = ['frontend', 'worker', 'console'] as const;
type ServiceFolder = (typeof SERVICE_FOLDERS)[number];

function serviceSpecs(
  appYamls: Readonly<Record<ServiceFolder, string>>,
  extraVersions: readonly ExtraVersion[],
  settings: { overlay: Record<string, string>; perService: ReturnType<typeof serviceSettings> },
): ServiceSpec[] {
  const { overlay, perService } = settings;
  return [
    ...SERVICE_FOLDERS.map((folder) => ({
      appYaml: appYamls[folder],
      version: DEFAULT_VERSION,
      serving: true,
      env: { ...overlay, ...perService[folder] },
    })),
    ...extraVersions.map(({ service, version, environment }) => ({
      appYaml: appYamls[service],
      version,
      env: { ...overlay, ...perService[service], ...environment },
    })),
  ];
}

/** App Engine's name of a service. */
function serviceName(folder: string): string {
  return folder === 'frontend' ? 'default' : folder;
}

function serviceHosts(appEngine: AppEngineEmulator): string[] {
  return appEngine.services().map(({ service, version }) => hostOf(service, version));
}

/** The host that leads to a version of a service; to the serving one, where it is the first. */
function hostOf(service: string, version: string): string {
  const names = [
    version === DEFAULT_VERSION ? [] : [version],
    service === 'default' && version === DEFAULT_VERSION ? [] : [service],
  ];
  return [...names.flat(), 'localhost'].join('.');
}
