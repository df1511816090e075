import type { protos } from '@google-cloud/tasks';
import { type HttpTargetMessage, readHttpTarget } from '../engine/queues/queue-http-target.ts';
import type {
  QueueSettingsInput,
  RetrySettings,
  RetrySettingsInput,
  RoutingInput,
} from '../engine/queues/queue-settings.ts';
import { parseQueueName } from '../engine/resource-names.ts';
import type { QueueRecord } from '../engine/storage/queue-store.ts';
import { completeRouting } from '../engine/tasks/task-request.ts';
import { durationMicros, toSecondsAndNanos } from './time-messages.ts';

type IQueue = protos.google.cloud.tasks.v2.IQueue;
/** The Queue of the service's v2 API, of which the client library lacks a field. */
type V2Queue = IQueue & { readonly httpTarget?: HttpTargetMessage | null };
type IRetryConfig = protos.google.cloud.tasks.v2.IRetryConfig;

/** The settings in a Queue message; output-only fields are ignored. @throws {CloudTasksError} */
export function readQueueSettings(queue: V2Queue): QueueSettingsInput {
  const { rateLimits, retryConfig, stackdriverLoggingConfig, appEngineRoutingOverride } = queue;
  return {
    maxDispatchesPerSecond: rateLimits?.maxDispatchesPerSecond ?? undefined,
    maxConcurrentDispatches: rateLimits?.maxConcurrentDispatches ?? undefined,
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

/** A queue as the API shows it. @param hostSuffix what follows the project in App Engine hosts */
export function writeQueue(record: QueueRecord, hostSuffixOf: (location: string) => string): V2Queue {
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
  };
}
