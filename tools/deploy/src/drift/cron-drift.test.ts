import assert from 'node:assert/strict';
import { cronDrift, type DeployedCronJob } from './cron-drift.ts';

const SWEEP = { url: '/cron/sweep', target: 'worker', schedule: 'every 1 minutes', timeZone: 'UTC' };
const JOB: DeployedCronJob = {
  name: 'projects/demo/locations/us-central1/jobs/1',
  schedule: 'every 1 minutes',
  timeZone: 'UTC',
  state: 'ENABLED',
  appEngineHttpTarget: { relativeUri: '/cron/sweep', appEngineRouting: { service: 'worker' } },
};
const UPLOAD = 'gcloud app deploy cron.yaml --project=demo --quiet';

describe('cronDrift()', () => {
  const compare = (...jobs: DeployedCronJob[]) =>
    cronDrift([SWEEP], jobs, { project: 'demo', file: 'cron.yaml' }).drift;

  it('finds none where the jobs are as the file says, also one of an older deployment', () => {
    assert.deepEqual(compare(JOB), []);
    const host = 'worker.demo.uc.r.appspot.com';
    const routed = { relativeUri: '/cron/sweep', appEngineRouting: { host } };
    assert.deepEqual(compare({ ...JOB, appEngineHttpTarget: routed }), []);
  });

  it('names a job that is missing, one too many, and one at another time', () => {
    assert.deepEqual(compare(), [
      {
        difference:
          "/cron/sweep of worker, every 1 minutes (UTC), is in the file, but not in App Engine's cron",
        remedy: UPLOAD,
      },
    ]);
    const other = { ...JOB, appEngineHttpTarget: { relativeUri: '/cron/other' } };
    assert.deepEqual(compare(JOB, other), [
      { difference: 'cron asks for /cron/other of default, which is not in the file', remedy: UPLOAD },
    ]);
    assert.deepEqual(compare({ ...JOB, schedule: 'every 5 minutes' }), [
      {
        difference:
          'cron asks for /cron/sweep of worker every 5 minutes (UTC), the file says every 1 minutes (UTC)',
        remedy: UPLOAD,
      },
    ]);
    assert.deepEqual(compare(JOB, JOB), [
      { difference: 'cron asks for /cron/sweep of worker, which is not in the file', remedy: UPLOAD },
    ]);
  });

  it('tells of a job that is paused, which no upload puts right', () => {
    const [drift] = compare({ ...JOB, state: 'PAUSED' });
    assert.equal(drift?.difference, "cron's job /cron/sweep of worker is paused");
    assert.doesNotMatch(drift.remedy, /gcloud app deploy/);
  });
});
