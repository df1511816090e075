import { type Logger, ServiceError } from '@waybill/service-kit';
import type { TaskRuntime } from '../create-task-runtime.ts';
import { ContentionError, LostAttemptError, StoreUnavailableError } from '../errors.ts';
import type { Compensate } from '../ledger/give-up-task.ts';
import type { ClaimResult } from '../ledger/ledger-results.ts';
import { bodyMatches } from '../ledger/task-record.ts';
import {
  type DeliveryResponse,
  responseToContention,
  responseToSettled,
  responseToUnclaimed,
} from './delivery-response.ts';
import type { HandlersByPath } from './handlers-by-path.ts';
import { readTaskBody } from './read-task-body.ts';
import { type AttemptTiming, runAttempt } from './run-attempt.ts';
import type { TaskDelivery } from './task-delivery.ts';
import type { TaskHandler } from './task-handler.ts';
import type { TaskRequest } from './task-request.ts';

/** A claim that began an attempt. */
type RunningClaim = Extract<ClaimResult, { outcome: 'run' }>;

/** Settings of a {@link DeliveryReceiver}. */
export interface DeliveryReceiverOptions {
  readonly runtime: TaskRuntime;
  readonly handlers: HandlersByPath;
  readonly onDead: Compensate;
  /** The App Engine service that the worker is. */
  readonly service: string;
  /** Aborted at shutdown. */
  readonly stopping: AbortSignal;
  readonly timing: AttemptTiming;
  /** The machine's clock, for durations in logs. */
  readonly nowMs: () => number;
}

/** Receives deliveries of Cloud Tasks: claims their tasks, runs their handlers and settles how these ended. */
export class DeliveryReceiver {
  readonly #options: DeliveryReceiverOptions;

  constructor(options: DeliveryReceiverOptions) {
    this.#options = options;
  }

  /**
   * Receives a delivery whose origin is checked.
   * @throws {ServiceError} 500 if Firestore does not respond or the body was read already, 404 if the path is no task's
   */
  async receive(request: TaskRequest, delivery: TaskDelivery): Promise<DeliveryResponse> {
    const { handlers, stopping } = this.#options;
    if (stopping.aborted) return { status: 409, outcome: 'stopping' };
    const handler = handlers.get(request.path);
    try {
      return await (handler === undefined
        ? this.#refuseUnknown(request, delivery)
        : this.#deliver(request, handler, delivery));
    } catch (error) {
      if (error instanceof ContentionError) return responseToContention(request.logger, delivery, error);
      throw error instanceof StoreUnavailableError ? withStatus500(error) : error;
    }
  }

  async #deliver(
    request: TaskRequest,
    handler: TaskHandler,
    delivery: TaskDelivery,
  ): Promise<DeliveryResponse> {
    const { runtime, onDead } = this.#options;
    const { contract } = handler;
    const startedAtMs = this.#options.nowMs();
    const body = await readTaskBody(request.incoming, request.rawBody);
    const claimSentAtMs = this.#options.timing.monotonicMs();
    const claimed = await runtime.ledger.claim(
      contract,
      {
        name: delivery.taskName,
        body: body.value,
        ...(body.problem !== undefined && { bodyProblem: body.problem }),
        queue: delivery.queueName,
        traceparent: traceparentOf(request),
        isFirst: delivery.isFirst,
      },
      onDead,
    );
    const logger = request.logger.child({ task: contract.name, taskId: claimed.taskId });
    if (claimed.outcome !== 'run') {
      const response = responseToUnclaimed(logger, claimed);
      if (claimed.outcome === 'dead') await runtime.sender.send(claimed.enqueued);
      return response;
    }
    const { record } = claimed;
    const attemptLogger = logger.child({ subject: record.subject, attempt: record.attempts });
    const isWritten = claimed.unclaimed === undefined;
    attemptLogger.info('task claimed', { event: 'task.claimed', ...(!isWritten && { written: 'later' }) });
    if (!bodyMatches(record, body.value)) {
      attemptLogger.warning('delivered body is not the enqueued payload; the record’s is used', {
        event: 'task.other-body',
      });
    }
    return this.#run({ handler, claimed, delivery, logger: attemptLogger, startedAtMs, claimSentAtMs });
  }

  async #run(attempt: {
    handler: TaskHandler;
    claimed: RunningClaim;
    delivery: TaskDelivery;
    logger: Logger;
    startedAtMs: number;
    claimSentAtMs: number;
  }): Promise<DeliveryResponse> {
    const { runtime, onDead, stopping, timing, nowMs } = this.#options;
    const { handler, claimed, delivery, logger, startedAtMs, claimSentAtMs } = attempt;
    const { ledger } = runtime;
    try {
      const settled = await runAttempt({
        ledger,
        handler,
        onDead,
        attempt: claimed,
        record: claimed.record,
        claimSentAtMs,
        delivery,
        logger,
        stopping,
        timing,
      });
      await runtime.sender.send(settled.enqueued);
      return responseToSettled(logger, settled, nowMs() - startedAtMs);
    } catch (error) {
      if (!(error instanceof LostAttemptError)) throw error;
      logger.warning('task attempt lost to another', { event: 'task.lost' });
      return { status: error.status, outcome: 'lost' };
    }
  }

  async #refuseUnknown(request: TaskRequest, delivery: TaskDelivery): Promise<DeliveryResponse> {
    const [, name, version] = /^\/tasks\/([a-z0-9-]{1,60})\/v(\d{1,6})$/.exec(request.path) ?? [];
    if (name === undefined || version === undefined) throw noSuchPath(request.path);
    const body = await readTaskBody(request.incoming, request.rawBody);
    const { runtime, service } = this.#options;
    const rightService = runtime.catalogue.find(name, Number(version))?.service;
    const outcome = await runtime.ledger.refuseUnknown({
      name: delivery.taskName,
      contract: { name, version: Number(version), schemaHash: '' },
      service,
      body: body.value,
      queue: delivery.queueName,
      traceparent: traceparentOf(request),
      rightService,
    });
    if (rightService !== undefined) {
      request.logger.error(`task of the service "${rightService}" delivered to "${service}"`, {
        event: 'task.wrong-service',
        task: name,
        contractVersion: version,
        taskName: delivery.taskName,
        queue: delivery.queueName,
        outcome,
        remedy: `look for a routing override of the queue, or a rule of dispatch.yaml; tasks of ${name} go to "${rightService}"`,
      });
      return outcome === 'wait' ? { status: 409, outcome: 'wrong-service' } : { status: 200, outcome };
    }
    const event = outcome === 'dead' ? 'task.dead' : 'task.unknown-contract';
    request.logger.error('task of an unknown contract', {
      event,
      task: name,
      contractVersion: version,
      outcome,
    });
    return outcome === 'wait' ? { status: 409, outcome: 'unknown-contract' } : { status: 200, outcome };
  }
}

function traceparentOf({ incoming }: TaskRequest): string | null {
  const { traceparent } = incoming.headers;
  return typeof traceparent === 'string' && traceparent !== '' ? traceparent : null;
}

/** The same error with a status that does not make App Engine slow the whole queue down, as 503 does. */
function withStatus500({ code, message, cause }: StoreUnavailableError): ServiceError {
  return new ServiceError({ code, status: 500, message, cause });
}

function noSuchPath(path: string): ServiceError {
  return new ServiceError({
    code: 'NOT_FOUND',
    status: 404,
    message: `No task is done at ${path}; tasks are posted to /tasks/<contract>/v<version>`,
  });
}
