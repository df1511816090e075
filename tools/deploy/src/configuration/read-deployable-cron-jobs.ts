import { type CronJob, type Policy, readCronYaml } from '@waybill/google-config';
import { asDeploymentError } from './as-deployment-error.ts';

/** Reads the jobs of a cron.yaml. @throws {DeploymentError} naming every problem, settings that drift ignores too */
export function readDeployableCronJobs(file: string): CronJob[] {
  return asDeploymentError(() => readCronYaml(file, refuseUncomparedSettings));
}

const refuseUncomparedSettings: Policy<CronJob> = ({ retry }, yaml, path) => {
  if (retry === undefined) return;
  yaml.problem(
    [...path, 'retry_parameters'],
    '"retry_parameters" is not known here: teach cron-drift.ts to compare it',
  );
};
