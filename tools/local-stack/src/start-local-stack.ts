import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startAdminApi, trustedTokenHeader, writeGcloudConfiguration } from '@waybill/app-engine-emulator';
import type { Catalogue } from '@waybill/contract-kit';
import { findFreePort } from '@waybill/emulator-kit';
import { SAMPLE_PRODUCTS } from '@waybill/orders';
import { catalogue } from '@waybill/task-contracts';
import { StackClock } from './clock/stack-clock.ts';
import { newControlToken, startControlServer } from './control/control-server.ts';
import { ABANDONED_WAIT_MS, openDataDir } from './data-dir/data-dir.ts';
import { forwardAppEngineEvents } from './events/forward-app-engine-events.ts';
import { StackEvents } from './events/stack-events.ts';
import { reservePorts, runningPorts, type StackPorts } from './ports/stack-ports.ts';
import { createEmulatorProcesses, type EmulatorProcesses } from './processes/emulator-processes.ts';
import { awaitMailbox, awaitServices, readQueues, seedFirestore } from './readiness/await-parts.ts';
import { appYamlPaths } from './services/app-yaml-paths.ts';
import type { TaskTargetName } from './services/http-tasks.ts';
import type { ExtraVersion } from './services/service-specs.ts';
import { debuggersOf, startServices } from './services/start-services.ts';
import { inheritedEnvironment } from './settings/inherited-environment.ts';
import { HOST, PROJECT } from './settings/local-settings.ts';
import { serviceHosts, stackServices } from './settings/service-names.ts';
import { createLocalStack, type KillableName, type LocalStack } from './stack/local-stack.ts';
import { refuseOnAppEngine } from './stack/refuse-on-app-engine.ts';
import { StackParts } from './stack/stack-parts.ts';
import { bannerLines } from './terminal/banner-lines.ts';
import { createEventLines } from './terminal/event-lines.ts';

export interface LocalStackOptions {
  /** The application's root, with apps/, queue-config/ and cron.yaml. Each folder of apps/ with an app.yaml is a service. */
  readonly rootDir: string;
  /** Its contracts, for the banner. Default: this repository's. */
  readonly catalogue?: Catalogue;
  readonly dataDir: string;
  /** Empty the data folder first. Default false. */
  readonly fresh?: boolean;
  /** Default: free ones. */
  readonly ports?: Partial<StackPorts>;
  /** Host names that requests may carry beside `localhost` and loopback addresses. Default none. */
  readonly allowHosts?: readonly string[];
  /** Gets the lines for the terminal: the banner, then one per event. Default: none. */
  readonly output?: (line: string) => void;
  /** PATH, HOME and the like are inherited from it; credentials and settings of real clouds are not. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default none. */
  readonly services?: readonly ExtraVersion[];
  /** Environment variables of every version, over those that point to the emulators. Default none. */
  readonly serviceEnvironment?: Readonly<Record<string, string>>;
  /**
   * How tasks get to the worker. `http`: with ID tokens, as on Cloud Run; tasks that wait in the data folder must be of
   * the same kind. Default `app-engine`.
   */
  readonly taskTarget?: TaskTargetName;
  /** Faults that the Cloud Tasks emulator injects, after its restarts too: its `--faults`. Default none. */
  readonly cloudTasksFaults?: Readonly<Record<string, number>>;
  /** Faults of the Firestore emulator, after its restarts too: its `--faults`. Default none. */
  readonly firestoreFaults?: Readonly<Record<string, number>>;
  /** Default `<rootDir>/queue-config/queues.yaml`. */
  readonly queuesFile?: string;
  /**
   * The firestore.indexes.json by which Firestore refuses queries and deletes expired documents. Default
   * `<rootDir>/firestore.indexes.json`; where that is not there, every query is served.
   */
  readonly indexesFile?: string;
  /** Run the services from their staged folders in here, by the names of apps/. Default: from their sources. */
  readonly stagesDir?: string;
  /** Open a debugger port per service, from 127.0.0.1:9229 on. Default false. */
  readonly inspect?: boolean;
  /** Added to the commands in the banner, where the data folder is not the default one. */
  readonly dataDirFlag?: string;
  /** Aborts the start. Once the stack runs it has no effect: then call `close()`. */
  readonly signal?: AbortSignal;
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
  abort: (error: Error) => void,
): Promise<LocalStack> {
  const startedAtMs = performance.now();
  const { rootDir, allowHosts = [] } = options;
  const services = stackServices(rootDir);
  const appYamls = appYamlPaths(services, { rootDir, stagesDir: options.stagesDir });
  const dataDir = await openDataDir({ path: options.dataDir, fresh: options.fresh ?? false });
  parts.setDataDir(dataDir);
  void dataDir.gone.then(abort);
  const reserved = await reservePorts(options.ports ?? {}, dataDir.wasAbandoned ? ABANDONED_WAIT_MS : 0);

  const usesHttpTasks = options.taskTarget === 'http';
  const clock = new StackClock(dataDir.path);
  const events = new StackEvents(() => clock.clock.nowMs());
  const environment = inheritedEnvironment(options.environment, process.execPath);
  const trustedToken = randomBytes(32).toString('base64url');
  const emulators = createEmulatorProcesses({
    dataDir,
    environment,
    ports: reserved,
    queuesFile: options.queuesFile ?? join(rootDir, 'queue-config/queues.yaml'),
    indexesFile: options.indexesFile ?? ifExists(join(rootDir, 'firestore.indexes.json')),
    allowLoopbackHttpTokens: usesHttpTasks,
    cloudTasksFaults: options.cloudTasksFaults,
    firestoreFaults: options.firestoreFaults,
    allowHosts,
    trustedToken,
    clock,
    events,
  });
  parts.setEmulators(emulators);
  await startDependencies(emulators);

  const ports = runningPorts(reserved, emulators);
  // The console must know the control server's address before that server starts, which is last.
  const control = { port: await findFreePort(HOST), token: newControlToken() };
  const appEngine = await startServices({
    rootDir,
    appYamls,
    extraVersions: options.services ?? [],
    ports,
    control: { url: `http://${HOST}:${control.port}`, token: control.token },
    usesHttpTasks,
    allowHosts,
    inspect: options.inspect ?? false,
    serviceEnvironment: options.serviceEnvironment ?? {},
    environment,
    trustedToken,
    clock: clock.clock,
  });
  await parts.setAppEngine(appEngine);
  forwardAppEngineEvents(appEngine, events);
  const adminApi = await startAdminApi({ emulator: appEngine, project: PROJECT, host: HOST, port: 0 });
  await parts.setAdminApi(adminApi);
  const gcloudConfig = dataDir.folder('gcloud');
  writeGcloudConfiguration(gcloudConfig, {
    project: PROJECT,
    url: adminApi.url,
    cloudTasks: `${HOST}:${ports.cloudTasks}`,
  });

  // Cloud Tasks starts when the front door listens: it dispatches overdue tasks at once.
  const [queues] = await Promise.all([
    emulators['cloud-tasks-emulator'].start().then(() => readQueues(ports.cloudTasks)),
    seedFirestore(ports.firestore),
    awaitMailbox(ports.smtp),
    appEngine.whenReady().then(() => awaitServices(serviceHosts(appEngine), ports.frontDoor)),
  ]);
  const stack = createLocalStack({
    dataDir,
    clock,
    events,
    emulators,
    appEngine,
    trustedHeaders: { [trustedTokenHeader]: trustedToken },
    ports,
    close: () => parts.close(),
  });
  await parts.setControl(
    await startControlServer({
      ...control,
      allowHosts,
      dataDir: dataDir.path,
      clock: clock.clock,
      advance: stack.advance,
      // A killed console could not answer the request that kills it.
      processes: [...services.filter((name) => name !== 'console'), ...Object.keys(emulators)],
      kill: (name) => stack.killProcess(name as KillableName, 'SIGKILL'),
      services: () => appEngine.services(),
      mails: stack.mails,
    }),
  );
  const banner = bannerLines({
    ports,
    serviceHosts: serviceHosts(appEngine).filter((host) => host !== 'localhost'),
    debuggers: debuggersOf(appEngine),
    dataDir: dataDir.path,
    gcloudConfig,
    dataDirFlag: options.dataDirFlag ?? '',
    clockOffsetMs: clock.clock.offsetMs,
    queues,
    catalogue: options.catalogue ?? catalogue,
    exampleProductId: SAMPLE_PRODUCTS[0]?.productId ?? '',
    tookMs: performance.now() - startedAtMs,
  });
  if (options.output !== undefined) printEvents(events, banner, options.output);
  return stack;
}

function ifExists(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

/** Starts the emulators that the services need before they answer: all but Cloud Tasks. */
async function startDependencies(emulators: EmulatorProcesses): Promise<void> {
  const { 'firestore-emulator': firestore, 'payment-sandbox': payments, mailbox, warehouse } = emulators;
  await Promise.all([firestore.start(), payments.start(), mailbox.start(), warehouse.start()]);
}

/** Prints the banner, and from then on a line per event. */
function printEvents(events: StackEvents, banner: readonly string[], output: (line: string) => void): void {
  for (const line of banner) output(line);
  const linesOf = createEventLines();
  events.listen((event) => {
    for (const line of linesOf(event)) output(line);
  });
}
