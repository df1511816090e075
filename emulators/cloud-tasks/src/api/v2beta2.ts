import type { ApiVersion, IAppEngineRouting } from './api-version.ts';
import type { QueueMessage } from './queue-message.ts';
import { refusePull } from './refuse-pull.ts';
import type { TaskMessage } from './task-message.ts';

interface Beta2Queue {
  readonly name?: string | null;
  readonly appEngineHttpTarget?: { readonly appEngineRoutingOverride?: IAppEngineRouting | null } | null;
  readonly pullTarget?: object | null;
  readonly httpTarget?: QueueMessage['httpTarget'];
  readonly rateLimits?: {
    readonly maxTasksDispatchedPerSecond?: number | null;
    readonly maxBurstSize?: number | null;
    readonly maxConcurrentTasks?: number | null;
  } | null;
  readonly retryConfig?:
    | (QueueMessage['retryConfig'] & { readonly unlimitedAttempts?: boolean | null })
    | null;
  readonly taskTtl?: QueueMessage['taskTtl'];
  readonly tombstoneTtl?: QueueMessage['tombstoneTtl'];
}

interface Beta2Task extends Pick<TaskMessage, 'name' | 'scheduleTime' | 'httpRequest'> {
  readonly appEngineHttpRequest?: {
    readonly httpMethod?: NonNullable<NonNullable<TaskMessage['appEngineHttpRequest']>['httpMethod']> | null;
    readonly appEngineRouting?: IAppEngineRouting | null;
    readonly relativeUrl?: string | null;
    readonly headers?: Record<string, string> | null;
    readonly payload?: Uint8Array | string | null;
  } | null;
  readonly pullMessage?: object | null;
}

/** Paths of an update mask that have another name in v2. */
const RENAMED_PATHS: Readonly<Record<string, string>> = {
  app_engine_http_target: 'app_engine_routing_override',
  'rate_limits.max_tasks_dispatched_per_second': 'rate_limits.max_dispatches_per_second',
  'rate_limits.max_concurrent_tasks': 'rate_limits.max_concurrent_dispatches',
  'retry_config.unlimited_attempts': 'retry_config.max_attempts',
};
/** Paths that only other versions have. */
const FOREIGN_PATHS =
  /^(app_engine_routing_override|stackdriver_logging_config|type|rate_limits\.max_dispatches_per_second|rate_limits\.max_concurrent_dispatches)/;

export const V2BETA2: ApiVersion = {
  name: 'v2beta2',
  hiddenSettings: ['samplingRatio'],
  hasSettableBurst: true,
  toMaskPath(path) {
    if (Object.hasOwn(RENAMED_PATHS, path)) return RENAMED_PATHS[path];
    if (path.startsWith('app_engine_http_target.')) return path.slice('app_engine_http_target.'.length);
    return FOREIGN_PATHS.test(path) ? undefined : path;
  },
  readQueue,
  writeQueue,
  readTask,
  writeTask,
};

function readQueue(queue: Beta2Queue): QueueMessage {
  const { name, appEngineHttpTarget, pullTarget, httpTarget, rateLimits, retryConfig } = queue;
  if (pullTarget) refusePull('google.cloud.tasks.v2beta2.Queue.pull_target');
  const routing = appEngineHttpTarget?.appEngineRoutingOverride;
  const { unlimitedAttempts, ...retry } = retryConfig ?? {};
  return {
    ...(name && { name }),
    ...(routing && { appEngineRoutingOverride: routing }),
    ...(httpTarget && { httpTarget }),
    ...(rateLimits && {
      rateLimits: {
        maxDispatchesPerSecond: rateLimits.maxTasksDispatchedPerSecond ?? null,
        maxBurstSize: rateLimits.maxBurstSize ?? null,
        maxConcurrentDispatches: rateLimits.maxConcurrentTasks ?? null,
      },
    }),
    ...(retryConfig && { retryConfig: { ...retry, ...(unlimitedAttempts && { maxAttempts: -1 }) } }),
    ...(queue.taskTtl && { taskTtl: queue.taskTtl }),
    ...(queue.tombstoneTtl && { tombstoneTtl: queue.tombstoneTtl }),
  };
}

function writeQueue(queue: QueueMessage): object {
  const { appEngineRoutingOverride, rateLimits, retryConfig, httpTarget, ...rest } = queue;
  const { maxAttempts, ...retry } = retryConfig ?? {};
  return {
    ...rest,
    // A queue has one target. One without an HTTP target serves App Engine.
    ...(httpTarget
      ? { httpTarget }
      : { appEngineHttpTarget: appEngineRoutingOverride ? { appEngineRoutingOverride } : {} }),
    rateLimits: {
      maxTasksDispatchedPerSecond: rateLimits?.maxDispatchesPerSecond,
      maxBurstSize: rateLimits?.maxBurstSize,
      maxConcurrentTasks: rateLimits?.maxConcurrentDispatches,
    },
    retryConfig: { ...retry, ...(maxAttempts === -1 ? { unlimitedAttempts: true } : { maxAttempts }) },
  };
}

function readTask(task: Beta2Task): TaskMessage {
  const { name, scheduleTime, httpRequest, appEngineHttpRequest, pullMessage } = task;
  if (pullMessage) refusePull('google.cloud.tasks.v2beta2.Task.pull_message');
  const shared = { ...(name && { name }), ...(scheduleTime && { scheduleTime }) };
  if (httpRequest) return { ...shared, httpRequest };
  if (!appEngineHttpRequest) return shared;
  const { relativeUrl, payload, ...rest } = appEngineHttpRequest;
  return {
    ...shared,
    appEngineHttpRequest: { ...rest, relativeUri: relativeUrl ?? null, body: payload ?? null },
  };
}

function writeTask(task: TaskMessage): object {
  const { name, scheduleTime, createTime, view, httpRequest, appEngineHttpRequest } = task;
  const { relativeUri, body, ...rest } = appEngineHttpRequest ?? {};
  return {
    name,
    scheduleTime,
    createTime,
    view,
    ...(httpRequest && { httpRequest }),
    ...(appEngineHttpRequest && {
      appEngineHttpRequest: { ...rest, relativeUrl: relativeUri, ...(body && { payload: body }) },
    }),
    status: {
      attemptDispatchCount: task.dispatchCount,
      attemptResponseCount: task.responseCount,
      ...(task.firstAttempt && { firstAttemptStatus: task.firstAttempt }),
      ...(task.lastAttempt && { lastAttemptStatus: task.lastAttempt }),
    },
  };
}
