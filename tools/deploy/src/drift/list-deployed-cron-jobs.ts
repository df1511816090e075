import { DeploymentError } from '../deployment-error.ts';
import type { DeployedCronJob } from './cron-drift.ts';

/** Where App Engine's cron jobs are asked for. */
export interface CronSource {
  readonly project: string;
  /** App Engine's region as Cloud Scheduler calls it: `europe-west1`. */
  readonly location: string;
  /** Cloud Scheduler's address, with a slash at its end. Default: Google's. */
  readonly endpoint?: string | undefined;
}

const TIMEOUT_MS = 30_000;
/** A page; App Engine takes at most 250 cron jobs. */
const PAGE_SIZE = 500;

/** The address at which App Engine's cron jobs are, and not Cloud Scheduler's own. */
export function cronJobsUrl(source: CronSource): string {
  const { project, location, endpoint = 'https://cloudscheduler.googleapis.com/' } = source;
  const parent = `v1beta1/projects/${project}/locations/${location}`;
  return `${endpoint}${parent}/jobs?legacyAppEngineCron=true&pageSize=${PAGE_SIZE}`;
}

/**
 * Reads App Engine's cron jobs. No gcloud command shows them; this is the request by which `gcloud app deploy cron.yaml`
 * finds out what is there. Source: `legacyAppEngineCron` in Cloud Scheduler's API v1beta1, and gcloud 528's
 * api_lib/tasks/app_deploy_migration_util.py.
 * @param token an access token of somebody who may list Cloud Scheduler's jobs
 * @throws {DeploymentError} if they can't be had
 */
export async function listDeployedCronJobs(source: CronSource, token: string): Promise<DeployedCronJob[]> {
  const url = cronJobsUrl(source);
  // The header names who is charged for the request, as gcloud's own does.
  const headers = { Authorization: `Bearer ${token}`, 'X-Goog-User-Project': source.project };
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return ((await response.json()) as { jobs?: DeployedCronJob[] }).jobs ?? [];
    throw new Error(`answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
  } catch (error) {
    throw new DeploymentError(`App Engine's cron jobs can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
