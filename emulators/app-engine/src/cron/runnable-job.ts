import {
  type CronJob,
  type Policy,
  parseCronYaml,
  parseSchedule,
  readCronYaml,
  type Schedule,
  SUPPORTED_SCHEDULES,
} from '@waybill/google-config';

/** A job of cron.yaml whose schedule the emulator runs. */
export interface RunnableJob extends Omit<CronJob, 'schedule'> {
  readonly schedule: Schedule;
}

/** Reads the jobs of a cron.yaml. @throws {YamlFileError} naming every problem, unsupported schedules too */
export function readRunnableJobs(file: string): RunnableJob[] {
  return readCronYaml(file, refuseUnsupportedSchedule).flatMap(withSchedule);
}

/** Reads the jobs of a cron.yaml's text. @throws {YamlFileError} naming every problem, unsupported schedules too */
export function parseRunnableJobs(file: string, text: string): RunnableJob[] {
  return parseCronYaml(file, text, refuseUnsupportedSchedule).flatMap(withSchedule);
}

function withSchedule(job: CronJob): RunnableJob[] {
  const schedule = parseSchedule(job.schedule);
  return schedule === undefined ? [] : [{ ...job, schedule }];
}

const refuseUnsupportedSchedule: Policy<CronJob> = ({ schedule }, yaml, path) => {
  if (schedule === '' || parseSchedule(schedule) !== undefined) return;
  yaml.problem(
    [...path, 'schedule'],
    `this emulator does not know the schedule "${schedule}"; it knows ${SUPPORTED_SCHEDULES}`,
  );
};
