import { YamlFile } from '../yaml/yaml-file.ts';
import { parseSchedule, type Schedule, supportedSchedules } from '@waybill/app-engine-emulator';
import { isTimeZone } from '@waybill/app-engine-emulator';

/** When and how often a failed run is tried again. Source: "retry_parameters" of App Engine's cron.yaml reference. */
export interface CronRetry {
  /** At most five. */
  limit: number;
  /** No retry starts later than so long after the first try; undefined: only `limit` counts. */
  ageLimitMs: number | undefined;
  minBackoffMs: number;
  maxBackoffMs: number;
  maxDoublings: number;
}

/** One job of cron.yaml. */
export interface CronJob {
  /** Its description, or its URL. */
  name: string;
  description: string | undefined;
  url: string;
  schedule: Schedule;
  timeZone: string;
  /** A service, a version of the default service, or `service:version`; undefined: the default service. */
  target: string | undefined;
  /** undefined: a failed run is not tried again. */
  retry: CronRetry | undefined;
}

const jobKeys = ['url', 'schedule', 'timezone', 'description', 'target', 'retry_parameters'];
const retryKeys = [
  'job_retry_limit',
  'job_age_limit',
  'min_backoff_seconds',
  'max_backoff_seconds',
  'max_doublings',
];

/**
 * Reads a cron.yaml with the checks that gcloud makes, and those of the server that the emulator can make (the schedule and
 * the time zone).
 * @throws {YamlFileError} naming every problem with its line.
 */
export function parseCronYaml(file: string, text: string): CronJob[] {
  const yaml = new YamlFile(file, text);
  if (yaml.content === undefined) yaml.problem([], 'the file is empty; a cron.yaml has "cron:" and its jobs');
  const root = yaml.mapping(yaml.content, [], 'cron.yaml', ['cron']) ?? {};
  const jobs: CronJob[] = [];
  (yaml.list(root['cron'], ['cron'], 'cron') ?? []).forEach((item, index) => {
    const path = ['cron', index];
    const job = yaml.mapping(item, path, 'a cron job', jobKeys);
    if (!job) return;
    for (const key of ['url', 'schedule']) {
      if ((job[key] ?? undefined) === undefined) yaml.problem(path, `a cron job needs "${key}"`);
    }
    const text = (key: string, pattern: RegExp, expected: string) =>
      yaml.text(job[key], [...path, key], `"${key}"`, pattern, expected);
    const url = text('url', /^\/.*$/, 'a path that starts with /');
    const scheduleText = text('schedule', /\S/, 'a schedule');
    const schedule = scheduleText === undefined ? undefined : parseSchedule(scheduleText);
    if (scheduleText !== undefined && schedule === undefined) {
      yaml.problem(
        [...path, 'schedule'],
        `this emulator does not know the schedule "${scheduleText}"; it knows ${supportedSchedules}`,
      );
    }
    const timeZone = text('timezone', /\S/, 'a time zone such as Europe/Berlin') ?? 'UTC';
    if (!isTimeZone(timeZone)) {
      yaml.problem(
        [...path, 'timezone'],
        `"timezone" must be a known time zone such as Europe/Berlin, got "${timeZone}"`,
      );
    }
    const description = text('description', /^.{0,499}$/, 'text of at most 499 characters');
    const target = text('target', /^((?!-)[a-z\d-]{1,63}:)?(?!-)[a-z\d-]{1,100}$/, 'a service or a version');
    const retry = parseRetry(yaml, job['retry_parameters'], [...path, 'retry_parameters']);
    if (url === undefined || schedule === undefined) return;
    jobs.push({ name: description || url, description, url, schedule, timeZone, target, retry });
  });
  yaml.throwIfBad();
  return jobs;
}

function parseRetry(yaml: YamlFile, value: unknown, path: (string | number)[]): CronRetry | undefined {
  const retry = yaml.mapping(value, path, 'retry_parameters', retryKeys);
  if (!retry) return undefined;
  const number = (key: string, pattern: RegExp, expected: string) => {
    const text = yaml.text(retry[key], [...path, key], `"${key}"`, pattern, expected);
    return text === undefined ? undefined : Number(text);
  };
  const seconds = /^\d+(\.\d+)?$/;
  const agePath = [...path, 'job_age_limit'];
  const age = yaml.text(
    retry['job_age_limit'],
    agePath,
    '"job_age_limit"',
    /^\d+(\.\d+)?[smhd]$/,
    'a time such as 2h or 1d',
  );
  const limit = number('job_retry_limit', /^[0-5]$/, 'a whole number from 0 to 5');
  return {
    limit: limit ?? 5,
    ageLimitMs: age === undefined ? undefined : Number(age.slice(0, -1)) * (unitsMs[age.slice(-1)] ?? 0),
    // App Engine's documents give no defaults for the first two; Cloud Scheduler's (5 s, one hour, 5) stand in for them.
    minBackoffMs: (number('min_backoff_seconds', seconds, 'a number of seconds') ?? 5) * 1000,
    maxBackoffMs: (number('max_backoff_seconds', seconds, 'a number of seconds') ?? 3600) * 1000,
    maxDoublings: number('max_doublings', /^\d+$/, 'a whole number') ?? 5,
  };
}

const unitsMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
