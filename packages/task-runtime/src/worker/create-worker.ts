import type { Firestore } from '@google-cloud/firestore';
import type { CloudTasksClient } from '@google-cloud/tasks';
import Router from '@koa/router';
import { type Catalogue, ContractDefinitionError } from '@waybill/contract-kit';
import { type Logger, ServiceError, type ServiceState } from '@waybill/service-kit';
import type { Middleware, ParameterizedContext } from 'koa';
import type { TaskClient } from '../client/task-client.ts';
import type { QueueLocation } from '../client/task-sender.ts';
import { LostAttemptError, StoreUnavailableError } from '../errors.ts';
import type { Compensate } from '../ledger/give-up-task.ts';
import type { ClaimResult, Settled } from '../ledger/task-ledger.ts';
import { bodyMatches } from '../ledger/task-record.ts';
import { type AttemptTiming, DEFAULT_TIMING, runAttempt } from './attempt.ts';
import { handlerThroughUpCasters } from './older-versions.ts';
import type { OriginCheck } from './origin-check.ts';
import { sweep } from './sweep.ts';
import { readTaskBody } from './task-body.ts';
import type { TaskDelivery } from './task-delivery.ts';
import type { TaskHandler } from './task-handler.ts';

/** What a worker is made of. */
export interface WorkerOptions {
  /** Its catalogue says which contracts there are; each needs a handler, or up-casters to a version that has one. */
  readonly client: TaskClient;
  readonly handlers: readonly TaskHandler[];
  readonly originCheck: OriginCheck;
  readonly firestore: Firestore;
  readonly tasks: CloudTasksClient;
  readonly queues: QueueLocation;
  /** The App Engine service that this worker is. */
  readonly service: string;
  readonly logger: Logger;
  /** Aborted when the process is told to end: no more is claimed, and what runs is handed back in time. */
  readonly stopping: AbortSignal;
  /** The machine's clock, for durations in logs and the sweep's own. Default `Date.now`. */
  readonly nowMs?: () => number;
  /** Default: a heartbeat each 20 s, 1 s after an abort, 4 s after SIGTERM. */
  readonly timing?: Partial<AttemptTiming>;
}

/** How a delivery was answered. Cloud Tasks delivers again after anything but 2xx. */
interface Answer {
  readonly status: 200 | 409 | 500;
  readonly outcome: string;
}

/**
 * The worker's routes: `POST /tasks/{contract}/v{n}` for Cloud Tasks, `GET /cron/sweep` for App Engine's cron or Cloud
 * Scheduler.
 *
 * A delivery is answered 200 when nothing is left to be done, 409 when another delivery is to come later, 500 when an
 * attempt failed or Firestore does not answer. Never 503: App Engine would slow the whole queue down.
 * @throws {ContractDefinitionError} if a contract has neither a handler nor up-casters to one, or two handlers, or a
 *   handler has no contract
 */
export function createWorker(options: WorkerOptions): Middleware<ServiceState> {
  const { client, originCheck, stopping, nowMs = Date.now } = options;
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const handlers = handlersByPath(client.catalogue, options.handlers);
  const onDead: Compensate = async ({ taskId, record }, transaction) => {
    const handler = handlers.get(`/tasks/${record.contract}/v${record.version}`);
    const payload: unknown = JSON.parse(record.payload);
    if (record.error === null) throw new Error(`Task ${taskId} is dead without a reason`);
    const { code, message } = record.error;
    await handler?.onDead(
      {
        taskId,
        subject: record.subject,
        payload: handler.contract.violations(payload).length === 0 ? payload : undefined,
        error: { code, message },
      },
      transaction,
    );
  };

  const router = new Router<ServiceState>();

  router.post('/tasks/:contract/:version', async (ctx) => {
    const delivery = await originCheck.task(ctx.req.headers);
    const handler = handlers.get(ctx.path);
    let answer: Answer;
    if (stopping.aborted) answer = { status: 409, outcome: 'stopping' };
    else {
      const answering =
        handler === undefined ? refuseUnknown(ctx, delivery) : deliver(ctx, handler, delivery);
      answer = await answering.catch(throwAs500);
    }
    ctx.status = answer.status;
    ctx.body = { outcome: answer.outcome };
  });

  router.get('/cron/sweep', async (ctx) => {
    await originCheck.cron(ctx.req.headers);
    ctx.body = await sweep({ ...options, onDead, nowMs, logger: ctx.state.logger });
  });

  return router.routes() as unknown as Middleware<ServiceState>;

  async function deliver(
    ctx: ParameterizedContext<ServiceState>,
    handler: TaskHandler,
    delivery: TaskDelivery,
  ): Promise<Answer> {
    const { contract } = handler;
    const startedAtMs = nowMs();
    const body = await readTaskBody(ctx.req);
    const claimed = await client.ledger.claim(
      contract,
      {
        name: delivery.taskName,
        body: body.value,
        ...(body.problem !== undefined && { bodyProblem: body.problem }),
        queue: delivery.queueName,
        traceparent: ctx.get('traceparent') || null,
      },
      onDead,
    );
    const logger = ctx.state.logger.child({ task: contract.name, taskId: claimed.taskId });
    if (claimed.outcome !== 'run') return answerUnclaimed(logger, claimed);

    const { taskId, attemptId, record } = claimed;
    const attemptLogger = logger.child({ subject: record.subject, attempt: record.attempts });
    attemptLogger.info('task claimed', { event: 'task.claimed' });
    if (!bodyMatches(record, body.value)) {
      attemptLogger.warning('delivered body is not the enqueued payload; the record’s is used', {
        event: 'task.other-body',
      });
    }
    try {
      const settled = await runAttempt({
        ledger: client.ledger,
        handler,
        onDead,
        taskId,
        attemptId,
        record,
        delivery,
        logger: attemptLogger,
        stopping,
        timing,
      });
      await client.send(settled.enqueued);
      return answerSettled(attemptLogger, settled, nowMs() - startedAtMs);
    } catch (error) {
      if (!(error instanceof LostAttemptError)) throw error;
      attemptLogger.warning('task attempt lost to another', { event: 'task.lost' });
      return { status: error.status, outcome: 'lost' };
    }
  }

  async function refuseUnknown(
    ctx: ParameterizedContext<ServiceState>,
    delivery: TaskDelivery,
  ): Promise<Answer> {
    const [, name, version] = /^\/tasks\/([a-z0-9-]{1,60})\/v(\d{1,6})$/.exec(ctx.path) ?? [];
    if (name === undefined || version === undefined) throw noSuchPath(ctx.path);
    const body = await readTaskBody(ctx.req);
    const outcome = await client.ledger.refuseUnknown({
      name: delivery.taskName,
      contract: { name, version: Number(version), schemaHash: '' },
      service: options.service,
      body: body.value,
      queue: delivery.queueName,
      traceparent: ctx.get('traceparent') || null,
    });
    const event = outcome === 'dead' ? 'task.dead' : 'task.unknown-contract';
    ctx.state.logger.error('task of an unknown contract', {
      event,
      task: name,
      contractVersion: version,
      outcome,
    });
    return {
      status: outcome === 'wait' ? 409 : 200,
      outcome: outcome === 'wait' ? 'unknown-contract' : outcome,
    };
  }

  async function answerUnclaimed(
    logger: Logger,
    claimed: Exclude<ClaimResult, { outcome: 'run' }>,
  ): Promise<Answer> {
    if (claimed.outcome === 'dead') {
      const { record } = claimed;
      logger.error('task dead', {
        event: 'task.dead',
        subject: record.subject,
        attempt: record.attempts,
        code: record.error?.code,
        reason: record.error?.message,
      });
      await client.send(claimed.enqueued);
      return { status: 200, outcome: 'dead' };
    }
    const { subject, reason } = claimed;
    if (reason === 'mismatch' || reason === 'name-reused') {
      logger.error('task not done: its name is that of another', {
        event: 'task.name-taken',
        subject,
        reason,
      });
    } else {
      logger.info('task delivery not needed now', { event: 'task.duplicate', subject, reason });
    }
    return { status: claimed.outcome === 'drop' ? 200 : 409, outcome: claimed.reason };
  }
}

function answerSettled(logger: Logger, settled: Settled, durationMs: number): Answer {
  const { outcome, record } = settled;
  const failure = { code: record.error?.code, reason: record.error?.message };
  if (outcome === 'succeeded') {
    logger.info('task succeeded', {
      event: 'task.succeeded',
      durationMs,
      followUps: record.followUps.length,
    });
    return { status: 200, outcome };
  }
  if (outcome === 'dead') {
    logger.error('task dead', { event: 'task.dead', durationMs, ...failure });
    return { status: 200, outcome };
  }
  if (outcome === 'retry-later') {
    const notBefore = new Date(record.notBeforeMs ?? 0).toISOString();
    logger.info('task to be retried later', { event: 'task.retry', durationMs, notBefore, ...failure });
    return { status: 200, outcome };
  }
  const handedBack = record.history.at(-1)?.event === 'handed-back';
  logger.info('task to be retried', { event: 'task.retry', durationMs, ...failure });
  return { status: handedBack ? 409 : 500, outcome: handedBack ? 'handed-back' : 'retry' };
}

/** Anything with a status of its own but 503. */
function throwAs500(error: unknown): never {
  if (!(error instanceof StoreUnavailableError)) throw error;
  const { code, message } = error;
  throw new ServiceError({ code, status: 500, message, cause: error.cause });
}

function noSuchPath(path: string): ServiceError {
  return new ServiceError({
    code: 'NOT_FOUND',
    status: 404,
    message: `No task is done at ${path}; tasks are posted to /tasks/<contract>/v<version>`,
  });
}

function handlersByPath(
  catalogue: Catalogue,
  handlers: readonly TaskHandler[],
): ReadonlyMap<string, TaskHandler> {
  const problems: string[] = [];
  const byPath = new Map<string, TaskHandler>();
  for (const handler of handlers) {
    const { name, version, path } = handler.contract;
    if (byPath.has(path)) problems.push(`${name} v${version} has two handlers`);
    if (!catalogue.contracts.includes(handler.contract))
      problems.push(`the handler of ${name} v${version} has no contract`);
    byPath.set(path, handler);
  }
  const own = new Map(byPath);
  for (const contract of catalogue.contracts) {
    const { name, version, path } = contract;
    if (own.has(path)) continue;
    const older = handlerThroughUpCasters(catalogue, contract, own);
    if (older !== undefined) byPath.set(path, older);
    else problems.push(`${name} v${version} has no handler`);
  }
  if (problems.length > 0) throw new ContractDefinitionError('Worker', problems);
  return byPath;
}
