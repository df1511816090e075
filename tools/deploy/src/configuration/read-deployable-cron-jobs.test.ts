import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeployableCronJobs } from './read-deployable-cron-jobs.ts';

describe('readDeployableCronJobs()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cron-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("reads the project's own", () => {
    assert.deepEqual(
      readDeployableCronJobs(join(import.meta.dirname, '../../../../cron.yaml')).map(({ url, target }) => [
        url,
        target,
      ]),
      [['/cron/sweep', 'worker']],
    );
  });

  it('refuses a setting that would not be compared', () => {
    const file = join(folder, 'cron.yaml');
    writeFileSync(file, 'cron:\n- url: /x\n  schedule: every 1 hours\n  retry_parameters: {}\n');
    assert.throws(() => readDeployableCronJobs(file), /"retry_parameters" is not known here/);
  });
});
