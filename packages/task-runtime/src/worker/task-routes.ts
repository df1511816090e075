import type { TaskRuntime } from '../create-task-runtime.ts';
import { DeliveryReceiver } from './delivery-receiver.ts';
import { compensateByHandlers, handlersByPath } from './handlers-by-path.ts';
import type { OriginCheck } from './origin-check.ts';
import { type AttemptTiming, DEFAULT_TIMING } from './run-attempt.ts';
import { sweep } from './sweep.ts';
import type { TaskHandler } from './task-handler.ts';
import type { TaskRequest } from './task-request.ts';

/** Settings of {@link createWorker} and {@link createTaskListener}. */
export interface WorkerOptions {
  /** Its catalogue lists the contracts; each of this service needs a handler, or up-casters to a version that has one. */
  readonly runtime: TaskRuntime;
  readonly handlers: readonly TaskHandler[];
  readonly originCheck: OriginCheck;
  /** The App Engine service that this worker is. It does the contracts of this service, and sweeps their tasks. */
  readonly service: string;
  /** Aborted at shutdown: no more is claimed, and running attempts are handed back in time. */
  readonly stopping: AbortSignal;
  /** The machine's clock, for durations in logs and the sweep's own. Default `Date.now`. */
  readonly nowMs?: () => number;
  /** Default: a heartbeat each 20 s, 1 s after an abort, 4 s after SIGTERM. */
  readonly timing?: Partial<AttemptTiming>;
}

/** A response, whose body is sent as JSON. */
export interface TaskResponse {
  readonly status: number;
  readonly body: object;
}

/** The routes of a service that does tasks: `POST /tasks/{contract}/v{n}` and `GET /cron/sweep`. */
export class TaskRoutes {
  readonly #options: WorkerOptions;
  readonly #onDead: ReturnType<typeof compensateByHandlers>;
  readonly #receiver: DeliveryReceiver;
  readonly #nowMs: () => number;

  /**
   * @throws {ContractDefinitionError} if a contract of the service has neither a handler nor up-casters to one, or two
   *   handlers, or a handler has no contract, or one of another service
   */
  constructor(options: WorkerOptions) {
    const { runtime, service, stopping, nowMs = Date.now } = options;
    const timing = { ...DEFAULT_TIMING, ...options.timing };
    const handlers = handlersByPath(runtime.catalogue, service, options.handlers);
    this.#options = options;
    this.#nowMs = nowMs;
    this.#onDead = compensateByHandlers(service, handlers);
    this.#receiver = new DeliveryReceiver({
      runtime,
      handlers,
      onDead: this.#onDead,
      service,
      stopping,
      timing,
      nowMs,
    });
  }

  /** Whether a request is for one of these routes. */
  takes({ method, path }: Pick<TaskRequest, 'method' | 'path'>): boolean {
    return isDelivery(method, path) || isSweep(method, path);
  }

  /**
   * Handles a request that {@link takes} says yes to.
   * @throws {ServiceError} 403 if it is not from Cloud Tasks, or not from what runs the sweep; 404, 500 and 503 as told there
   */
  async handle(request: TaskRequest): Promise<TaskResponse> {
    const { runtime, originCheck, service, stopping } = this.#options;
    if (isSweep(request.method, request.path)) {
      await originCheck.cron(request.incoming.headers);
      const { logger } = request;
      const parts = { runtime, service, onDead: this.#onDead, nowMs: this.#nowMs, logger, stopping };
      return { status: 200, body: await sweep(parts) };
    }
    const delivery = await originCheck.task(request.incoming.headers);
    const { status, outcome } = await this.#receiver.receive(request, delivery);
    return { status, body: { outcome } };
  }
}

function isDelivery(method: string, path: string): boolean {
  return method === 'POST' && /^\/tasks\/[^/]+\/[^/]+\/?$/.test(path);
}

function isSweep(method: string, path: string): boolean {
  return method === 'GET' && /^\/cron\/sweep\/?$/.test(path);
}
