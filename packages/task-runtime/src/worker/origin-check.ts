import type { IncomingHttpHeaders } from 'node:http';
import { isPartOfQueue } from '@waybill/queue-file/shards';
import { ServiceError } from '@waybill/service-kit';
import { readTaskDelivery, type TaskDelivery } from './task-delivery.ts';

/** Tells whether a request is from Cloud Tasks, or from App Engine's cron, and refuses all others with 403. */
export interface OriginCheck {
  /** @throws {ServiceError} 403 `NOT_A_TASK_REQUEST` */
  task(headers: IncomingHttpHeaders): TaskDelivery;
  /** @throws {ServiceError} 403 `NOT_A_CRON_REQUEST` */
  cron(headers: IncomingHttpHeaders): void;
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
  const isKnownQueue = (name: string): boolean => options.queues.some((queue) => isPartOfQueue(queue, name));
  return {
    task(headers) {
      if (!onAppEngine)
        throw notATask('task headers prove nothing outside App Engine (GAE_ENV is not "standard")');
      const delivery = readTaskDelivery(headers);
      if (delivery === undefined) {
        throw notATask('it has no X-AppEngine-TaskName and X-AppEngine-QueueName, which Cloud Tasks sets');
      }
      if (!TASK_NAME.test(delivery.taskName)) throw notATask('its X-AppEngine-TaskName is no task’s name');
      if (!isKnownQueue(delivery.queueName))
        throw notATask('its X-AppEngine-QueueName is no queue of this worker');
      return delivery;
    },
    cron(headers) {
      if (!onAppEngine || headers['x-appengine-cron'] !== 'true') {
        throw new ServiceError({
          code: 'NOT_A_CRON_REQUEST',
          status: 403,
          message: 'Only App Engine’s cron may ask for this (X-Appengine-Cron, on App Engine)',
        });
      }
    },
  };
}

function notATask(why: string): ServiceError {
  return new ServiceError({
    code: 'NOT_A_TASK_REQUEST',
    status: 403,
    message: `Only Cloud Tasks may post here, and this request is not from it: ${why}`,
  });
}
