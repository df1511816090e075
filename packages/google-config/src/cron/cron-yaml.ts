import { readFileText } from '../yaml/read-file-text.ts';
import { type Policy, parseYaml, type YamlFile, type YamlPath } from '../yaml/yaml-file.ts';
import { type CronRetry, parseCronRetry } from './cron-retry.ts';
import { parseSchedule } from './parse-schedule.ts';
import type { Schedule } from './schedule.ts';
import { ScheduleError } from './schedule-error.ts';
import { isTimeZone } from './time-zone.ts';

/** One job of a cron.yaml. */
export interface CronJob {
  /** Its description, or its URL. */
  readonly name: string;
  readonly description: string | undefined;
  readonly url: string;
  /** The schedule as it is written. */
  readonly schedule: string;
  /** The schedule as `parseSchedule()` reads it. */
  readonly runs: Schedule;
  readonly timeZone: string;
  /** A service, a version of the default service, or `service:version`; undefined: the default service. */
  readonly target: string | undefined;
  /** undefined: a failed run is not retried. */
  readonly retry: CronRetry | undefined;
}

const JOB_KEYS = ['url', 'schedule', 'timezone', 'description', 'target', 'retry_parameters'];

/** Reads a cron.yaml. @throws {YamlFileError} naming every problem, or that the file can't be read */
export function readCronYaml(file: string, policy?: Policy<CronJob>): CronJob[] {
  return parseCronYaml(file, readFileText(file), policy);
}

/**
 * Reads the text of a cron.yaml with the checks that gcloud makes, and the server's checks of schedules and time zones.
 * @param policy applied to each job
 * @throws {YamlFileError} naming every problem with its line
 */
export function parseCronYaml(file: string, text: string, policy: Policy<CronJob> = () => {}): CronJob[] {
  const yaml = parseYaml(file, text);
  if (yaml.content === undefined) yaml.problem([], 'the file is empty; a cron.yaml has "cron:" and its jobs');
  const root = yaml.mapping(yaml.content, [], 'cron.yaml', ['cron']) ?? {};
  const jobs: CronJob[] = [];
  (yaml.list(root['cron'], ['cron'], 'cron') ?? []).forEach((item, index) => {
    const path = ['cron', index];
    const job = parseJob(yaml, item, path);
    if (job === undefined) return;
    policy(job, yaml, path);
    jobs.push(job);
  });
  yaml.throwIfBad();
  return jobs;
}

/** Reads one job; a text that is missing or wrong is noted, and empty in the job. */
function parseJob(yaml: YamlFile, item: unknown, path: YamlPath): CronJob | undefined {
  const job = yaml.mapping(item, path, 'a cron job', JOB_KEYS);
  if (!job) return undefined;
  for (const key of ['url', 'schedule']) {
    if ((job[key] ?? undefined) === undefined) yaml.problem(path, `a cron job needs "${key}"`);
  }
  const text = (key: string, pattern: RegExp, expected: string) =>
    yaml.text(job[key], [...path, key], `"${key}"`, pattern, expected);
  const url = text('url', /^\/.*$/, 'a path that starts with /') ?? '';
  const schedule = text('schedule', /\S/, 'a schedule') ?? '';
  const runs = parseJobSchedule(yaml, schedule, [...path, 'schedule']);
  const timeZone = text('timezone', /\S/, 'a time zone such as Europe/Berlin') ?? 'UTC';
  if (!isTimeZone(timeZone)) {
    yaml.problem(
      [...path, 'timezone'],
      `"timezone" must be a known time zone such as Europe/Berlin, got "${timeZone}"`,
    );
  }
  const description = text('description', /^.{0,499}$/, 'text of at most 499 characters');
  const target = text('target', /^((?!-)[a-z\d-]{1,63}:)?(?!-)[a-z\d-]{1,100}$/, 'a service or a version');
  const retry = parseCronRetry(yaml, job['retry_parameters'], [...path, 'retry_parameters']);
  return { name: description || url, description, url, schedule, runs, timeZone, target, retry };
}

/** The schedule of a job; one that cannot be read is noted, and stands for each minute in a job that nobody gets. */
function parseJobSchedule(yaml: YamlFile, text: string, path: YamlPath): Schedule {
  try {
    if (text !== '') return parseSchedule(text);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    yaml.problem(path, `"schedule" is none of App Engine's schedules: ${error.message}`);
  }
  return { kind: 'interval', minutes: 1 };
}
