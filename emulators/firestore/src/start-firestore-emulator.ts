import {
  AllowedHosts,
  type ControlRoute,
  createControlListener,
  type DatabaseGoneError,
  listenOnOnePort,
  type MovableClock,
  openMovableClock,
  sendJson,
} from '@waybill/emulator-kit';
import { createFirestoreServer } from './grpc/firestore-server.ts';
import { ListenHub, type ListenLimits } from './listen/listen-hub.ts';
import { DocumentStore } from './store/document-store.ts';
import { type EngineLimits, FirestoreEngine } from './transactions/firestore-engine.ts';
import { ReadTurns } from './transactions/read-turns.ts';
import { RerunPlan, type RerunSettings } from './transactions/rerun-plan.ts';
import { type Usage, UsageMeter } from './usage/usage-meter.ts';
import { watchClosedConnections } from './watch-closed-connections.ts';

/** A running emulator. */
export interface FirestoreEmulator {
  readonly host: string;
  readonly port: number;
  readonly clock: MovableClock;
  /** What clients have used, as Firestore would bill it, since the start or the last reset. */
  usage(): Usage;
  resetUsage(): void;
  /** What is open now: nothing once all clients are done. */
  openWork(): OpenWork;
  /**
   * Deletes every document, as one commit: listeners are told.
   * @param database only of this database, `projects/PROJECT/databases/DATABASE`
   * @returns the number of documents
   */
  clear(database?: string): Promise<number>;
  /** Resolves when the data's files were removed or replaced: commits are refused from then on. */
  readonly dataGone: Promise<DatabaseGoneError>;
  /** Lets open calls end (at most 2 seconds), ends all transactions, and closes the data. */
  close(): Promise<void>;
  /** Closes it at the end of a block: `await using emulator = await startFirestoreEmulator()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What clients hold open. */
export interface OpenWork {
  readonly transactions: number;
  /** Locked documents. */
  readonly locks: number;
  /** Calls that wait for locks of others. */
  readonly lockWaits: number;
  readonly listenStreams: number;
  readonly listenTargets: number;
  /** Events that wait for listeners to read them. */
  readonly queuedEvents: number;
}

export interface FirestoreEmulatorOptions {
  /** Default 127.0.0.1: nobody else's business. */
  host?: string;
  /** Host names that requests may carry beside loopback addresses and `localhost`; default none. */
  allowHosts?: readonly string[];
  /** Default 0: any free port. */
  port?: number;
  /** Where the data is kept over restarts, and kill -9; default: in memory only. */
  dataDir?: string;
  /** What time commits and reads have; default: the machine's, ahead by the offset kept in `dataDir`. */
  clock?: MovableClock;
  /** Limits of transactions, in milliseconds; default: the real service's. */
  limits?: Partial<EngineLimits>;
  /** Transactions to abort although nothing stands in their way, so that their functions run again. Default: none. */
  faults?: RerunSettings;
  /** Limits of listeners; default: 1,000 streams, 100 targets each, told every 30 seconds that they are up to date. */
  listenLimits?: Partial<ListenLimits>;
  /**
   * Told why commits can't be written, e.g. as the disk is full: clients are told UNAVAILABLE, and try again in silence.
   * Once until a commit was written again.
   */
  onWriteFailed?: (error: Error) => void;
}

const DEFAULT_LIMITS: EngineLimits = {
  idleMs: 60_000,
  totalMs: 270_000,
  orphanedMs: 1_000,
  lockWaitMs: 15_000,
};

const DEFAULT_LISTEN_LIMITS: ListenLimits = {
  maxStreams: 1_000,
  maxTargetsPerStream: 100,
  heartbeatMs: 30_000,
};

/**
 * Starts Firestore: gRPC for the official clients, and the control routes (`/emulator/health`, `/emulator/clock`,
 * `/emulator/usage`) over HTTP, on one port. Any project and database may be named; they are kept apart.
 * @throws {PortTakenError} if the port is in use
 * @throws {Error} if another process uses the data folder
 */
export async function startFirestoreEmulator(
  options: FirestoreEmulatorOptions = {},
): Promise<FirestoreEmulator> {
  const { host = '127.0.0.1', port = 0, dataDir } = options;
  const clock = options.clock ?? openMovableClock(dataDir);
  const store = new DocumentStore({ dataDir, clock, onWriteFailed: options.onWriteFailed });
  const usage = new UsageMeter();
  const turns = new ReadTurns(() => performance.now());
  const engine = new FirestoreEngine(store, { ...DEFAULT_LIMITS, ...options.limits }, usage, {
    reruns: new RerunPlan(options.faults),
    turns,
  });
  const listenLimits = { ...DEFAULT_LISTEN_LIMITS, ...options.listenLimits };
  const hub = new ListenHub({ store, limits: listenLimits, usage, turns });
  let listeningPort: number | undefined;
  const stopWatching = watchClosedConnections(
    () => listeningPort,
    (peer) => engine.connectionClosed(peer),
  );
  const clear = async (database?: string): Promise<number> => {
    const count = store.clear(database);
    await store.durable();
    return count;
  };
  try {
    const server = await listenOnOnePort({
      host,
      port,
      hosts: new AllowedHosts({ listenHost: host, further: options.allowHosts ?? [] }),
      grpc: createFirestoreServer(engine, hub, usage),
      http: createControlListener({
        service: 'firestore',
        clock,
        routes: { ...usageRoutes(usage), ...clearRoute(clear) },
      }),
    });
    listeningPort = server.port;
    const close = async (): Promise<void> => {
      stopWatching();
      // Before the server: it would wait for streams that end only when their clients want.
      hub.close();
      engine.close();
      await server.close();
      store.close();
    };
    return {
      host: server.host,
      port: server.port,
      clock,
      usage: () => usage.report(),
      resetUsage: () => usage.reset(),
      openWork() {
        const { streams, targets, queuedEvents } = hub.openWork;
        return { ...engine.openWork, listenStreams: streams, listenTargets: targets, queuedEvents };
      },
      dataGone: store.gone,
      clear,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    stopWatching();
    store.close();
    throw error;
  }
}

/** `GET /emulator/usage` answers what `usage()` does; `POST /emulator/usage:reset` starts counting anew. */
function usageRoutes(usage: UsageMeter): Record<`${'GET' | 'POST'} /emulator/${string}`, ControlRoute> {
  return {
    'GET /emulator/usage': (_request, response) => sendJson(response, 200, usage.report()),
    'POST /emulator/usage:reset': (_request, response) => {
      usage.reset();
      sendJson(response, 200, usage.report());
    },
  };
}

/** `POST /emulator/clear` does what `clear()` does; `{"database": …}` names one. */
function clearRoute(
  clear: (database?: string) => Promise<number>,
): Record<'POST /emulator/clear', ControlRoute> {
  return {
    'POST /emulator/clear': async (_request, response, body) => {
      const { database } = (body ?? {}) as { database?: unknown };
      if (database !== undefined && !/^projects\/[^/]+\/databases\/[^/]+$/.test(String(database))) {
        const title = `database must be projects/PROJECT/databases/DATABASE, got ${JSON.stringify(database)}`;
        sendJson(response, 400, { status: 400, code: 'BAD_DATABASE', title });
        return;
      }
      sendJson(response, 200, { deleted: await clear(database as string | undefined) });
    },
  };
}
