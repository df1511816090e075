import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../logging/logger.ts';
import { createShutdown, type Shutdown, type SignalSource } from './shutdown.ts';

/** Settings of {@link runService}. */
export interface RunServiceOptions {
  /** A Koa application, or a plain listener. */
  app: { callback(): http.RequestListener } | http.RequestListener;
  /** 0 takes a free one. */
  port: number;
  /** Default `0.0.0.0`: App Engine and Cloud Run reach a service from outside its own loopback. */
  host?: string | undefined;
  logger: Logger;
  /** Run one after the other once no request is left, to close clients and the like. */
  onStop?: readonly (() => Promise<void>)[] | undefined;
  /** The end of the service; default: one of its own, made of `signals` and `graceMs`. */
  shutdown?: Shutdown | undefined;
  /** See `createShutdown`; not used beside `shutdown`. */
  graceMs?: number | undefined;
  signals?: SignalSource | undefined;
  /**
   * Called last, with 0, or with 1 if something had to be cut off. main.ts passes `process.exit`: a handle that some
   * library keeps open can't then hold the process. Default: nothing, the process ends when nothing is left to do.
   */
  exit?: ((code: number) => void) | undefined;
}

/** A service that listens. */
export interface RunningService {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Resolves at the end of the shutdown; `clean` is false if requests or hooks were cut off. Never rejects. */
  readonly stopped: Promise<{ clean: boolean }>;
  /** Starts the shutdown, as SIGTERM does, and waits for its end. */
  stop(reason?: string): Promise<{ clean: boolean }>;
}

/** Thrown when another program listens on the port already. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly code = 'PORT_TAKEN';

  constructor(host: string, port: number, cause: unknown) {
    super(`Port ${port} on ${host} is taken: end the program that uses it, or choose another port`, {
      cause,
    });
  }
}

const SERVER_OPTIONS = {
  // App Engine's front end keeps idle connections for 650 s. If we closed them first, it could just then send a
  // request into the closing connection and answer it with a 502.
  keepAliveTimeout: 660_000,
  // Headers come in one piece from the front end; only a stuck or hostile sender takes long.
  headersTimeout: 20_000,
  // The whole request, body included. Bodies are at most about 1 MB. Handlers may run longer: this is only receiving.
  requestTimeout: 60_000,
  // How often the two limits above are looked at.
  connectionsCheckingInterval: 5_000,
} as const;

// Shares of the grace: requests first, then the hooks, and the rest for the process itself to end.
const REQUESTS_SHARE = 0.75;
const HOOKS_SHARE = 0.95;

/**
 * Starts to listen, and ends well: at the first signal `stopping` is aborted, no connection is taken any more, idle
 * ones are closed, requests under way are waited for, `onStop` is run, and everything is over within `graceMs`.
 *
 * @throws {PortTakenError} if the port is in use.
 */
export async function runService(options: RunServiceOptions): Promise<RunningService> {
  const { app, host = '0.0.0.0', logger, onStop = [], exit } = options;
  const shutdown = options.shutdown ?? createShutdown(options);
  const { stopping, graceMs } = shutdown;
  const listener = typeof app === 'function' ? app : app.callback();
  const inFlight = new Set<http.ServerResponse>();

  const server = http.createServer(SERVER_OPTIONS, (request, response) => {
    inFlight.add(response);
    if (stopping.aborted) response.shouldKeepAlive = false;
    response.once('close', () => {
      inFlight.delete(response);
      if (stopping.aborted) server.closeIdleConnections();
    });
    listener(request, response);
  });

  try {
    server.listen(options.port, host);
    await once(server, 'listening');
  } catch (error) {
    shutdown.dispose();
    if ((error as { code?: unknown }).code === 'EADDRINUSE')
      throw new PortTakenError(host, options.port, error);
    throw error;
  }
  server.on('error', (error) => logger.error('server error', { error }));
  const { port } = server.address() as AddressInfo;
  logger.info('listening', { host, port });

  const end = async (): Promise<{ clean: boolean }> => {
    const sinceMs = performance.now();
    const leftMs = (share: number) => Math.max(0, graceMs * share - (performance.now() - sinceMs));
    for (const response of inFlight) {
      if (!response.headersSent) response.shouldKeepAlive = false;
    }
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const answered = await within(closed, leftMs(REQUESTS_SHARE));
    if (!answered) {
      logger.warning('requests cut off', { count: inFlight.size, graceMs });
      server.closeAllConnections();
    }
    const closedAll = await within(runHooks(onStop, logger), leftMs(HOOKS_SHARE));
    if (!closedAll) logger.warning('stop hooks not done in time', { graceMs });
    shutdown.dispose();
    const clean = answered && closedAll;
    logger.info('stopped', { clean });
    exit?.(clean ? 0 : 1);
    return { clean };
  };
  const stopped = new Promise<{ clean: boolean }>((resolve) => {
    if (stopping.aborted) resolve(end());
    else stopping.addEventListener('abort', () => resolve(end()), { once: true });
  });
  return {
    host,
    port,
    url: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`,
    stopped,
    stop(reason = 'stop() was called') {
      shutdown.stop(reason);
      return stopped;
    },
  };
}

async function runHooks(hooks: readonly (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook();
    } catch (error) {
      logger.error('stop hook failed', { error });
    }
  }
}

/** Whether `work` ended within the time. */
async function within(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
