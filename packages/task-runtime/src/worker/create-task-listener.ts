import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  denialFields,
  type Logger,
  maskPersonalData,
  PROBLEM_MEDIA_TYPE,
  readTrace,
  ServiceError,
  toProblemDocument,
  toServiceError,
  traceLogFields,
} from '@waybill/service-kit';
import { TaskRoutes, type WorkerOptions } from './task-routes.ts';

/** Settings of {@link createTaskListener}. */
export interface TaskListenerOptions extends WorkerOptions {
  readonly logger: Logger;
  /** The Google Cloud project, for the trace's full name in logs. Default: the trace's id alone is logged. */
  readonly project?: string;
  /**
   * The path that the listener is mounted at, as `/internal`, for a framework that leaves it in `request.url` (Fastify,
   * Hono). A framework that takes it off (Express's and Connect's `use`, koa-mount) needs none, and does no harm.
   */
  readonly prefix?: string;
}

/** A listener of Node's HTTP server. Express and Connect pass `next`, which gets the requests for other paths. */
export type TaskListener = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/**
 * The routes of a service that does tasks, as a listener of Node's own HTTP server: `POST /tasks/{contract}/v{n}` and
 * `GET /cron/sweep`. It runs in any framework that gives Node's request and response: Express, Fastify, Hono, Koa.
 *
 * The body is read from the request, or from `request.rawBody` where a body parser has kept it there. The responses are
 * those of {@link createWorker}, and problem documents for errors.
 * @throws {ContractDefinitionError} as {@link createWorker}
 * @throws {RangeError} if the prefix is no path
 */
export function createTaskListener(options: TaskListenerOptions): TaskListener {
  const { logger, project, prefix = '' } = options;
  if (!/^(\/[A-Za-z0-9._~-]+)*$/.test(prefix)) {
    throw new RangeError(
      `prefix must be a path such as /internal, without a slash at its end, got "${prefix}"`,
    );
  }
  const routes = new TaskRoutes(options);

  async function respond(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { method = '' } = request;
    const requestLogger = logger.child(traceLogFields(readTrace(request.headers), project));
    try {
      if (!routes.takes({ method, path })) throw notFound(method, path);
      const rawBody = (request as { rawBody?: unknown }).rawBody;
      const parts = { method, path, incoming: request, rawBody, logger: requestLogger };
      const { status, body } = await routes.handle(parts);
      send(response, { status, body, contentType: 'application/json; charset=utf-8' });
    } catch (thrown) {
      const error = toServiceError(thrown);
      logFailure(requestLogger, error, { method, path });
      // Nothing is cached, and a listener of another framework may have set headers.
      const body = toProblemDocument(error, path);
      send(response, { status: error.status, body, contentType: PROBLEM_MEDIA_TYPE, headers: error.headers });
    }
  }

  return (request, response, next) => {
    const path = pathOf(request.url ?? '/', prefix);
    if (next !== undefined && !routes.takes({ method: request.method ?? '', path })) next();
    else void respond(request, response, path);
  };
}

/** The path without the query, and without the prefix where it is there. */
function pathOf(url: string, prefix: string): string {
  const [path = '/'] = url.split('?');
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

function send(
  response: ServerResponse,
  {
    status,
    body,
    contentType,
    headers = {},
  }: { status: number; body: object; contentType: string; headers?: Readonly<Record<string, string>> },
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.writeHead(status, { ...headers, 'Content-Type': contentType, 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

function logFailure(logger: Logger, error: ServiceError, request: { method: string; path: string }): void {
  const path = maskPersonalData(request.path);
  const fields = { method: request.method, path, status: error.status, code: error.code };
  if (error.status === 403) logger.warning('request refused', { ...fields, ...denialFields(error) });
  else if (error.status < 500) {
    logger.info('request refused', { ...fields, reason: maskPersonalData(error.message) });
  } else
    logger.error('request failed', { ...fields, error: error.code === 'INTERNAL' ? error.cause : error });
}

function notFound(method: string, path: string): ServiceError {
  return new ServiceError({
    code: 'NOT_FOUND',
    status: 404,
    message: `There is nothing at ${method} ${path}; tasks are posted to /tasks/<contract>/v<version>`,
  });
}
