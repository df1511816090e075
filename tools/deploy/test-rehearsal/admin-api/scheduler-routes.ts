import type { DeployedCronJob } from '../../src/drift/cron-drift.ts';
import { json, queryOf, type Route } from './stand-in-routes.ts';

/** Cloud Scheduler's view of App Engine's cron; tests may change the jobs. */
export interface SchedulerAdmin {
  readonly routes: readonly Route[];
  readonly cronJobs: DeployedCronJob[];
}

/** Starts without jobs, in one location. */
export function createSchedulerAdmin(project: string): SchedulerAdmin {
  const cronJobs: DeployedCronJob[] = [];
  const locations = `/v1(?:beta1)?/projects/${project}/locations`;
  return {
    cronJobs,
    routes: [
      [
        new RegExp(`^GET ${locations}$`),
        () => ({
          locations: [
            {
              locationId: 'us-central1',
              name: `projects/${project}/locations/us-central1`,
              labels: { 'cloud.googleapis.com/region': 'us-central1' },
            },
          ],
        }),
      ],
      [
        new RegExp(`^GET ${locations}/us-central1/jobs$`),
        // Cloud Scheduler's own jobs are others, of which there are none.
        (_match, _body, request) => ({
          jobs: queryOf(request, 'legacyAppEngineCron') === 'true' ? cronJobs : [],
        }),
      ],
      [
        new RegExp(`^POST ${locations}/[\\w-]+/jobs$`),
        (_match, body) => {
          const job = { ...json(body), name: `job-${cronJobs.length + 1}` } as unknown as DeployedCronJob;
          cronJobs.push(job);
          return job;
        },
      ],
    ],
  };
}
