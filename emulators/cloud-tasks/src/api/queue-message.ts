import type { protos } from '@google-cloud/tasks';
import { type HttpTargetMessage, readHttpTarget } from '../engine/queues/queue-http-target.ts';
import {
  DEFAULT_TASK_TTL_MICROS,
  type QueueSettingsInput,
  type RetrySettings,
  type RetrySettingsInput,
  type RoutingInput,
} from '../engine/queues/queue-settings.ts';
import { parseQueueName } from '../engine/resource-names.ts';
import type { QueueRecord } from '../engine/storage/queue-store.ts';
import { completeRouting } from '../engine/tasks/task-request.ts';
import { durationMicros, toSecondsAndNanos } from './time-messages.ts';

type IQueue = protos.google.cloud.tasks.v2.IQueue;
type IDuration = protos.google.protobuf.IDuration;
/** The Queue of the service's v2 API, of which the client library lacks a field, and what its beta versions add. */
export type QueueMessage = IQueue & {
  readonly httpTarget?: HttpTargetMessage | null;
  readonly taskTtl?: IDuration | null;
  readonly tombstoneTtl?: IDuration | null;
  readonly stats?: object;
};
type IRetryConfig = protos.google.cloud.tasks.v2.IRetryConfig;

/** The settings in a Queue message; output-only fields are ignored. @throws {CloudTasksError} */
export function readQueueSettings(
  queue: QueueMessage,
  { hasSettableBurst }: { hasSettableBurst: boolean },
): QueueSettingsInput {
  const { rateLimits, retryConfig, stackdriverLoggingConfig, appEngineRoutingOverride } = queue;
  return {
    maxDispatchesPerSecond: rateLimits?.maxDispatchesPerSecond ?? undefined,
    maxConcurrentDispatches: rateLimits?.maxConcurrentDispatches ?? undefined,
    maxBurstSize: (hasSettableBurst ? rateLimits?.maxBurstSize : undefined) ?? undefined,
    taskTtlMicros: durationMicros('Queue.taskTtl', queue.taskTtl),
    tombstoneTtlMicros: durationMicros('Queue.tombstoneTtl', queue.tombstoneTtl),
    ...readRetryConfig(retryConfig),
    samplingRatio: stackdriverLoggingConfig?.samplingRatio ?? undefined,
    routingOverride: readRouting(appEngineRoutingOverride),
    httpTarget: queue.httpTarget ? readHttpTarget(queue.httpTarget) : undefined,
  };
}

/** The settings in a RetryConfig message. @throws {CloudTasksError} */
export function readRetryConfig(retryConfig: IRetryConfig | null | undefined): RetrySettingsInput {
  return {
    maxAttempts: retryConfig?.maxAttempts ?? undefined,
    maxRetryDurationMicros: durationMicros('RetryConfig.maxRetryDuration', retryConfig?.maxRetryDuration),
    minBackoffMicros: durationMicros('RetryConfig.minBackoff', retryConfig?.minBackoff),
    maxBackoffMicros: durationMicros('RetryConfig.maxBackoff', retryConfig?.maxBackoff),
    maxDoublings: retryConfig?.maxDoublings ?? undefined,
  };
}

/** Retry settings as the API shows them. */
export function writeRetryConfig(settings: RetrySettings): IRetryConfig {
  return {
    maxAttempts: settings.maxAttempts,
    ...(settings.maxRetryDurationMicros !== undefined && {
      maxRetryDuration: toSecondsAndNanos(settings.maxRetryDurationMicros),
    }),
    minBackoff: toSecondsAndNanos(settings.minBackoffMicros),
    maxBackoff: toSecondsAndNanos(settings.maxBackoffMicros),
    maxDoublings: settings.maxDoublings,
  };
}

/** The parts of an AppEngineRouting message; undefined where all are empty. */
export function readRouting(
  routing: protos.google.cloud.tasks.v2.IAppEngineRouting | null | undefined,
): RoutingInput | undefined {
  const { service, version, instance } = routing ?? {};
  if (!service && !version && !instance) return undefined;
  return { service: service ?? '', version: version ?? '', instance: instance ?? '' };
}

/** Facts beside the queue that its message depends on. */
export interface QueueSurroundings {
  /** Gives the part of App Engine hosts after the project, by location. */
  readonly hostSuffixOf: (location: string) => string;
  /** How long the names of tasks stay reserved where the queue does not say. */
  readonly defaultTombstoneTtlMicros: number;
}

/** A queue as the API shows it. */
export function writeQueue(
  record: QueueRecord,
  { hostSuffixOf, defaultTombstoneTtlMicros }: QueueSurroundings,
): QueueMessage {
  const { name, settings, paused, purgeMicros } = record;
  const parent = parseQueueName(name)?.parent;
  if (parent === undefined) throw new Error(`The queue has an impossible name: ${name}`);
  return {
    name,
    ...(settings.routingOverride && {
      appEngineRoutingOverride: completeRouting(
        settings.routingOverride,
        parent,
        hostSuffixOf(parent.location),
      ),
    }),
    rateLimits: {
      maxDispatchesPerSecond: settings.maxDispatchesPerSecond,
      maxBurstSize: settings.maxBurstSize,
      maxConcurrentDispatches: settings.maxConcurrentDispatches,
    },
    retryConfig: writeRetryConfig(settings),
    state: paused ? 'PAUSED' : 'RUNNING',
    ...(purgeMicros !== undefined && { purgeTime: toSecondsAndNanos(purgeMicros) }),
    ...(settings.samplingRatio !== undefined && {
      stackdriverLoggingConfig: { samplingRatio: settings.samplingRatio },
    }),
    ...(settings.httpTarget && { httpTarget: settings.httpTarget }),
    taskTtl: toSecondsAndNanos(settings.taskTtlMicros ?? DEFAULT_TASK_TTL_MICROS),
    tombstoneTtl: toSecondsAndNanos(settings.tombstoneTtlMicros ?? defaultTombstoneTtlMicros),
  };
}
