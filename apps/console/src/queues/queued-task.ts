import type { protos } from '@google-cloud/tasks';

/** A task as Cloud Tasks has it, without its body. */
export interface QueuedTask {
  /** Its short name: the task's id with its generation, or what another producer called it. */
  readonly name: string;
  /** Where it is delivered: a path on App Engine, else a URL. */
  readonly target: string;
  /** When it is delivered next. */
  readonly scheduledAtMs: number | null;
  readonly dispatches: number;
  readonly responses: number;
  /** What the last delivery was answered, as Cloud Tasks tells it; null: nothing yet. */
  readonly lastStatus: string | null;
  /** The headers of its request that its producer gave; Cloud Tasks adds its own to each delivery. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What of Cloud Tasks' answer a page shows. */
export function queuedTask(task: protos.google.cloud.tasks.v2.ITask): QueuedTask {
  const { appEngineHttpRequest, httpRequest, lastAttempt, scheduleTime } = task;
  const status = lastAttempt?.responseStatus;
  return {
    name: task.name?.split('/').at(-1) ?? '',
    target: appEngineHttpRequest?.relativeUri ?? httpRequest?.url ?? '',
    scheduledAtMs: scheduleTime?.seconds
      ? Number(scheduleTime.seconds) * 1_000 + Math.floor((scheduleTime.nanos ?? 0) / 1_000_000)
      : null,
    dispatches: task.dispatchCount ?? 0,
    responses: task.responseCount ?? 0,
    lastStatus: status?.message ? status.message : null,
    headers: appEngineHttpRequest?.headers ?? httpRequest?.headers ?? {},
  };
}
