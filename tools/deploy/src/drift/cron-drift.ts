import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { deployConfigCommand, shellText } from '../process/gcloud-commands.ts';
import { DeploymentError } from '../deployment-error.ts';
import type { Comparison, Drift } from './drift.ts';

/** An entry of cron.yaml, as far as it is used here. */
export interface CronEntry {
  readonly url: string;
  readonly schedule: string;
  /** Default UTC. */
  readonly timezone?: string;
  /** The service; default `default`. */
  readonly target?: string;
}

/** A job of App Engine's cron, as Cloud Scheduler's API shows it: its `Job`. */
export interface CronJob {
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

const KNOWN_KEYS = new Set(['description', 'url', 'schedule', 'timezone', 'target']);

/** The entries of a cron.yaml. @throws {DeploymentError} for a setting that would not be compared */
export function readCronFile(file: string): CronEntry[] {
  const { cron } = parse(readFileSync(file, 'utf8')) as { cron?: Record<string, string>[] };
  const entries = cron ?? [];
  const unknown = entries.flatMap((entry) => Object.keys(entry)).find((key) => !KNOWN_KEYS.has(key));
  if (unknown !== undefined) {
    throw new DeploymentError(`${file}: "${unknown}" is not known here: teach cron-drift.ts to compare it`);
  }
  return entries as unknown as CronEntry[];
}

/** Compares App Engine's cron with a cron.yaml: what is asked for when, and of whom. Descriptions may differ. */
export function cronDrift(
  wanted: readonly CronEntry[],
  deployed: readonly CronJob[],
  { project, file }: { project: string; file: string },
): Comparison {
  const upload = shellText(deployConfigCommand(project, file));
  const drift: Drift[] = [];
  const missing = new Map(
    wanted.map(({ url, target = 'default', schedule, timezone = 'UTC' }) => [
      `${url} of ${target}`,
      `${schedule} (${timezone})`,
    ]),
  );
  for (const job of deployed) {
    const { appEngineHttpTarget, schedule, timeZone = 'UTC', state = 'ENABLED' } = job;
    const shown = `${appEngineHttpTarget?.relativeUri} of ${serviceOf(job, project)}`;
    const when = `${schedule} (${timeZone})`;
    const asked = missing.get(shown);
    if (!missing.delete(shown)) {
      drift.push({ what: `cron asks for ${shown}, which is not in the file`, mend: upload });
      continue;
    }
    if (when !== asked) {
      drift.push({ what: `cron asks for ${shown} ${when}, the file says ${asked}`, mend: upload });
    }
    if (state !== 'ENABLED') {
      const mend = 'resume it in the Google Cloud console: Cloud Scheduler, App Engine cron jobs';
      drift.push({ what: `cron's job ${shown} is ${state.toLowerCase()}`, mend });
    }
  }
  for (const [shown, when] of missing) {
    drift.push({ what: `${shown}, ${when}, is in the file, but not in App Engine's cron`, mend: upload });
  }
  return { drift, notes: [] };
}

function serviceOf({ appEngineHttpTarget }: CronJob, project: string): string {
  const { service, host = '' } = appEngineHttpTarget?.appEngineRouting ?? {};
  if (service !== undefined) return service;
  const [first = ''] = host.split('.');
  return first === '' || first === project ? 'default' : first;
}
