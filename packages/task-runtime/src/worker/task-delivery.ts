import type { IncomingHttpHeaders } from 'node:http';

/**
 * What Cloud Tasks says of a delivery, from the headers of an App Engine task request.
 * Source: https://cloud.google.com/tasks/docs/creating-appengine-handlers
 */
export interface TaskDelivery {
  /** `X-AppEngine-QueueName`: the queue's short name. */
  readonly queueName: string;
  /** `X-AppEngine-TaskName`: the task's short name. */
  readonly taskName: string;
  /** `X-AppEngine-TaskRetryCount`: deliveries before this one, also those that never reached a handler. */
  readonly retryCount: number;
  /** `X-AppEngine-TaskExecutionCount`: answers that Cloud Tasks got before. */
  readonly executionCount: number;
  /** `X-AppEngine-TaskETA`: when it was to be delivered, in ms since the epoch (seconds with decimals on the wire). */
  readonly etaMs: number | undefined;
  /** `X-AppEngine-TaskPreviousResponse`, on retries only: the status of the last answer; 0 if there was none. */
  readonly previousResponse: number | undefined;
  /** `X-AppEngine-TaskRetryReason`, on retries only. */
  readonly retryReason: string | undefined;
}

/** Reads a delivery's headers; undefined where the queue's or the task's name is missing. */
export function readTaskDelivery(headers: IncomingHttpHeaders): TaskDelivery | undefined {
  const queueName = text(headers, 'x-appengine-queuename');
  const taskName = text(headers, 'x-appengine-taskname');
  if (queueName === undefined || taskName === undefined) return undefined;
  const etaSeconds = number(headers, 'x-appengine-tasketa');
  return {
    queueName,
    taskName,
    retryCount: number(headers, 'x-appengine-taskretrycount') ?? 0,
    executionCount: number(headers, 'x-appengine-taskexecutioncount') ?? 0,
    etaMs: etaSeconds === undefined ? undefined : Math.round(etaSeconds * 1_000),
    previousResponse: number(headers, 'x-appengine-taskpreviousresponse'),
    retryReason: text(headers, 'x-appengine-taskretryreason'),
  };
}

function text(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(headers: IncomingHttpHeaders, name: string): number | undefined {
  const value = text(headers, name);
  return value !== undefined && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}
