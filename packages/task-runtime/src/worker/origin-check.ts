import type { IncomingHttpHeaders } from 'node:http';
import { isPartOfQueue } from '@waybill/google-config/shards';
import { ServiceError } from '@waybill/service-kit';
import { readTaskDelivery, type TaskDelivery, type TaskHeaderPrefix } from './task-delivery.ts';

/** Tells whether a request is from Cloud Tasks, or from what runs the sweep, and refuses all others with 403. */
export interface OriginCheck {
  /** @throws {ServiceError} 403 `NOT_A_TASK_REQUEST` */
  task(headers: IncomingHttpHeaders): Promise<TaskDelivery>;
  /** @throws {ServiceError} 403 `NOT_A_CRON_REQUEST` */
  cron(headers: IncomingHttpHeaders): Promise<void>;
}

/** Longer than any name that Cloud Tasks gives. */
const TASK_NAME = /^[A-Za-z0-9_-]{1,500}$/;

/**
 * The check for App Engine's standard environment. Its front end takes the `X-AppEngine-*` headers off every request
 * from outside, so they prove that it set them itself; anywhere else anybody can send them, and nothing is let in.
 * @param options.gaeEnv the environment variable GAE_ENV, which App Engine sets to `standard`
 * @param options.queues the queues whose tasks this worker does. Each stands for its shards too, however many: while
 *   their number is changed, tasks come from those before and those after.
 * Source: https://cloud.google.com/appengine/docs/standard/reference/request-headers
 */
export function createAppEngineOriginCheck(options: {
  gaeEnv: string | undefined;
  queues: readonly string[];
}): OriginCheck {
  const onAppEngine = options.gaeEnv === 'standard';
  return {
    async task(headers) {
      if (!onAppEngine) {
        throw notATaskRequest(
          'task headers prove nothing outside App Engine (GAE_ENV is not "standard")',
          claimedTask(headers, 'X-AppEngine-'),
        );
      }
      return readKnownDelivery(headers, 'X-AppEngine-', options.queues);
    },
    async cron(headers) {
      if (!onAppEngine || headers['x-appengine-cron'] !== 'true') {
        const claimed = headers['x-appengine-cron'];
        throw notACronRequest(
          'only App Engine’s cron may ask (X-Appengine-Cron, on App Engine)',
          claimed === undefined ? undefined : `cron ${claimed}`,
        );
      }
    },
  };
}

/**
 * The headers of a delivery, if they name a task and a queue of this worker.
 * @throws {ServiceError} 403 `NOT_A_TASK_REQUEST`
 */
export function readKnownDelivery(
  headers: IncomingHttpHeaders,
  prefix: TaskHeaderPrefix,
  queues: readonly string[],
): TaskDelivery {
  const delivery = readTaskDelivery(headers, prefix);
  const claimed = claimedTask(headers, prefix);
  if (delivery === undefined) {
    throw notATaskRequest(
      `it has no ${prefix}TaskName and ${prefix}QueueName, which Cloud Tasks sets`,
      claimed,
    );
  }
  if (!TASK_NAME.test(delivery.taskName))
    throw notATaskRequest(`its ${prefix}TaskName is no task’s name`, claimed);
  if (!queues.some((queue) => isPartOfQueue(queue, delivery.queueName))) {
    throw notATaskRequest(`its ${prefix}QueueName is no queue of this worker`, claimed);
  }
  return delivery;
}

/** The task that the headers of a request name, for the log. */
function claimedTask(headers: IncomingHttpHeaders, prefix: TaskHeaderPrefix): string | undefined {
  const [queue, task] = ['queuename', 'taskname'].map((name) => headers[`${prefix.toLowerCase()}${name}`]);
  return queue === undefined && task === undefined ? undefined : `task ${queue ?? '?'}/${task ?? '?'}`;
}

/**
 * The refusal of a request that is not Cloud Tasks'.
 * @param claimedIdentity who the sender says it is, for the log
 */
export function notATaskRequest(why: string, claimedIdentity: string | undefined): ServiceError {
  return new ServiceError({
    claimedIdentity,
    code: 'NOT_A_TASK_REQUEST',
    status: 403,
    message: `Only Cloud Tasks may post here, and this request is not from it: ${why}`,
  });
}

/**
 * The refusal of a request for the sweep.
 * @param claimedIdentity who the sender says it is, for the log
 */
export function notACronRequest(why: string, claimedIdentity: string | undefined): ServiceError {
  return new ServiceError({
    claimedIdentity,
    code: 'NOT_A_CRON_REQUEST',
    status: 403,
    message: `Only what runs the sweep each minute may ask for it: ${why}`,
  });
}
