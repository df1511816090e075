import type { YamlFile, YamlPath } from '../yaml/yaml-file.ts';

/** A rule for retries of a failed run. Source: "retry_parameters" of App Engine's cron.yaml reference. */
export interface CronRetry {
  /** Maximum number of retries, at most five. */
  readonly limit: number;
  /** Maximum time from the first try to the start of a retry; undefined: only `limit` counts. */
  readonly ageLimitMs: number | undefined;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly maxDoublings: number;
}

const RETRY_KEYS = [
  'job_retry_limit',
  'job_age_limit',
  'min_backoff_seconds',
  'max_backoff_seconds',
  'max_doublings',
];

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** gcloud's defaults. Source: app_deploy_migration_util.py of the Google Cloud SDK. */
const DEFAULT_MIN_BACKOFF_SECONDS = 0.1;
const DEFAULT_MAX_BACKOFF_SECONDS = 3600;
const DEFAULT_MAX_DOUBLINGS = 16;
const SECONDS = /^\d+(\.\d+)?$/;

/** Reads `retry_parameters` of a cron job; undefined where there are none. */
export function parseCronRetry(yaml: YamlFile, value: unknown, path: YamlPath): CronRetry | undefined {
  const retry = yaml.mapping(value, path, 'retry_parameters', RETRY_KEYS);
  if (!retry) return undefined;
  const text = (key: string, pattern: RegExp, expected: string) =>
    yaml.text(retry[key], [...path, key], `"${key}"`, pattern, expected);
  const number = (key: string, pattern: RegExp, expected: string) => {
    const digits = text(key, pattern, expected);
    return digits === undefined ? undefined : Number(digits);
  };
  const age = text('job_age_limit', /^(?!0+(\.0+)?[smhd]$)\d+(\.\d+)?[smhd]$/, 'a time such as 2h or 1d');
  const limit = number('job_retry_limit', /^[0-5]$/, 'a whole number from 0 to 5');
  const min = number('min_backoff_seconds', SECONDS, 'a number of seconds');
  const max = number('max_backoff_seconds', SECONDS, 'a number of seconds');
  if (min !== undefined && max !== undefined && max < min) {
    yaml.problem(
      [...path, 'max_backoff_seconds'],
      `"max_backoff_seconds" (${max}) is below "min_backoff_seconds" (${min})`,
    );
  }
  return {
    limit: limit ?? 5,
    ageLimitMs: age === undefined ? undefined : Number(age.slice(0, -1)) * (UNIT_MS[age.slice(-1)] ?? 0),
    // Where only one is given, the default of the other never contradicts it.
    minBackoffMs: (min ?? Math.min(DEFAULT_MIN_BACKOFF_SECONDS, max ?? Number.POSITIVE_INFINITY)) * 1000,
    maxBackoffMs: (max ?? Math.max(DEFAULT_MAX_BACKOFF_SECONDS, min ?? 0)) * 1000,
    maxDoublings: number('max_doublings', /^\d+$/, 'a whole number') ?? DEFAULT_MAX_DOUBLINGS,
  };
}
