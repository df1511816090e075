import assert from 'node:assert/strict';
import { parseCronYaml } from './cron-yaml.ts';

const job = (lines: string) => `cron:\n- url: /a\n  schedule: every 5 minutes\n${lines}`;

describe('parseCronYaml()', () => {
  it('reads a job and fills in what is left out', () => {
    assert.deepEqual(parseCronYaml('cron.yaml', job('')), [
      {
        name: '/a',
        description: undefined,
        url: '/a',
        schedule: 'every 5 minutes',
        runs: { kind: 'interval', minutes: 5 },
        timeZone: 'UTC',
        target: undefined,
        retry: undefined,
      },
    ]);
    const [full] = parseCronYaml(
      'cron.yaml',
      job(`  description: sweep
  timezone: Europe/Berlin
  target: worker
  retry_parameters:
    job_retry_limit: 3
    job_age_limit: 2h
    min_backoff_seconds: 2.5
    max_doublings: 1
`),
    );
    assert.equal(full?.name, 'sweep');
    assert.equal(full?.target, 'worker');
    assert.deepEqual(full?.retry, {
      limit: 3,
      ageLimitMs: 7_200_000,
      minBackoffMs: 2500,
      maxBackoffMs: 3_600_000,
      maxDoublings: 1,
    });
    assert.deepEqual(parseCronYaml('cron.yaml', 'cron:\n'), []);
  });

  it('fills in the backoff that is left out without a contradiction', () => {
    const retryOf = (lines: string) =>
      parseCronYaml('cron.yaml', job(`  retry_parameters:\n    ${lines}`))[0]?.retry;
    assert.equal(retryOf('max_backoff_seconds: 0.05')?.minBackoffMs, 50);
    assert.equal(retryOf('max_backoff_seconds: 60')?.minBackoffMs, 100);
    assert.equal(retryOf('max_backoff_seconds: 60')?.maxDoublings, 16);
    assert.equal(retryOf('min_backoff_seconds: 7200')?.maxBackoffMs, 7_200_000);
    assert.equal(retryOf('job_retry_limit: 1')?.maxBackoffMs, 3_600_000);
  });

  it("adds a caller's own problems to the reader's", () => {
    assert.throws(
      () =>
        parseCronYaml('cron.yaml', job('  target: worker'), ({ target }, yaml, path) =>
          yaml.problem([...path, 'target'], `no ${target} here`),
        ),
      { message: 'cron.yaml:4: no worker here' },
    );
  });

  const refused: [string, string, string][] = [
    ['an empty file', '', 'cron.yaml:1: the file is empty'],
    ['a file that is no mapping', '- a', 'cron.yaml:1: cron.yaml must be a mapping'],
    ['an unknown key', 'jobs: []', 'cron.yaml:1: unknown key "jobs" in cron.yaml; known keys: cron'],
    ['application', 'application: x\ncron: []', 'cron.yaml:1: unknown key "application"'],
    ['an unknown key of a job', job('  colour: green'), 'cron.yaml:4: unknown key "colour" in a cron job'],
    ['a job without url', 'cron:\n- schedule: every 5 minutes', 'cron.yaml:2: a cron job needs "url"'],
    ['a job without schedule', 'cron:\n- url: /a', 'cron.yaml:2: a cron job needs "schedule"'],
    [
      'a schedule with an unknown word',
      'cron:\n- url: /a\n  schedule: every 5 minuts',
      'cron.yaml:3: "schedule" is none of App Engine\'s schedules: expected "minutes", "mins" or "hours" after "every 5", got "minuts"',
    ],
    [
      'a url that is no path',
      'cron:\n- url: a\n  schedule: every 5 minutes',
      'cron.yaml:2: "url" must be a path',
    ],
    [
      'an unknown time zone',
      job('  timezone: Mars/Base'),
      'cron.yaml:4: "timezone" must be a known time zone',
    ],
    ['a target that is no name', job('  target: Worker'), 'cron.yaml:4: "target" must be'],
    [
      'an unknown retry parameter',
      job('  retry_parameters:\n    tries: 3'),
      'cron.yaml:5: unknown key "tries" in retry_parameters',
    ],
    [
      'too many retries',
      job('  retry_parameters:\n    job_retry_limit: 6'),
      'cron.yaml:5: "job_retry_limit" must be',
    ],
    [
      'an age without a unit',
      job('  retry_parameters:\n    job_age_limit: 5'),
      'cron.yaml:5: "job_age_limit" must be',
    ],
    [
      'no age at all',
      job('  retry_parameters:\n    job_age_limit: 0s'),
      'cron.yaml:5: "job_age_limit" must be',
    ],
    [
      'a shorter backoff at most than at least',
      job('  retry_parameters:\n    min_backoff_seconds: 10\n    max_backoff_seconds: 9'),
      'cron.yaml:6: "max_backoff_seconds" (9) is below "min_backoff_seconds" (10)',
    ],
    ['what is no YAML', 'cron: [', 'cron.yaml:'],
  ];
  for (const [what, text, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => parseCronYaml('cron.yaml', text),
        (error: Error) => {
          assert.ok(error.message.includes(message), error.message);
          return true;
        },
      );
    });
  }
});
