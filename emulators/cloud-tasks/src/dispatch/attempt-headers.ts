import type { Dispatch } from '../engine/attempts/dispatch-loop.ts';
import { MICROS_PER_SECOND } from '../engine/micros.ts';
import type { Headers } from '../engine/tasks/headers.ts';

/**
 * What the service tells a handler about an attempt, by `X-AppEngine-…` or `X-CloudTasks-…` headers
 * (cloud.google.com/tasks/docs/creating-appengine-handlers and creating-http-target-tasks).
 */
export function attemptHeaders(dispatch: Dispatch): Headers {
  const { queue, task, scheduleMicros, retryCount, previousResponse } = dispatch;
  const prefix = task.target.kind === 'appEngine' ? 'X-AppEngine-' : 'X-CloudTasks-';
  const headers: [string, string][] = [
    [`${prefix}QueueName`, queue.name.queueId],
    [`${prefix}TaskName`, task.taskId],
    [`${prefix}TaskRetryCount`, String(retryCount)],
    [`${prefix}TaskExecutionCount`, String(task.executionCount)],
    [`${prefix}TaskETA`, decimalSeconds(scheduleMicros)],
  ];
  if (previousResponse !== undefined) {
    headers.push([`${prefix}TaskPreviousResponse`, String(previousResponse.status)]);
    // Recorded: HTTP targets get it too, but empty.
    headers.push([`${prefix}TaskRetryReason`, previousResponse.reason]);
  }
  return headers;
}

/**
 * Seconds since the Unix epoch with up to six decimals, trailing zeros cut (recorded). A division would show the
 * rounding of binary fractions.
 */
function decimalSeconds(micros: number): string {
  const fraction = String(micros % MICROS_PER_SECOND)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const seconds = String(Math.floor(micros / MICROS_PER_SECOND));
  return fraction === '' ? seconds : `${seconds}.${fraction}`;
}
