import {
  fieldValue,
  type PhysicalQueue,
  physicalQueues,
  type QueueFieldPath,
  readQueueFile as readFile,
} from '@waybill/google-config';
import type { QueueSettingsInput } from './engine/queues/queue-settings.ts';

/** A queue that a file, or a program, declares. */
export interface DeclaredQueue {
  /** The short id: letters, digits and hyphens. */
  readonly name: string;
  readonly settings: QueueSettingsInput;
  /** PAUSED: nothing is dispatched until the queue is resumed. */
  readonly state?: 'PAUSED';
}

/**
 * Reads the queues that a file declares, shards one by one; the format is `@waybill/google-config`'s.
 * @throws {QueueFileError} naming all problems at once
 */
export function readQueueFile(file: string): DeclaredQueue[] {
  return readFile(file)
    .queues.flatMap(physicalQueues)
    .map((queue) => ({
      name: queue.name,
      settings: settingsOf(queue),
      ...(queue.state !== undefined && { state: queue.state }),
    }));
}

function settingsOf({ values }: PhysicalQueue): QueueSettingsInput {
  const number = (path: QueueFieldPath): number => Number(fieldValue(values, path));
  // The emulator keeps whole microseconds.
  const micros = (path: QueueFieldPath): number => Math.ceil(number(path));
  const text = (path: QueueFieldPath): string => String(fieldValue(values, path));
  const routing = {
    service: text('appEngineRoutingOverride.service'),
    version: text('appEngineRoutingOverride.version'),
    instance: text('appEngineRoutingOverride.instance'),
  };
  const routed = routing.service !== '' || routing.version !== '' || routing.instance !== '';
  return {
    maxDispatchesPerSecond: number('rateLimits.maxDispatchesPerSecond'),
    maxConcurrentDispatches: number('rateLimits.maxConcurrentDispatches'),
    maxAttempts: number('retryConfig.maxAttempts'),
    maxRetryDurationMicros: micros('retryConfig.maxRetryDuration'),
    minBackoffMicros: micros('retryConfig.minBackoff'),
    maxBackoffMicros: micros('retryConfig.maxBackoff'),
    maxDoublings: number('retryConfig.maxDoublings'),
    samplingRatio: number('stackdriverLoggingConfig.samplingRatio') || undefined,
    ...(routed && { routingOverride: routing }),
  };
}
