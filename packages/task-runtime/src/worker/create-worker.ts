import type { ServiceState } from '@waybill/service-kit';
import type { Middleware } from 'koa';
import { TaskRoutes, type WorkerOptions } from './task-routes.ts';

/**
 * The routes of a service that does tasks, as Koa middleware: `POST /tasks/{contract}/v{n}` for Cloud Tasks,
 * `GET /cron/sweep` for App Engine's cron or Cloud Scheduler.
 *
 * The response to a delivery is 200 when nothing is left to be done, 409 when another delivery is to come later, 500 when
 * an attempt failed or Firestore does not respond. Never 503: App Engine would slow the whole queue down.
 * @throws {ContractDefinitionError} if a contract of the service has neither a handler nor up-casters to one, or two
 *   handlers, or a handler has no contract, or one of another service
 */
export function createWorker(options: WorkerOptions): Middleware<ServiceState> {
  const routes = new TaskRoutes(options);
  return async (ctx, next) => {
    const { method, path, req: incoming } = ctx;
    if (!routes.takes({ method, path })) return next();
    const { logger } = ctx.state;
    const rawBody = rawBodyOf(ctx.request) ?? rawBodyOf(incoming);
    const { status, body } = await routes.handle({ method, path, incoming, rawBody, logger });
    ctx.status = status;
    ctx.body = body;
  };
}

/** The body as a body parser keeps it beside what it made of it. */
function rawBodyOf(request: object): unknown {
  return (request as { rawBody?: unknown }).rawBody;
}
