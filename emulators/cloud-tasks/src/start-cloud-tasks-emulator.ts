import {
  AllowedHosts,
  createControlListener,
  listenOnOnePort,
  type MovableClock,
  openMovableClock,
} from '@waybill/emulator-kit';
import { readClientProtos } from './api/client-protos.ts';
import { createApiServices } from './api/create-api-services.ts';
import { createFunctionTaskMethods } from './api/function-task-methods.ts';
import { type AttemptFilter, AttemptLog, type RecordedAttempt } from './control/attempt-log.ts';
import { controlRoutes } from './control/control-routes.ts';
import { HttpDispatcher } from './dispatch/http-dispatcher.ts';
import type { AppEngine } from './dispatch/target-request.ts';
import { CloudTasksEngine, type TombstoneTtls } from './engine/cloud-tasks-engine.ts';
import { EmulatorEvents } from './engine/emulator-events.ts';
import { appEngineHostSuffix } from './engine/locations.ts';
import type { ThrottlingSettings } from './engine/queues/queue-throttle.ts';
import { FaultPlan } from './faults/fault-plan.ts';
import { faultRoutes } from './faults/fault-routes.ts';
import type { FaultSettings } from './faults/fault-settings.ts';
import { FaultyDispatcher } from './faults/faulty-dispatcher.ts';
import { refuseCalls } from './faults/refuse-calls.ts';
import { loadDescriptors } from './grpc/descriptors.ts';
import { createGrpcServer } from './grpc/grpc-server.ts';
import { createIdentityListener } from './identity/identity-listener.ts';
import { TokenIssuer } from './identity/token-issuer.ts';
import { tokenRoutes } from './identity/token-routes.ts';
import { type DeclaredQueue, parseDeclaredQueues, readText } from './queue-file.ts';
import { QueuesInLocation } from './queues-in-location.ts';
import { createFunctionTasksListener } from './rest/function-tasks-listener.ts';
import { loadMessageTypes } from './rest/message-types.ts';
import { createRestListener } from './rest/rest-listener.ts';
import { watchFile } from './watch-file.ts';

/** Where the Firebase functions emulator listens if it is not told otherwise. */
const DEFAULT_FUNCTIONS_URL = 'http://127.0.0.1:5001';

export interface CloudTasksEmulatorOptions {
  /** Default 127.0.0.1: no other machine should be able to make this one send requests. */
  readonly host?: string;
  /** Host names that requests may carry beside loopback addresses and `localhost`; default none. */
  readonly allowHosts?: readonly string[];
  /** Default 0: any free one. */
  readonly port?: number;
  /** Where queues and tasks are kept; without it they end with the emulator. */
  readonly dataDir?: string;
  /** Default: a clock whose offset is kept in `dataDir`. */
  readonly clock?: MovableClock;
  /** Queues to create, or to give these settings, at the start; others stay as they are. */
  readonly queues?: {
    readonly project: string;
    readonly location: string;
    /** A file in the shape that `readQueueFile` reads. */
    readonly file?: string;
    /** Queues beside those of the file. */
    readonly list?: readonly DeclaredQueue[];
    /** Applies the file again whenever it changes. Default false. */
    readonly watch?: boolean;
  };
  /** Creates a queue with default settings when a task is created for it. Default false, as in the service. */
  readonly autoCreateQueues?: boolean;
  /** Maximum attempts of any task, for tests; the settings of queues stay as they are. Default: no such limit. */
  readonly maxAttempts?: number;
  /** Where tasks with an App Engine target go; without it their attempts fail. */
  readonly appEngine?: AppEngine & {
    /** What follows the project in hosts; default: that of the queue's location, such as `uc.r.appspot.com`. */
    readonly hostSuffix?: string;
  };
  /** The `iss` of the ID tokens that HTTP tasks carry, and where its key set is; default: where the emulator listens. */
  readonly issuer?: string;
  /** Lets tasks carry tokens over plain http to this machine; the service wants https, always. Default false. */
  readonly allowLoopbackHttpTokens?: boolean;
  /**
   * Where the functions of Firebase's tasks are, for tasks without a URL: below it, at PROJECT/LOCATION/QUEUE. Default: where
   * the Firebase functions emulator listens, http://127.0.0.1:5001.
   */
  readonly functionsUrl?: string;
  /** How long names stay reserved; default 1 hour for tasks, 7 days for queues. */
  readonly tombstoneTtls?: TombstoneTtls;
  /** How rates fall by themselves, as in the service; default: they do not. */
  readonly throttling?: ThrottlingSettings;
  /** For task ids; default Math.random. */
  readonly random?: () => number;
  /** How long `close` lets open dispatches go on, in milliseconds; default 2,000. */
  readonly closeGraceMs?: number;
  /** Faults to inject, for tests of what must bear them; default none. */
  readonly faults?: FaultSettings;
}

/** A running emulator. */
export interface CloudTasksEmulator {
  readonly host: string;
  readonly port: number;
  readonly clock: MovableClock;
  readonly events: EmulatorEvents;
  /** The `iss` of its ID tokens; `<issuer>/oauth2/v3/certs` is their key set. */
  readonly issuer: string;
  /** Resolves when no dispatch is open, and no task is due in a queue that runs. */
  whenIdle(): Promise<void>;
  /** Drops all tasks, reserved names and recorded attempts; queues stay. */
  reset(): Promise<void>;
  /**
   * Sends all tasks that are due, whatever rates, caps and pauses say; `all` sends those that are scheduled for later,
   * too. Follow it by `whenIdle`. @returns the number of tasks
   */
  runDue(which?: 'due' | 'all'): number;
  /** The last attempts, of finished and deleted tasks too, the latest at the end. */
  attempts(filter?: AttemptFilter): RecordedAttempt[];
  /** Ends it: no new dispatches; open ones get a moment to end, else they are sent again after the next start. */
  close(): Promise<void>;
  /** Closes it at the end of a block: `await using emulator = await startCloudTasksEmulator()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts Cloud Tasks on one port: gRPC, REST, and the control routes.
 * @throws {PortTakenError} if the port is in use
 * @throws {QueueFileError} if the queue file cannot be used
 * @throws {Error} if the data folder cannot be used
 */
export async function startCloudTasksEmulator(
  options: CloudTasksEmulatorOptions = {},
): Promise<CloudTasksEmulator> {
  const { host = '127.0.0.1', dataDir, appEngine, queues, closeGraceMs = 2_000 } = options;
  const queueFile = queues?.file ? { path: queues.file, text: readText(queues.file) } : undefined;
  const fromFile = queueFile && parseDeclaredQueues(queueFile.path, queueFile.text);
  const clock = options.clock ?? openMovableClock(dataDir);
  const events = new EmulatorEvents();
  const hostSuffixOf = (location: string): string => appEngine?.hostSuffix ?? appEngineHostSuffix(location);
  let issuer = options.issuer ?? '';
  const tokens = new TokenIssuer({ dataDir, issuer: () => issuer, wallClockMs: Date.now });
  const attempts = new AttemptLog(clock);
  const http = new HttpDispatcher({
    appEngine,
    hostSuffixOf,
    tokens,
    onExchange: (dispatch, exchange) => attempts.add(dispatch, exchange),
    wallClockMs: Date.now,
  });
  const faults = new FaultPlan(options.faults);
  const dispatcher = new FaultyDispatcher(http, faults);
  const protos = readClientProtos();
  const engine = new CloudTasksEngine({
    dataDir,
    clock,
    dispatcher,
    events,
    hostSuffixOf,
    allowLoopbackHttpTokens: options.allowLoopbackHttpTokens ?? false,
    ...(options.tombstoneTtls && { tombstoneTtls: options.tombstoneTtls }),
    autoCreateQueues: options.autoCreateQueues ?? false,
    maxAttempts: options.maxAttempts,
    ...(options.throttling && { throttling: options.throttling }),
    random: options.random ?? Math.random,
    monotonicMs: () => performance.now(),
  });
  let stopWatching = (): void => {};
  const end = async (): Promise<void> => {
    stopWatching();
    dispatcher.endWaits();
    await http.abandon();
    await engine.close();
  };
  try {
    if (queues !== undefined) {
      const location = new QueuesInLocation(
        engine,
        `projects/${queues.project}/locations/${queues.location}`,
      );
      if (fromFile !== undefined) location.load(fromFile);
      location.declare(queues.list ?? []);
      if (queueFile && queues.watch) stopWatching = watchQueueFile(queueFile, location, events);
    }
    await engine.committed();
    const types = loadMessageTypes(protos);
    const services = createApiServices({ engine, types, hostSuffixOf, faults });
    const functionTasks = refuseCalls(
      createFunctionTaskMethods(engine, options.functionsUrl ?? DEFAULT_FUNCTIONS_URL),
      faults,
    );
    const server = await listenOnOnePort({
      host,
      port: options.port ?? 0,
      hosts: new AllowedHosts({ listenHost: host, further: options.allowHosts ?? [] }),
      grpc: createGrpcServer({
        descriptors: loadDescriptors(protos),
        services,
        types,
        wallClockMs: Date.now,
        onUnknownField: (message, field) => events.publish('unknownField', { message, field }),
      }),
      http: createControlListener({
        service: 'cloud-tasks',
        clock,
        routes: { ...controlRoutes(engine, attempts), ...faultRoutes(faults), ...tokenRoutes(tokens) },
        otherwise: createIdentityListener(
          tokens,
          createFunctionTasksListener(
            { types, methods: functionTasks },
            createRestListener({ types, services }),
          ),
        ),
      }),
    });
    issuer ||= urlOf(server.host, server.port);
    engine.start();
    const close = async (): Promise<void> => {
      stopWatching();
      engine.stop();
      await Promise.all([server.close(closeGraceMs), engine.whenNoneOpen(closeGraceMs)]);
      await end();
    };
    return {
      host: server.host,
      port: server.port,
      clock,
      events,
      issuer,
      whenIdle: () => engine.whenIdle(),
      runDue: (which) => engine.runDue(which),
      attempts: (filter) => attempts.list(filter),
      async reset() {
        await engine.reset();
        attempts.clear();
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** How this machine reaches a server; one that listens everywhere is reached on loopback. */
function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/**
 * Applies a queue file whenever its text changes. A file with problems changes nothing.
 * @param loaded the text that was applied at the start
 * @returns ends it
 */
function watchQueueFile(
  loaded: { readonly path: string; readonly text: string },
  location: QueuesInLocation,
  events: EmulatorEvents,
): () => void {
  const { path: file } = loaded;
  let applied = loaded.text;
  return watchFile(file, () => {
    let queues = 0;
    const apply = async (): Promise<void> => {
      const text = readText(file);
      if (text === applied) return;
      applied = text;
      const declared = parseDeclaredQueues(file, text);
      queues = declared.queues.length;
      await location.reload(declared);
      events.publish('queueFileChanged', { file, queues });
    };
    apply().catch((error: Error) => events.publish('queueFileChanged', { file, queues, error }));
  });
}
