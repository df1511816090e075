import type { IncomingHttpHeaders } from 'node:http';

/** The prefix of a delivery's headers: to App Engine, and to any other address. */
export type TaskHeaderPrefix = 'X-AppEngine-' | 'X-CloudTasks-';

/**
 * A delivery as its headers describe it; their names are those of App Engine, and elsewhere the same
 * with `X-CloudTasks-`.
 * Sources: https://cloud.google.com/tasks/docs/creating-appengine-handlers and creating-http-target-tasks
 */
export interface TaskDelivery {
  /** `X-AppEngine-QueueName`: the queue's short name. */
  readonly queueName: string;
  /** `X-AppEngine-TaskName`: the task's short name. */
  readonly taskName: string;
  /** `X-AppEngine-TaskRetryCount`: deliveries before this one, also those that never reached a handler. */
  readonly retryCount: number;
  /** Whether Cloud Tasks says that none came before this one; false where it does not say. */
  readonly isFirst: boolean;
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
export function readTaskDelivery(
  headers: IncomingHttpHeaders,
  prefix: TaskHeaderPrefix,
): TaskDelivery | undefined {
  const text = (name: string): string | undefined => textOf(headers[`${prefix}${name}`.toLowerCase()]);
  const number = (name: string): number | undefined => numberOf(text(name));
  const queueName = text('QueueName');
  const taskName = text('TaskName');
  if (queueName === undefined || taskName === undefined) return undefined;
  const etaSeconds = number('TaskETA');
  return {
    queueName,
    taskName,
    retryCount: number('TaskRetryCount') ?? 0,
    isFirst: number('TaskRetryCount') === 0,
    executionCount: number('TaskExecutionCount') ?? 0,
    etaMs: etaSeconds === undefined ? undefined : Math.round(etaSeconds * 1_000),
    previousResponse: number('TaskPreviousResponse'),
    retryReason: text('TaskRetryReason'),
  };
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}
