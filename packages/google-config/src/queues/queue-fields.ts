import { formatDuration } from './proto-duration.ts';

/**
 * What Cloud Tasks puts where a queue's creator sets nothing, by the field's path in the API. Durations are
 * microseconds; 0 as `maxRetryDuration` and as `samplingRatio`, and an empty routing, are the same as nothing.
 * Source: https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues, and what a queue that was
 * created with no settings reads back as.
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

/** Values of a queue's fields; a field that isn't there has the service's default. Durations are microseconds. */
export type QueueValues = Readonly<Partial<Record<QueueFieldPath, number | string>>>;

/** What can be written in a field. A divided field's value is a sum, of which each shard gets its part. */
export type QueueField =
  | {
      readonly path: QueueFieldPath;
      readonly kind: 'number' | 'integer';
      readonly least: number;
      readonly most: number;
      readonly divided?: true;
    }
  | { readonly path: QueueFieldPath; readonly kind: 'duration'; readonly divided?: never }
  | { readonly path: QueueFieldPath; readonly kind: 'text'; readonly divided?: never };

const INT32_MAX = 2 ** 31 - 1;

/** The highest values that Cloud Tasks takes for one queue. Source: its quotas, and its own refusals. */
export const MAX_DISPATCHES_PER_SECOND = 500;
export const MAX_CONCURRENT_DISPATCHES = 5_000;

/** All fields that can be set on a queue, in the order in which they are shown. */
export const QUEUE_FIELDS: readonly QueueField[] = [
  {
    path: 'rateLimits.maxDispatchesPerSecond',
    kind: 'number',
    least: 0,
    most: MAX_DISPATCHES_PER_SECOND,
    divided: true,
  },
  {
    path: 'rateLimits.maxConcurrentDispatches',
    kind: 'integer',
    least: 0,
    most: MAX_CONCURRENT_DISPATCHES,
    divided: true,
  },
  { path: 'retryConfig.maxAttempts', kind: 'integer', least: -1, most: INT32_MAX },
  { path: 'retryConfig.maxRetryDuration', kind: 'duration' },
  { path: 'retryConfig.minBackoff', kind: 'duration' },
  { path: 'retryConfig.maxBackoff', kind: 'duration' },
  { path: 'retryConfig.maxDoublings', kind: 'integer', least: 0, most: INT32_MAX },
  { path: 'appEngineRoutingOverride.service', kind: 'text' },
  { path: 'appEngineRoutingOverride.version', kind: 'text' },
  { path: 'appEngineRoutingOverride.instance', kind: 'text' },
  { path: 'stackdriverLoggingConfig.samplingRatio', kind: 'number', least: 0, most: 1 },
];

/** A field's value: what is set, else the service's default. */
export function fieldValue(values: QueueValues, path: QueueFieldPath): number | string {
  return values[path] ?? SERVICE_DEFAULTS[path];
}

/** Whether two values of a field are the same to Cloud Tasks, which keeps rates as floating-point numbers. */
export function sameValue(left: number | string, right: number | string): boolean {
  if (typeof left !== 'number' || typeof right !== 'number') return left === right;
  return Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right));
}

/** A field's value as a person, or the file, writes it. Without limit and not set are said in words. */
export function formatValue({ path, kind }: QueueField, value: number | string): string {
  if (value === '') return 'none';
  if (path === 'retryConfig.maxAttempts' && value === -1) return '-1 (no limit)';
  if (path === 'retryConfig.maxRetryDuration' && value === 0) return 'no limit';
  return kind === 'duration' ? formatDuration(Number(value)) : String(value);
}
