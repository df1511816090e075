import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { originFormOf } from '../http/request-target.ts';
import { ServiceError } from '../http/service-error.ts';
import { isTransferCodingKnown } from '../http/transfer-coding.ts';
import type { Logger } from '../logging/logger.ts';
import { frontDoorCheck } from './front-door-check.ts';
import { createShutdown, type Shutdown, type SignalSource } from './shutdown.ts';
import { withTimeout } from './with-timeout.ts';

/** Settings of {@link runService}. */
export interface RunServiceOptions {
  /** A Koa application, or a plain listener. */
  app: { callback(): http.RequestListener } | http.RequestListener;
  /** 0 takes a free one. */
  port: number;
  /** Default `0.0.0.0`: App Engine and Cloud Run reach a service from outside its own loopback. */
  host?: string | undefined;
  /**
   * Secret of the front door of the App Engine emulator. Requests without it get 403: they came past the front door, and
   * their task headers may be forged. Default: every request is taken, as on App Engine, where nothing comes past it.
   */
  frontDoorToken?: string | undefined;
  logger: Logger;
  /** Run one after the other once no request is left, to close clients and the like. */
  onStop?: readonly (() => Promise<void>)[] | undefined;
  /** The end of the service; default: one of its own, made of `signals` and `graceMs`. */
  shutdown?: Shutdown | undefined;
  /** See `createShutdown`; not used beside `shutdown`. */
  graceMs?: number | undefined;
  signals?: SignalSource | undefined;
  /** How long a client may take to send a request; for tests. Default 10 s for headers, 30 s with the body. */
  receiveTimeouts?: { headersMs: number; requestMs: number; checkIntervalMs: number } | undefined;
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

// App Engine's front end keeps idle connections for 650 s. If we closed them first, it could just then send a request
// into the closing connection and answer it with a 502.
const KEEP_ALIVE_TIMEOUT_MS = 660_000;
// Headers come in one piece from the front end, and bodies are at most about 1 MB: only a stuck or hostile sender takes
// long. Handlers may run longer: this is only receiving.
const RECEIVE_TIMEOUTS = { headersMs: 10_000, requestMs: 30_000, checkIntervalMs: 1_000 };
const FAILED = { status: 500, title: 'Internal Server Error', code: 'INTERNAL' };
const BAD_TRANSFER_CODING = {
  status: 501,
  title: 'The transfer coding must be chunked alone: send the body uncompressed',
  code: 'UNSUPPORTED_TRANSFER_CODING',
};
const BAD_TARGET = {
  status: 400,
  title: 'The request target must be a path such as "/path?query", or a URL',
  code: 'BAD_REQUEST_TARGET',
};
const PAST_FRONT_DOOR = {
  status: 403,
  title: 'The request came past the front door: send it to the front door, with the host of the service',
  code: 'PAST_FRONT_DOOR',
};

// Shares of the grace: requests first, then the hooks, and the rest for the process itself to end.
const REQUESTS_SHARE = 0.75;
const HOOKS_SHARE = 0.95;

/**
 * Starts to listen, and ends well. A bad request target gets 400, a listener that throws or rejects 500,
 * and the service goes on. The end: at the first signal `stopping` is aborted, no connection is taken any more, idle
 * ones are closed, requests under way are waited for, `onStop` is run, and everything is over within `graceMs`.
 *
 * @throws {ServiceError} PORT_TAKEN if the port is in use.
 */
export async function runService(options: RunServiceOptions): Promise<RunningService> {
  const { app, host = '0.0.0.0', logger, onStop = [], exit } = options;
  const shutdown = options.shutdown ?? createShutdown(options);
  const { stopping, graceMs } = shutdown;
  const isFromFrontDoor = frontDoorCheck(options.frontDoorToken);
  const listener = typeof app === 'function' ? app : app.callback();
  const inFlight = new Set<http.ServerResponse>();

  const timeouts = options.receiveTimeouts ?? RECEIVE_TIMEOUTS;
  const serverOptions = {
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    connectionsCheckingInterval: timeouts.checkIntervalMs,
  };
  const server = http.createServer(serverOptions, (request, response) => {
    inFlight.add(response);
    if (stopping.aborted) response.shouldKeepAlive = false;
    response.once('close', () => {
      inFlight.delete(response);
      if (stopping.aborted) server.closeIdleConnections();
    });
    const target = originFormOf(request.url);
    if (target === undefined) {
      answerProblem(response, BAD_TARGET);
      return;
    }
    if (!isTransferCodingKnown(request.headers['transfer-encoding'])) {
      // The body is not read, so the connection cannot be used for a further request.
      response.shouldKeepAlive = false;
      answerProblem(response, BAD_TRANSFER_CODING);
      return;
    }
    if (!isFromFrontDoor(request)) {
      const { status, code, title } = PAST_FRONT_DOOR;
      const claimedIdentity = request.socket.remoteAddress ?? 'none';
      logger.warning('request refused', { status, code, reason: title, claimedIdentity });
      answerProblem(response, PAST_FRONT_DOOR);
      return;
    }
    request.url = target;
    // A listener may be an async function: its type does not tell.
    new Promise<unknown>((resolve) => resolve(listener(request, response))).catch((error: unknown) => {
      logger.error('listener failed', { error });
      if (response.headersSent || response.destroyed) response.destroy();
      else answerProblem(response, FAILED);
    });
  });

  try {
    server.listen(options.port, host);
    await once(server, 'listening');
  } catch (error) {
    shutdown.dispose();
    if ((error as { code?: unknown }).code === 'EADDRINUSE') throw portTaken(host, options.port, error);
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

function answerProblem(
  response: http.ServerResponse,
  problem: { status: number; title: string; code: string },
): void {
  response
    .writeHead(problem.status, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' })
    .end(JSON.stringify(problem));
}

/** Another program listens on the port. Starting again helps once that one has ended. */
function portTaken(host: string, port: number, cause: unknown): ServiceError {
  return new ServiceError({
    code: 'PORT_TAKEN',
    status: 503,
    message: `Port ${port} on ${host} is taken: end the program that uses it, or choose another port`,
    cause,
  });
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
  return withTimeout(
    work.then(() => true),
    timeoutMs,
    () => false,
  );
}
