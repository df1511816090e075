import Router from '@koa/router';
import type { ServiceState } from '@waybill/service-kit';
import type { Middleware } from 'koa';
import type { TaskRuntime } from '../create-task-runtime.ts';
import { DeliveryReceiver } from './delivery-receiver.ts';
import { compensateByHandlers, handlersByPath } from './handlers-by-path.ts';
import type { OriginCheck } from './origin-check.ts';
import { type AttemptTiming, DEFAULT_TIMING } from './run-attempt.ts';
import { sweep } from './sweep.ts';
import type { TaskHandler } from './task-handler.ts';

/** Settings of {@link createWorker}. */
export interface WorkerOptions {
  /** Its catalogue lists the contracts; each needs a handler, or up-casters to a version that has one. */
  readonly runtime: TaskRuntime;
  readonly handlers: readonly TaskHandler[];
  readonly originCheck: OriginCheck;
  /** The App Engine service that this worker is. */
  readonly service: string;
  /** Aborted at shutdown: no more is claimed, and running attempts are handed back in time. */
  readonly stopping: AbortSignal;
  /** The machine's clock, for durations in logs and the sweep's own. Default `Date.now`. */
  readonly nowMs?: () => number;
  /** Default: a heartbeat each 20 s, 1 s after an abort, 4 s after SIGTERM. */
  readonly timing?: Partial<AttemptTiming>;
}

/**
 * The worker's routes: `POST /tasks/{contract}/v{n}` for Cloud Tasks, `GET /cron/sweep` for App Engine's cron or Cloud
 * Scheduler.
 *
 * The response to a delivery is 200 when nothing is left to be done, 409 when another delivery is to come later, 500 when
 * an attempt failed or Firestore does not respond. Never 503: App Engine would slow the whole queue down.
 * @throws {ContractDefinitionError} if a contract has neither a handler nor up-casters to one, or two handlers, or a
 *   handler has no contract
 */
export function createWorker(options: WorkerOptions): Middleware<ServiceState> {
  const { runtime, originCheck, service, stopping, nowMs = Date.now } = options;
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const handlers = handlersByPath(runtime.catalogue, options.handlers);
  const onDead = compensateByHandlers(handlers);
  const receiver = new DeliveryReceiver({ runtime, handlers, onDead, service, stopping, timing, nowMs });
  const router = new Router<ServiceState>();

  router.post('/tasks/:contract/:version', async (ctx) => {
    const delivery = await originCheck.task(ctx.req.headers);
    const { status, outcome } = await receiver.receive(ctx, delivery);
    ctx.status = status;
    ctx.body = { outcome };
  });

  router.get('/cron/sweep', async (ctx) => {
    await originCheck.cron(ctx.req.headers);
    ctx.body = await sweep({ runtime, onDead, nowMs, logger: ctx.state.logger, stopping });
  });

  return router.routes() as unknown as Middleware<ServiceState>;
}
