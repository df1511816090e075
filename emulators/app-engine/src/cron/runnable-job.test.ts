import assert from 'node:assert/strict';
import { parseRunnableJobs } from './runnable-job.ts';

describe('parseRunnableJobs()', () => {
  it('reads the schedule of each job', () => {
    const [job] = parseRunnableJobs('cron.yaml', 'cron:\n- url: /a\n  schedule: every 5 minutes');
    assert.deepEqual(job?.schedule, { kind: 'interval', minutes: 5 });
    assert.equal(job.name, '/a');
  });

  it('refuses an unknown schedule, and names the other problems of its job too', () => {
    assert.throws(
      () => parseRunnableJobs('cron.yaml', 'cron:\n- url: a\n  schedule: sometimes'),
      (error: Error) => {
        assert.match(error.message, /cron\.yaml:2: "url" must be a path/);
        const message =
          'cron.yaml:3: this emulator does not know the schedule "sometimes"; it knows "every N minutes" (or mins), "every N hours", "every day HH:MM", "every monday HH:MM"';
        assert.ok(error.message.includes(message), error.message);
        return true;
      },
    );
  });
});
