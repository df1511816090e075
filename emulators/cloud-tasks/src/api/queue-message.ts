import type { protos } from '@google-cloud/tasks';
import { invalidArgument } from '../engine/cloud-tasks-error.ts';
import type { QueueSettingsInput, RoutingInput } from '../engine/queues/queue-settings.ts';
import { requireQueueName } from '../engine/resource-names.ts';
import type { QueueRecord } from '../engine/storage/queue-store.ts';
import { completeRouting } from '../engine/tasks/task-request.ts';
import { durationMicros, toSecondsAndNanos } from './time-messages.ts';

type IQueue = protos.google.cloud.tasks.v2.IQueue;

/** The settings in a Queue message; output-only fields are ignored. @throws {CloudTasksError} */
export function readQueueSettings(queue: IQueue): QueueSettingsInput {
  const { rateLimits, retryConfig, stackdriverLoggingConfig, appEngineRoutingOverride } = queue;
  return {
    maxDispatchesPerSecond: rateLimits?.maxDispatchesPerSecond ?? undefined,
    maxConcurrentDispatches: rateLimits?.maxConcurrentDispatches ?? undefined,
    maxAttempts: retryConfig?.maxAttempts ?? undefined,
    maxRetryDurationMicros: durationMicros('RetryConfig.maxRetryDuration', retryConfig?.maxRetryDuration),
    minBackoffMicros: durationMicros('RetryConfig.minBackoff', retryConfig?.minBackoff),
    maxBackoffMicros: durationMicros('RetryConfig.maxBackoff', retryConfig?.maxBackoff),
    maxDoublings: retryConfig?.maxDoublings ?? undefined,
    samplingRatio: stackdriverLoggingConfig?.samplingRatio ?? undefined,
    routingOverride: readRouting(appEngineRoutingOverride),
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
export function writeQueue(record: QueueRecord, hostSuffixOf: (location: string) => string): IQueue {
  const { name, settings, paused, purgeMicros } = record;
  const { parent } = requireQueueName(name);
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
    retryConfig: {
      maxAttempts: settings.maxAttempts,
      ...(settings.maxRetryDurationMicros !== undefined && {
        maxRetryDuration: toSecondsAndNanos(settings.maxRetryDurationMicros),
      }),
      minBackoff: toSecondsAndNanos(settings.minBackoffMicros),
      maxBackoff: toSecondsAndNanos(settings.maxBackoffMicros),
      maxDoublings: settings.maxDoublings,
    },
    state: paused ? 'PAUSED' : 'RUNNING',
    ...(purgeMicros !== undefined && { purgeTime: toSecondsAndNanos(purgeMicros) }),
    ...(settings.samplingRatio !== undefined && {
      stackdriverLoggingConfig: { samplingRatio: settings.samplingRatio },
    }),
  };
}

/** The fields that each path of an update mask names. Paths of output-only fields change nothing. */
const MASK_PATHS: Record<string, readonly (keyof QueueSettingsInput)[]> = {
  name: [],
  state: [],
  purgeTime: [],
  rateLimits: ['maxDispatchesPerSecond', 'maxConcurrentDispatches'],
  'rateLimits.maxDispatchesPerSecond': ['maxDispatchesPerSecond'],
  'rateLimits.maxConcurrentDispatches': ['maxConcurrentDispatches'],
  'rateLimits.maxBurstSize': [],
  retryConfig: [
    'maxAttempts',
    'maxRetryDurationMicros',
    'minBackoffMicros',
    'maxBackoffMicros',
    'maxDoublings',
  ],
  'retryConfig.maxAttempts': ['maxAttempts'],
  'retryConfig.maxRetryDuration': ['maxRetryDurationMicros'],
  'retryConfig.minBackoff': ['minBackoffMicros'],
  'retryConfig.maxBackoff': ['maxBackoffMicros'],
  'retryConfig.maxDoublings': ['maxDoublings'],
  stackdriverLoggingConfig: ['samplingRatio'],
  'stackdriverLoggingConfig.samplingRatio': ['samplingRatio'],
  appEngineRoutingOverride: ['routingOverride'],
  'appEngineRoutingOverride.host': [],
};

const ROUTING_PATH = /^appEngineRoutingOverride\.(service|version|instance)$/;

/**
 * How an update with this mask changes a queue's settings; an empty mask, or `*`, means all of them.
 * Paths may be spelt as in protobuf or as in JSON.
 * @throws {CloudTasksError} INVALID_ARGUMENT for a path that no queue has
 */
export function mergeByMask(
  paths: readonly string[],
  update: QueueSettingsInput,
): (current: QueueSettingsInput) => QueueSettingsInput {
  const inJson = paths.map((path) => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  if (inJson.length === 0 || inJson.includes('*')) return () => update;
  for (const path of inJson) {
    if (!Object.hasOwn(MASK_PATHS, path) && !ROUTING_PATH.test(path)) {
      throw invalidArgument(`The update mask names "${path}", which is no field of a queue.`);
    }
  }
  return (current) => {
    const merged = { ...current };
    for (const path of inJson) {
      const part = ROUTING_PATH.exec(path)?.[1] as keyof RoutingInput | undefined;
      if (part !== undefined) {
        const whole = { service: '', version: '', instance: '', ...merged.routingOverride };
        merged.routingOverride = readRouting({ ...whole, [part]: update.routingOverride?.[part] ?? '' });
      }
      for (const key of MASK_PATHS[path] ?? []) Object.assign(merged, { [key]: update[key] });
    }
    return merged;
  };
}
