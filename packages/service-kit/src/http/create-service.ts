import Koa from 'koa';
import type { Logger, LogLevel } from '../logging/logger.ts';
import { maskPersonalData } from '../logging/mask-personal-data.ts';
import { readTrace, type Trace, traceLogFields } from '../logging/trace.ts';
import { denialFields } from './denial-fields.ts';
import { createHealthRoutes } from './health-routes.ts';
import {
  codeOfStatus,
  PROBLEM_MEDIA_TYPE,
  ServiceError,
  toProblemDocument,
  toServiceError,
} from './service-error.ts';

/** What every request carries in `ctx.state`. Give it to routers too: `new Router<ServiceState>()`. */
export interface ServiceState {
  /** Writes lines that are joined to the request's trace. */
  logger: Logger;
  trace: Trace;
  /** Aborted once the service is about to end: hand work back. */
  stopping: AbortSignal;
  /** The error that a page explains in the place of a problem document: set by what catches it, for the log. */
  shownError?: ServiceError | undefined;
}

/** The Koa application of a service. */
export type Service = Koa<ServiceState>;
/** The Koa context of a service's request. */
export type ServiceContext = Koa.ParameterizedContext<ServiceState>;

/** Settings of {@link createService}. */
export interface ServiceOptions {
  logger: Logger;
  /** The Google Cloud project, for the trace's full name in logs. Default: the logger's. */
  project?: string;
  /** Rejects while the service can't serve: `/readyz` answers 503. */
  readiness?: () => Promise<void>;
  /** How long `readiness` may take. Default 2 s. */
  readinessTimeoutMs?: number;
  /** Loads and connects the clients: `/_ah/warmup`. */
  warmup?: () => Promise<void>;
  /** How long `warmup` may take. Default 60 s. */
  warmupTimeoutMs?: number;
  /** From `createShutdown`: once it is aborted, `/readyz` answers 503. Default: never aborted. */
  stopping?: AbortSignal;
  /** Milliseconds, for latencies in the log. Default: the machine's clock. */
  clockNowMs?: () => number;
}

/**
 * Makes a Koa application that has what every service needs; add routes with `use`.
 *
 * - `ctx.state.logger` and `ctx.state.trace`, from `X-Cloud-Trace-Context` or `traceparent`.
 * - One log line per request once its answer has gone out: `request handled` (info), `request refused` (4xx: info;
 *   403: warning, with its reason and who the sender says it is), `request failed` (5xx: error with the error's stack; 503: warning), `request broken off` (the answer could not be
 *   sent whole). Health requests are logged at debug.
 * - Errors, unknown paths and methods answer with a problem document; nothing internal gets out from 500 on.
 * - `GET /healthz`, `/readyz`, `/_ah/warmup`, `/_ah/start`.
 */
export function createService(options: ServiceOptions): Service {
  const { logger, project, clockNowMs = Date.now, stopping = new AbortController().signal } = options;
  const health = createHealthRoutes({ ...options, stopping });
  const app: Service = new Koa<ServiceState>();

  app.use(async (ctx, next) => {
    const startedAtMs = clockNowMs();
    const trace = readTrace(ctx.req.headers);
    ctx.state.trace = trace;
    ctx.state.stopping = stopping;
    ctx.state.logger = logger.child(project === undefined ? { trace } : traceLogFields(trace, project));
    const isHealth = health.has(ctx.path);
    let failure: ServiceError | undefined;
    ctx.res.once('close', () => {
      logRequest(ctx, {
        failure: failure ?? ctx.state.shownError,
        isHealth,
        latencyMs: clockNowMs() - startedAtMs,
      });
    });
    try {
      await next();
      failure = failureOfEmptyAnswer(ctx);
    } catch (thrown) {
      failure = toServiceError(thrown);
    }
    if (failure) answerProblem(ctx, failure);
  });

  app.use(async (ctx, next) => {
    const route = health.get(ctx.path);
    if (!route) return next();
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.status = 405;
      ctx.set('Allow', 'GET, HEAD');
      return;
    }
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await route();
  });

  // Koa reports here what went wrong after our middleware had returned: a body that could not be streamed, a client
  // that went away. The request's line says that it was broken off; this adds why.
  app.on('error', (error: unknown, ctx?: ServiceContext) => {
    (ctx?.state.logger ?? logger).info('response not sent whole', {
      error,
      path: ctx && maskPersonalData(ctx.path),
    });
  });
  return app;
}

/** Koa leaves 404, a router's 405 and 501, and a bare `ctx.status = 4xx` without a body. */
function failureOfEmptyAnswer(ctx: ServiceContext): ServiceError | undefined {
  if (ctx.respond === false || ctx.headerSent || ctx.status < 400) return undefined;
  if (ctx.body !== undefined && ctx.body !== null) return undefined;
  const allow = ctx.response.get('Allow');
  return new ServiceError({
    code: codeOfStatus(ctx.status),
    status: ctx.status,
    message: messageOfEmptyAnswer(ctx, allow),
    // Koa itself gives 501 to a method that no route knows; it won't be known later either.
    ...(ctx.status === 501 && { retryable: false }),
    ...(allow && { headers: { Allow: allow } }),
  });
}

function messageOfEmptyAnswer(ctx: ServiceContext, allow: string): string {
  if (ctx.status === 404) return `There is nothing at ${ctx.path}`;
  if (ctx.status === 405) return `${ctx.path} does not take ${ctx.method}${allow ? `, only ${allow}` : ''}`;
  return `${ctx.method} ${ctx.path} was refused`;
}

function answerProblem(ctx: ServiceContext, failure: ServiceError): void {
  if (ctx.respond === false || ctx.headerSent || !ctx.writable) {
    // A part of another answer is out already: cutting it off is the only way left to say that it isn't whole.
    ctx.respond = false;
    ctx.res.destroy();
    return;
  }
  for (const name of ctx.res.getHeaderNames()) ctx.remove(name);
  ctx.set({ ...failure.headers });
  ctx.set('Cache-Control', 'no-store');
  ctx.status = failure.status;
  ctx.body = JSON.stringify(toProblemDocument(failure, ctx.path));
  ctx.type = PROBLEM_MEDIA_TYPE;
}

function logRequest(
  ctx: ServiceContext,
  outcome: { failure: ServiceError | undefined; isHealth: boolean; latencyMs: number },
): void {
  const { failure, isHealth, latencyMs } = outcome;
  const { status } = ctx.res.writableFinished ? { status: ctx.res.statusCode } : { status: failure?.status };
  const fields = {
    // Cloud Logging shows this in a line of its own. The query is left out: it may hold personal data. A link whose question
    // mark a program has escaped has its query in the path.
    httpRequest: {
      requestMethod: ctx.method,
      requestUrl: maskPersonalData(ctx.path),
      ...(status !== undefined && { status }),
      latency: `${Math.max(0, latencyMs) / 1000}s`,
      userAgent: maskPersonalData(ctx.get('User-Agent')) || undefined,
    },
    code: failure?.code,
  };
  const [level, message] = lineOf(ctx, failure);
  const quiet = isHealth && level === 'info';
  ctx.state.logger[quiet ? 'debug' : level](message, {
    ...fields,
    ...denialFields(failure),
    ...(failure && failure.status >= 500 && { error: loggedError(failure) }),
  });
}

function lineOf(ctx: ServiceContext, failure: ServiceError | undefined): [LogLevel, string] {
  const status = failure?.status ?? ctx.res.statusCode;
  if (status >= 500) return [status === 503 ? 'warning' : 'error', 'request failed'];
  if (status === 403) return ['warning', 'request refused'];
  if (!ctx.res.writableFinished) return ['info', 'request broken off'];
  return ['info', status >= 400 ? 'request refused' : 'request handled'];
}

/** The wrapper of an unknown error says nothing that its cause doesn't. */
function loggedError(failure: ServiceError): unknown {
  return failure.code === 'INTERNAL' && failure.cause !== undefined ? failure.cause : failure;
}
