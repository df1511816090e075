import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CronJob, cronDrift, readCronFile } from './cron-drift.ts';

const SWEEP = { url: '/cron/sweep', target: 'worker', schedule: 'every 1 minutes' };
const JOB: CronJob = {
  name: 'projects/demo/locations/us-central1/jobs/1',
  schedule: 'every 1 minutes',
  timeZone: 'UTC',
  state: 'ENABLED',
  appEngineHttpTarget: { relativeUri: '/cron/sweep', appEngineRouting: { service: 'worker' } },
};
const UPLOAD = 'gcloud app deploy cron.yaml --project=demo --quiet';

describe('cronDrift()', () => {
  const compare = (...jobs: CronJob[]) =>
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
        what: "/cron/sweep of worker, every 1 minutes (UTC), is in the file, but not in App Engine's cron",
        mend: UPLOAD,
      },
    ]);
    const other = { ...JOB, appEngineHttpTarget: { relativeUri: '/cron/other' } };
    assert.deepEqual(compare(JOB, other), [
      { what: 'cron asks for /cron/other of default, which is not in the file', mend: UPLOAD },
    ]);
    assert.deepEqual(compare({ ...JOB, schedule: 'every 5 minutes' }), [
      {
        what: 'cron asks for /cron/sweep of worker every 5 minutes (UTC), the file says every 1 minutes (UTC)',
        mend: UPLOAD,
      },
    ]);
    assert.deepEqual(compare(JOB, JOB), [
      { what: 'cron asks for /cron/sweep of worker, which is not in the file', mend: UPLOAD },
    ]);
  });

  it('tells of a job that is paused, which no upload puts right', () => {
    const [drift] = compare({ ...JOB, state: 'PAUSED' });
    assert.equal(drift?.what, "cron's job /cron/sweep of worker is paused");
    assert.doesNotMatch(drift.mend, /gcloud app deploy/);
  });
});

describe('readCronFile()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cron-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("reads the project's own", () => {
    assert.deepEqual(
      readCronFile(join(import.meta.dirname, '../../../../cron.yaml')).map(({ url, target }) => [
        url,
        target,
      ]),
      [['/cron/sweep', 'worker']],
    );
  });

  it('refuses a setting that would not be compared', () => {
    const file = join(folder, 'cron.yaml');
    writeFileSync(file, 'cron:\n- url: /x\n  schedule: every 1 hours\n  retry_parameters: {}\n');
    assert.throws(() => readCronFile(file), /"retry_parameters" is not known here/);
  });
});
