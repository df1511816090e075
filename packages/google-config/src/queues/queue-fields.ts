import { formatProtoDuration } from './proto-duration.ts';

/**
 * Values that Cloud Tasks gives a queue whose creator sets nothing, by the field's path in the API. Durations are
 * microseconds. 0 in `maxRetryDuration` and `samplingRatio`, and an empty routing, mean "not set".
 * Source: https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues, and a queue that was created
 * without settings and read back.
 */
export const SERVICE_DEFAULTS = {
  'rateLimits.maxDispatchesPerSecond': 500,
  'rateLimits.maxConcurrentDispatches': 1_000,
  'retryConfig.maxAttempts': 100,
  'retryConfig.maxRetryDuration': 0,
  'retryConfig.minBackoff': 100_000,
  'retryConfig.maxBackoff': 3_600_000_000,
  'retryConfig.maxDoublings': 16,
  'appEngineRoutingOverride.service': '',
  'appEngineRoutingOverride.version': '',
  'appEngineRoutingOverride.instance': '',
  'stackdriverLoggingConfig.samplingRatio': 0,
} as const;

/** The path of a field that can be set on a queue. */
export type QueueFieldPath = keyof typeof SERVICE_DEFAULTS;

/** Values of a queue's fields; an absent field has the service's default. Durations are microseconds. */
export type QueueValues = Readonly<Partial<Record<QueueFieldPath, number | string>>>;

/** A field and the values that it takes. */
export type QueueField =
  | NumberField
  | DurationField
  | { readonly path: QueueFieldPath; readonly kind: 'text'; readonly divided?: never };

/**
 * A field with a number above 0, for 0 means "not set" to the API. The value of a divided one is a sum; each shard gets its
 * part.
 */
export interface NumberField {
  readonly path: QueueFieldPath;
  readonly kind: 'number' | 'integer';
  readonly max: number;
  /** The value, beside 1 to `max`, that means no limit. */
  readonly unlimited?: -1;
  readonly divided?: true;
}

/** A field with a duration above 0. */
export interface DurationField {
  readonly path: QueueFieldPath;
  readonly kind: 'duration';
  /** Cloud Tasks refuses a fraction of a second. */
  readonly wholeSeconds?: true;
  readonly divided?: never;
}

const INT32_MAX = 2 ** 31 - 1;

/** Maximum values that Cloud Tasks accepts for one queue. Source: its quotas, and its own refusals. */
export const MAX_DISPATCHES_PER_SECOND = 500;
export const MAX_CONCURRENT_DISPATCHES = 5_000;

/** All fields that can be set on a queue, in the order in which they are shown. */
export const QUEUE_FIELDS: readonly QueueField[] = [
  {
    path: 'rateLimits.maxDispatchesPerSecond',
    kind: 'number',
    max: MAX_DISPATCHES_PER_SECOND,
    divided: true,
  },
  {
    path: 'rateLimits.maxConcurrentDispatches',
    kind: 'integer',
    max: MAX_CONCURRENT_DISPATCHES,
    divided: true,
  },
  { path: 'retryConfig.maxAttempts', kind: 'integer', max: INT32_MAX, unlimited: -1 },
  { path: 'retryConfig.maxRetryDuration', kind: 'duration', wholeSeconds: true },
  { path: 'retryConfig.minBackoff', kind: 'duration' },
  { path: 'retryConfig.maxBackoff', kind: 'duration' },
  { path: 'retryConfig.maxDoublings', kind: 'integer', max: INT32_MAX },
  { path: 'appEngineRoutingOverride.service', kind: 'text' },
  { path: 'appEngineRoutingOverride.version', kind: 'text' },
  { path: 'appEngineRoutingOverride.instance', kind: 'text' },
  { path: 'stackdriverLoggingConfig.samplingRatio', kind: 'number', max: 1 },
];

/** A field's value: the one that is set, else the service's default. */
export function fieldValue(values: QueueValues, path: QueueFieldPath): number | string {
  return values[path] ?? SERVICE_DEFAULTS[path];
}

/** Whether Cloud Tasks takes two values of a field for the same; it keeps rates as floating-point numbers. */
export function sameValue({ kind }: QueueField, left: number | string, right: number | string): boolean {
  if (kind === 'duration' || typeof left !== 'number' || typeof right !== 'number') return left === right;
  return Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right));
}

/** A field's value as a person, or the file, writes it; "no limit" and "none" in words. */
export function formatValue({ path, kind }: QueueField, value: number | string): string {
  if (value === '') return 'none';
  if (path === 'retryConfig.maxAttempts' && value === -1) return '-1 (no limit)';
  if (path === 'retryConfig.maxRetryDuration' && value === 0) return 'no limit';
  return kind === 'duration' ? formatProtoDuration(Number(value)) : String(value);
}
