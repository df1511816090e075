import {
  MAX_CONCURRENT_DISPATCHES,
  MAX_DISPATCHES_PER_SECOND,
  SERVICE_DEFAULTS,
} from '@waybill/google-config';
import { invalidArgument } from '../cloud-tasks-error.ts';
import { MICROS_PER_SECOND } from '../micros.ts';
import { checkUriOverride, type QueueHttpTarget } from './queue-http-target.ts';

const DAY_SECONDS = 24 * 3_600;
/** The service deletes a task 31 days after its creation, unless its queue says otherwise. */
export const DEFAULT_TASK_TTL_MICROS = 31 * DAY_SECONDS * MICROS_PER_SECOND;
/** Bounds that queue.proto of v2beta3 states. */
const MAX_BURST_SIZE = 500;
const TASK_TTL = { minSeconds: 10 * DAY_SECONDS, maxSeconds: 10 * 365 * DAY_SECONDS };
const TOMBSTONE_TTL = { minSeconds: 3_600, maxSeconds: 9 * DAY_SECONDS };

/** Where in an App Engine application a task goes; an empty part means the default one. */
export interface RoutingInput {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
}

/** Retry settings as a caller gives them. Absent and zero both mean "the default", as over proto3. */
export interface RetrySettingsInput {
  maxAttempts?: number | undefined;
  maxRetryDurationMicros?: number | undefined;
  minBackoffMicros?: number | undefined;
  maxBackoffMicros?: number | undefined;
  maxDoublings?: number | undefined;
}

/** The settings that a caller can give a queue. Absent and zero both mean "the default", as over proto3. */
export interface QueueSettingsInput extends RetrySettingsInput {
  maxDispatchesPerSecond?: number | undefined;
  maxConcurrentDispatches?: number | undefined;
  /** Only the beta versions of the API, and App Engine's queue.yaml, can set it. */
  maxBurstSize?: number | undefined;
  /** Only the beta versions of the API can set it. */
  taskTtlMicros?: number | undefined;
  /** Only the beta versions of the API can set it. */
  tombstoneTtlMicros?: number | undefined;
  samplingRatio?: number | undefined;
  httpTarget?: QueueHttpTarget | undefined;
  routingOverride?: RoutingInput | undefined;
}

/** The retry settings of a queue or a task, with every default filled in. */
export interface RetrySettings {
  /** −1: without limit. */
  readonly maxAttempts: number;
  readonly maxRetryDurationMicros?: number;
  readonly minBackoffMicros: number;
  readonly maxBackoffMicros: number;
  readonly maxDoublings: number;
}

/** A queue's settings with every default filled in. */
export interface QueueSettings extends RetrySettings {
  readonly maxDispatchesPerSecond: number;
  readonly maxBurstSize: number;
  readonly maxConcurrentDispatches: number;
  /** Absent: 31 days. */
  readonly taskTtlMicros?: number;
  /** Absent: as long as the emulator was told. */
  readonly tombstoneTtlMicros?: number;
  readonly samplingRatio?: number;
  readonly httpTarget?: QueueHttpTarget;
  readonly routingOverride?: RoutingInput;
}

/**
 * Fills in the defaults that a queue of the real service reads back with, and refuses what it refuses.
 * @throws {CloudTasksError} INVALID_ARGUMENT, naming the field
 */
export function completeQueueSettings(input: QueueSettingsInput): QueueSettings {
  const rate =
    finite('RateLimits.maxDispatchesPerSecond', input.maxDispatchesPerSecond) ||
    SERVICE_DEFAULTS['rateLimits.maxDispatchesPerSecond'];
  notNegative('RateLimits.maxDispatchesPerSecond', rate);
  atMost('RateLimits.maxDispatchesPerSecond', rate, MAX_DISPATCHES_PER_SECOND);
  const concurrency = input.maxConcurrentDispatches || SERVICE_DEFAULTS['rateLimits.maxConcurrentDispatches'];
  notNegative('RateLimits.maxConcurrentDispatches', concurrency);
  atMost('RateLimits.maxConcurrentDispatches', concurrency, MAX_CONCURRENT_DISPATCHES);

  notNegative('RateLimits.maxBurstSize', input.maxBurstSize ?? 0);
  atMost('RateLimits.maxBurstSize', input.maxBurstSize ?? 0, MAX_BURST_SIZE);
  // A merge may have left nothing of it.
  if (input.httpTarget?.uriOverride) checkUriOverride(input.httpTarget.uriOverride);
  const retry = completeRetrySettings(input);
  const samplingRatio = input.samplingRatio || undefined;
  if (input.samplingRatio !== undefined && !(input.samplingRatio >= 0 && input.samplingRatio <= 1)) {
    throw invalidArgument('sampling_ratio must be between 0.0 and 1.0.');
  }
  const { taskTtlMicros, tombstoneTtlMicros } = input;
  inRange('Queue.taskTtl', taskTtlMicros, TASK_TTL);
  inRange('Queue.tombstoneTtl', tombstoneTtlMicros, TOMBSTONE_TTL);
  return {
    maxDispatchesPerSecond: rate,
    maxBurstSize: input.maxBurstSize || burstSize(rate),
    maxConcurrentDispatches: concurrency,
    ...(taskTtlMicros && { taskTtlMicros }),
    ...(tombstoneTtlMicros && { tombstoneTtlMicros }),
    ...retry,
    ...(samplingRatio !== undefined && { samplingRatio }),
    ...(input.routingOverride && { routingOverride: input.routingOverride }),
    ...(input.httpTarget && { httpTarget: input.httpTarget }),
  };
}

/**
 * Fills in the defaults of retry settings, and refuses what the service refuses.
 * @throws {CloudTasksError} INVALID_ARGUMENT, naming the field
 */
export function completeRetrySettings(input: RetrySettingsInput): RetrySettings {
  const maxAttempts = input.maxAttempts || SERVICE_DEFAULTS['retryConfig.maxAttempts'];
  if (maxAttempts < -1) throw invalidArgument('RetryConfig.maxAttempts must be greater or equal to -1.');
  const maxDoublings = input.maxDoublings || SERVICE_DEFAULTS['retryConfig.maxDoublings'];
  notNegative('RetryConfig.maxDoublings', maxDoublings);
  const maxRetryDurationMicros = input.maxRetryDurationMicros || undefined;
  if (maxRetryDurationMicros !== undefined) {
    checkRetryDuration(maxRetryDurationMicros);
  }
  const minBackoffMicros = input.minBackoffMicros || SERVICE_DEFAULTS['retryConfig.minBackoff'];
  notNegative('RetryConfig.minBackoff', minBackoffMicros);
  const maxBackoffMicros = input.maxBackoffMicros || SERVICE_DEFAULTS['retryConfig.maxBackoff'];
  notNegative('RetryConfig.maxBackoff', maxBackoffMicros);
  if (minBackoffMicros > maxBackoffMicros) {
    throw invalidArgument('RetryConfig.minBackoff must be less than or equal to RetryConfig.maxBackoff.');
  }
  return {
    maxAttempts,
    ...(maxRetryDurationMicros !== undefined && { maxRetryDurationMicros }),
    minBackoffMicros,
    maxBackoffMicros,
    maxDoublings,
  };
}

/** The service takes whole seconds only. */
function checkRetryDuration(durationMicros: number): void {
  if (durationMicros <= -MICROS_PER_SECOND) {
    throw invalidArgument('RetryConfig.max_retry_duration.seconds cannot be negative.');
  }
  if (durationMicros % MICROS_PER_SECOND !== 0) {
    throw invalidArgument('RetryConfig.max_retry_duration.nanos cannot be set.');
  }
}

/** A fifth of the rate, at least 10 (recorded: 500/s gives 100, 54/s gives 10). */
function burstSize(maxDispatchesPerSecond: number): number {
  return Math.max(10, Math.floor(maxDispatchesPerSecond / 5));
}

/** Zero and undefined are unset. The service's text is not recorded. @throws {CloudTasksError} */
function inRange(
  field: string,
  micros: number | undefined,
  { minSeconds, maxSeconds }: { minSeconds: number; maxSeconds: number },
): void {
  if (!micros) return;
  const seconds = micros / MICROS_PER_SECOND;
  if (seconds < minSeconds || seconds > maxSeconds) {
    throw invalidArgument(`${field} must be between [${minSeconds}s, ${maxSeconds}s].`);
  }
}

function finite(field: string, value: number | undefined): number | undefined {
  if (value === undefined || Number.isFinite(value)) return value;
  throw invalidArgument(`${field} must be a finite number.`);
}

function notNegative(field: string, value: number): void {
  if (value < 0) throw invalidArgument(`${field} cannot be negative.`);
}

function atMost(field: string, value: number, limit: number): void {
  if (value > limit) throw invalidArgument(`${field} must be less than or equal to ${limit}.`);
}
