import type { RequestListener } from 'node:http';
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
import type { AnyIndexFile } from '@waybill/google-config';
import { dataRoutes } from './control/data-routes.ts';
import { createGoogleControlListener } from './control/google-control-listener.ts';
import type { Dump } from './data-folder/dump-documents.ts';
import { EmulatorData } from './data-folder/emulator-data.ts';
import { TtlDeleter } from './expiry/ttl-deleter.ts';
import { TtlPolicies } from './expiry/ttl-policies.ts';
import { createCallHandlers, createFirestoreServer } from './grpc/firestore-server.ts';
import { IndexRules, type MissingIndex } from './indexes/index-rules.ts';
import { ListenHub, type ListenLimits } from './listen/listen-hub.ts';
import { createRestListener } from './rest/rest-listener.ts';
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
   * Deletes every document, as one commit: listeners are told. Open transactions are aborted.
   * @param database only of this database, `projects/PROJECT/databases/DATABASE`
   * @returns the number of documents
   */
  clear(database?: string): Promise<number>;
  /** All documents by database and path, with their fields as the REST API writes them: equal data gives equal text. */
  dump(database?: string): Dump;
  /**
   * Writes all documents, or those of one database, into a folder, which is made if it is not there.
   * @returns the number of documents
   * @throws {DataFolderError} if the folder holds anything but an earlier export, or cannot be written
   */
  export(directory: string, database?: string): Promise<number>;
  /**
   * Sets the documents of an exported folder, as one commit; others stay. Open transactions are aborted.
   * @returns the number of documents
   * @throws {DataFolderError} if the folder is no export of this emulator
   */
  import(directory: string): Promise<number>;
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
  /** A folder that `export` wrote, whose documents are set at the start. Default: none. */
  importDir?: string;
  /** A folder into which `close` exports all documents. Default: none. */
  exportDir?: string;
  /** What time commits and reads have; default: the machine's, ahead by the offset kept in `dataDir`. */
  clock?: MovableClock;
  /**
   * A firestore.indexes.json, as the Firebase CLI has it. Queries that its indexes and the automatic ones do not serve fail as
   * in production. Documents are deleted by its TTL policies as soon as the clock reaches their time. Default: every query is
   * served, and no document expires.
   */
  indexes?: string;
  /** Told of each index that a query needed, once. */
  onMissingIndex?: (index: MissingIndex) => void;
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
 * Starts Firestore: gRPC and REST for the official clients, and the control routes (`/emulator/health`, `/emulator/clock`,
 * `/emulator/dump` …) over HTTP, on one port. Any project and database may be named; they are kept apart.
 * @throws {PortTakenError} if the port is in use
 * @throws {YamlFileError} naming every problem of the file of indexes
 * @throws {DataFolderError} if `importDir` is no export of this emulator
 * @throws {Error} if another process uses the data folder
 */
export async function startFirestoreEmulator(
  options: FirestoreEmulatorOptions = {},
): Promise<FirestoreEmulator> {
  const { host = '127.0.0.1', port = 0, dataDir } = options;
  const indexFile = options.indexes === undefined ? undefined : await readIndexes(options.indexes);
  const clock = options.clock ?? openMovableClock(dataDir);
  const store = new DocumentStore({ dataDir, clock, onWriteFailed: options.onWriteFailed });
  const usage = new UsageMeter();
  const indexes = indexFile && new IndexRules(indexFile, options.onMissingIndex);
  const turns = new ReadTurns(() => performance.now());
  const engine = new FirestoreEngine(store, { ...DEFAULT_LIMITS, ...options.limits }, usage, {
    reruns: new RerunPlan(options.faults),
    turns,
    indexes,
  });
  const listenLimits = { ...DEFAULT_LISTEN_LIMITS, ...options.listenLimits };
  const hub = new ListenHub({ store, limits: listenLimits, usage, turns, indexes });
  let listeningPort: number | undefined;
  const stopWatching = watchClosedConnections(
    () => listeningPort,
    (peer) => engine.connectionClosed(peer),
  );
  const hosts = new AllowedHosts({ listenHost: host, further: options.allowHosts ?? [] });
  const handlers = createCallHandlers(engine, hub, usage);
  const data = new EmulatorData(engine);
  const policies = new TtlPolicies(indexFile?.fieldOverrides ?? []);
  let deleter: TtlDeleter | undefined;
  try {
    if (options.importDir !== undefined) await data.import(options.importDir);
    const server = await listenOnOnePort({
      host,
      port,
      hosts,
      grpc: createFirestoreServer(handlers),
      http: createGoogleControlListener(
        { data, hosts },
        createControlListener({
          service: 'firestore',
          clock,
          routes: { ...usageRoutes(usage), ...dataRoutes(data) },
          otherwise: lazily(() => createRestListener({ handlers, hosts })),
        }),
      ),
    });
    listeningPort = server.port;
    if (!policies.isEmpty) deleter = new TtlDeleter(engine, policies, clock);
    const close = async (): Promise<void> => {
      stopWatching();
      deleter?.close();
      // Before the server: it would wait for streams that end only when their clients want.
      hub.close();
      engine.close();
      await server.close();
      try {
        if (options.exportDir !== undefined) await data.export(options.exportDir);
      } finally {
        store.close();
      }
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
      clear: (database) => data.clear(database),
      dump: (database) => data.dump(database),
      export: (directory, database) => data.export(directory, database),
      import: (directory) => data.import(directory),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    stopWatching();
    store.close();
    throw error;
  }
}

/** Loads the reader only for those who declare indexes: the others start sooner. */
async function readIndexes(file: string): Promise<AnyIndexFile> {
  const { readAnyIndexFile } = await import('@waybill/google-config');
  return readAnyIndexFile(file);
}

/** Makes a listener when its first request comes: most emulators never get one, and start sooner. */
function lazily(make: () => RequestListener): RequestListener {
  let listener: RequestListener | undefined;
  return (request, response) => {
    listener ??= make();
    return listener(request, response);
  };
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
