import { readFileSync } from 'node:fs';
import {
  fieldValue,
  isAppEngineQueueYaml,
  keepsQueuesPaused,
  parseAppEngineQueues,
  parseQueueFile,
  physicalQueues,
  type QueueFieldPath,
  QueueFileError,
  type QueueValues,
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

/** The queues of a file, and what the file's format means for queues that are there already. */
export interface DeclaredQueues {
  readonly format: 'queues.yaml' | 'queue.yaml';
  readonly queues: readonly DeclaredQueue[];
  /** Queues that the file stopped stay paused: `resume_paused_queues: False` of a queue.yaml. */
  readonly keepsPaused: boolean;
}

/**
 * Reads the queues that a file declares, shards one by one. Its format is that of `@waybill/google-config`'s queue
 * file, or App Engine's queue.yaml, told apart by their keys.
 * @throws {QueueFileError} naming all problems at once, or that the file can't be read
 */
export function readQueueFile(file: string): DeclaredQueue[] {
  return [...parseDeclaredQueues(file, readText(file)).queues];
}

/** Reads the text of a queue file. @throws {QueueFileError} naming all problems at once */
export function parseDeclaredQueues(file: string, text: string): DeclaredQueues {
  if (isAppEngineQueueYaml(file, text)) {
    const queues = parseAppEngineQueues(file, text).map(({ name, values, maxBurstSize, state }) => ({
      name,
      settings: { ...settingsOf(values), maxBurstSize },
      ...(state !== undefined && { state }),
    }));
    return { format: 'queue.yaml', queues, keepsPaused: keepsQueuesPaused(file, text) };
  }
  const queues = parseQueueFile(file, text)
    .queues.flatMap(physicalQueues)
    .map(({ name, values, state }) => ({
      name,
      settings: settingsOf(values),
      ...(state !== undefined && { state }),
    }));
  return { format: 'queues.yaml', queues, keepsPaused: false };
}

/** @throws {QueueFileError} if the file can't be read */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new QueueFileError(file, [`it can't be read: ${(error as Error).message}`], { cause: error });
  }
}

function settingsOf(values: QueueValues): QueueSettingsInput {
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
