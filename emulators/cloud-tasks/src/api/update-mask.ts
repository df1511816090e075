import { invalidArgument } from '../engine/cloud-tasks-error.ts';
import type { QueueSettingsInput, RoutingInput } from '../engine/queues/queue-settings.ts';
import type { ApiVersion } from './api-version.ts';
import { HTTP_TARGET_PATHS, mergeHttpTarget } from './merge-http-target.ts';
import { readRouting } from './queue-message.ts';

/** The settings that each path of an update mask names. Paths of output-only fields change nothing. */
const MASK_PATHS: Record<string, readonly (keyof QueueSettingsInput)[]> = {
  name: [],
  state: [],
  purge_time: [],
  stats: [],
  type: [],
  task_ttl: ['taskTtlMicros'],
  tombstone_ttl: ['tombstoneTtlMicros'],
  rate_limits: ['maxDispatchesPerSecond', 'maxConcurrentDispatches', 'maxBurstSize'],
  'rate_limits.max_dispatches_per_second': ['maxDispatchesPerSecond'],
  'rate_limits.max_concurrent_dispatches': ['maxConcurrentDispatches'],
  'rate_limits.max_burst_size': ['maxBurstSize'],
  retry_config: [
    'maxAttempts',
    'maxRetryDurationMicros',
    'minBackoffMicros',
    'maxBackoffMicros',
    'maxDoublings',
  ],
  'retry_config.max_attempts': ['maxAttempts'],
  'retry_config.max_retry_duration': ['maxRetryDurationMicros'],
  'retry_config.min_backoff': ['minBackoffMicros'],
  'retry_config.max_backoff': ['maxBackoffMicros'],
  'retry_config.max_doublings': ['maxDoublings'],
  stackdriver_logging_config: ['samplingRatio'],
  'stackdriver_logging_config.sampling_ratio': ['samplingRatio'],
  app_engine_routing_override: ['routingOverride'],
  'app_engine_routing_override.host': [],
};

const ROUTING_PATH = /^app_engine_routing_override\.(service|version|instance)$/;

/**
 * How an update with this mask changes a queue's settings. Without a mask every setting is replaced; a mask without
 * paths changes nothing. A new rate brings the burst size that belongs to it, unless the update sets one.
 * @param paths exact paths of protobuf fields; undefined where the request has no mask
 * @throws {CloudTasksError} INVALID_ARGUMENT for a path that no queue has
 */
export function mergeByMask(
  paths: readonly string[] | undefined,
  update: QueueSettingsInput,
  version: ApiVersion,
): (current: QueueSettingsInput) => QueueSettingsInput {
  if (paths === undefined) {
    return (current) => ({ ...update, ...picked(current, version.hiddenSettings) });
  }
  const names = paths.map((path) => checkPath(path, version));
  const setsBurst = version.hasSettableBurst && names.includes('rate_limits.max_burst_size');
  return (current) => {
    const merged = { ...current };
    for (const path of names) {
      if (path === 'rate_limits.max_dispatches_per_second' && !setsBurst) delete merged.maxBurstSize;
      if (path === 'rate_limits.max_burst_size' && !setsBurst) continue;
      mergePath(merged, update, path);
    }
    return merged;
  };
}

function mergePath(merged: QueueSettingsInput, update: QueueSettingsInput, path: string): void {
  const part = ROUTING_PATH.exec(path)?.[1] as keyof RoutingInput | undefined;
  if (part !== undefined) {
    const whole = { service: '', version: '', instance: '', ...merged.routingOverride };
    merged.routingOverride = readRouting({ ...whole, [part]: update.routingOverride?.[part] ?? '' });
  }
  if (HTTP_TARGET_PATHS.has(path)) {
    merged.httpTarget = mergeHttpTarget(merged.httpTarget, update.httpTarget, path);
  }
  for (const key of MASK_PATHS[path] ?? []) Object.assign(merged, { [key]: update[key] });
}

/** The path in the terms of the emulator's messages. @throws {CloudTasksError} */
function checkPath(path: string, version: ApiVersion): string {
  const name = version.toMaskPath(path);
  if (
    name !== undefined &&
    (Object.hasOwn(MASK_PATHS, name) || ROUTING_PATH.test(name) || HTTP_TARGET_PATHS.has(name))
  ) {
    return name;
  }
  throw invalidArgument(`Invalid mask: ${path}`);
}

function picked(
  settings: QueueSettingsInput,
  keys: readonly (keyof QueueSettingsInput)[],
): QueueSettingsInput {
  return Object.fromEntries(keys.map((key) => [key, settings[key]]));
}
