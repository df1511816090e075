import type { CronJob } from '@waybill/google-config';
import { shellText } from '../process/command.ts';
import { deployConfigCommand } from '../process/gcloud-commands.ts';
import type { Comparison, Drift } from './drift.ts';

/** A job of App Engine's cron, as Cloud Scheduler's API shows it: its `Job`. */
export interface DeployedCronJob {
  readonly name: string;
  readonly schedule: string;
  readonly timeZone?: string;
  readonly state?: string;
  readonly appEngineHttpTarget?: {
    readonly relativeUri?: string;
    /** Jobs of older deployments have their service in `host`: `worker.my-project.uc.r.appspot.com`. */
    readonly appEngineRouting?: { readonly service?: string; readonly host?: string };
  };
}

/** The parts of a cron.yaml's job that are compared. */
export type WantedCronJob = Pick<CronJob, 'url' | 'target' | 'schedule' | 'timeZone'>;

/** Compares App Engine's cron with a cron.yaml: path, service, schedule and time zone. Descriptions may differ. */
export function cronDrift(
  wanted: readonly WantedCronJob[],
  deployed: readonly DeployedCronJob[],
  { project, file }: { project: string; file: string },
): Comparison {
  const upload = shellText(deployConfigCommand(project, file));
  const drift: Drift[] = [];
  const missing = new Map(
    wanted.map(({ url, target = 'default', schedule, timeZone }) => [
      `${url} of ${target}`,
      `${schedule} (${timeZone})`,
    ]),
  );
  for (const job of deployed) {
    const { appEngineHttpTarget, schedule, timeZone = 'UTC', state = 'ENABLED' } = job;
    const shown = `${appEngineHttpTarget?.relativeUri} of ${serviceOf(job, project)}`;
    const when = `${schedule} (${timeZone})`;
    const asked = missing.get(shown);
    if (!missing.delete(shown)) {
      drift.push({ difference: `cron asks for ${shown}, which is not in the file`, remedy: upload });
      continue;
    }
    if (when !== asked) {
      drift.push({ difference: `cron asks for ${shown} ${when}, the file says ${asked}`, remedy: upload });
    }
    if (state !== 'ENABLED') {
      const remedy = 'resume it in the Google Cloud console: Cloud Scheduler, App Engine cron jobs';
      drift.push({ difference: `cron's job ${shown} is ${state.toLowerCase()}`, remedy });
    }
  }
  for (const [shown, when] of missing) {
    drift.push({
      difference: `${shown}, ${when}, is in the file, but not in App Engine's cron`,
      remedy: upload,
    });
  }
  return { drift, notes: [] };
}

function serviceOf({ appEngineHttpTarget }: DeployedCronJob, project: string): string {
  const { service, host = '' } = appEngineHttpTarget?.appEngineRouting ?? {};
  if (service !== undefined) return service;
  const [first = ''] = host.split('.');
  return first === '' || first === project ? 'default' : first;
}
