import { type CronJob, parseCronYaml, YamlFileError } from '@waybill/google-config';
import type { AppEngineEmulator } from '../start-app-engine-emulator.ts';
import { badRequest, notFound } from './admin-api-error.ts';
import { type AdminRoute, jsonBody } from './admin-route.ts';

/** A job of App Engine's cron as Cloud Scheduler's beta API has it, by which gcloud deploys cron.yaml. */
interface JobMessage {
  readonly name: string;
  readonly description?: string | undefined;
  readonly schedule: string;
  readonly timeZone?: string;
  readonly legacyAppEngineCron?: boolean;
  readonly appEngineHttpTarget: {
    readonly httpMethod?: string;
    readonly relativeUri?: string;
    readonly appEngineRouting?: { readonly service?: string | undefined };
  };
  readonly retryConfig?: {
    readonly retryCount?: number;
    readonly maxRetryDuration?: string;
    readonly minBackoffDuration?: string;
    readonly maxBackoffDuration?: string;
    readonly maxDoublings?: number;
  };
}

/** App Engine's cron behind the routes of Cloud Scheduler. */
export class CronJobRoutes {
  readonly #project: string;
  readonly #location: string;
  readonly #emulator: AppEngineEmulator;
  readonly #jobs = new Map<string, { message: JobMessage; job: CronJob }>();
  #created = 0;

  constructor(options: {
    project: string;
    location: string;
    emulator: AppEngineEmulator;
  }) {
    this.#project = options.project;
    this.#location = options.location;
    this.#emulator = options.emulator;
    for (const job of options.emulator.cronJobs()) this.#add(messageOf(job), job);
  }

  get routes(): readonly AdminRoute[] {
    const locations = `/v1(?:beta1)?/(projects/${this.#project}/locations`;
    const { labels } = { labels: { 'cloud.googleapis.com/region': this.#location } };
    const name = `projects/${this.#project}/locations/${this.#location}`;
    return [
      [
        new RegExp(`^GET ${locations})$`),
        () => ({ locations: [{ locationId: this.#location, name, labels }] }),
      ],
      [
        new RegExp(`^GET ${locations}/[\\w-]+/jobs)$`),
        // Without the parameter gcloud asks for Cloud Scheduler's own jobs, of which there are none.
        ({ query }) =>
          query.get('legacyAppEngineCron') === 'true'
            ? { jobs: [...this.#jobs.values()].map(({ message }) => message) }
            : {},
      ],
      [
        new RegExp(`^POST ${locations}/[\\w-]+/jobs)$`),
        (call) => {
          const message = jsonBody<JobMessage>(call);
          const added = this.#add(message, parseJob(message));
          this.#apply();
          return added;
        },
      ],
      [
        new RegExp(`^DELETE ${locations}/[\\w-]+/jobs/[\\w-]+)$`),
        ({ groups: [job = ''] }) => {
          if (!this.#jobs.delete(job)) throw notFound(`The job ${job}`);
          this.#apply();
          return {};
        },
      ],
    ];
  }

  #add(message: Partial<JobMessage>, job: CronJob): JobMessage {
    this.#created += 1;
    const name = `projects/${this.#project}/locations/${this.#location}/jobs/cron-${this.#created}`;
    const added: JobMessage = { ...messageOf(job), ...message, name };
    this.#jobs.set(name, { message: added, job });
    return added;
  }

  #apply(): void {
    this.#emulator.setCronJobs([...this.#jobs.values()].map(({ job }) => job));
  }
}

function messageOf(job: CronJob): JobMessage {
  return {
    name: '',
    description: job.description,
    schedule: job.schedule,
    timeZone: job.timeZone,
    legacyAppEngineCron: true,
    appEngineHttpTarget: {
      httpMethod: 'GET',
      relativeUri: job.url,
      appEngineRouting: { service: job.target },
    },
    ...(job.retry && {
      retryConfig: {
        retryCount: job.retry.limit,
        maxRetryDuration: `${(job.retry.ageLimitMs ?? 0) / 1000}s`,
        minBackoffDuration: `${job.retry.minBackoffMs / 1000}s`,
        maxBackoffDuration: `${job.retry.maxBackoffMs / 1000}s`,
        maxDoublings: job.retry.maxDoublings,
      },
    }),
  };
}

/** @throws {AdminApiError} naming what is wrong with the job */
function parseJob({
  schedule,
  timeZone,
  description,
  appEngineHttpTarget,
  retryConfig,
}: Partial<JobMessage>): CronJob {
  const seconds = (duration: string | undefined) => duration && Number.parseFloat(duration);
  const age = retryConfig?.maxRetryDuration;
  const job = {
    url: appEngineHttpTarget?.relativeUri,
    schedule,
    timezone: timeZone,
    description,
    target: appEngineHttpTarget?.appEngineRouting?.service,
    retry_parameters: retryConfig && {
      job_retry_limit: retryConfig.retryCount,
      job_age_limit: seconds(age) ? age : undefined,
      min_backoff_seconds: seconds(retryConfig.minBackoffDuration),
      max_backoff_seconds: seconds(retryConfig.maxBackoffDuration),
      max_doublings: retryConfig.maxDoublings,
    },
  };
  try {
    const [parsed] = parseCronYaml('cron.yaml', JSON.stringify({ cron: [job] }));
    if (parsed !== undefined) return parsed;
  } catch (error) {
    if (error instanceof YamlFileError) throw badRequest(error.message, error);
    throw error;
  }
  throw badRequest('The job is empty');
}
