import assert from 'node:assert/strict';
import { ConfigError, loadConfig, setting } from './config.ts';

function problemsOf(
  settings: Parameters<typeof loadConfig>[0],
  env: Record<string, string>,
): readonly string[] {
  try {
    loadConfig(settings, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig()', () => {
  it('reads each kind of setting with its type', () => {
    const config = loadConfig(
      {
        PORT: setting.wholeNumber({ default: 8080, min: 1, max: 65_535 }),
        GOOGLE_CLOUD_PROJECT: setting.string(),
        WORKER_URL: setting.url(),
        MODE: setting.oneOf(['live', 'test']),
        TRACING: setting.boolean({ default: false }),
        CANARY: setting.optional(setting.string()),
        STRIPE_KEY: setting.secret(),
      },
      {
        PORT: '9000',
        GOOGLE_CLOUD_PROJECT: 'demo',
        WORKER_URL: 'http://127.0.0.1:81/x',
        MODE: 'live',
        TRACING: 'True',
        STRIPE_KEY: 'sk_1',
      },
    );
    // The annotations are the check of the types.
    const port: number = config.PORT;
    const mode: 'live' | 'test' = config.MODE;
    const canary: string | undefined = config.CANARY;
    assert.equal(port, 9000);
    assert.equal(mode, 'live');
    assert.equal(canary, undefined);
    assert.equal(config.GOOGLE_CLOUD_PROJECT, 'demo');
    assert.equal(config.WORKER_URL.host, '127.0.0.1:81');
    assert.equal(config.TRACING, true);
    assert.equal(config.STRIPE_KEY, 'sk_1');
  });

  it('names every problem at once', () => {
    assert.throws(
      () =>
        loadConfig(
          { PORT: setting.wholeNumber({ min: 1, max: 65_535 }), GOOGLE_CLOUD_PROJECT: setting.string() },
          { PORT: 'eighty' },
        ),
      {
        name: 'ConfigError',
        code: 'CONFIG_INVALID',
        message:
          'Bad configuration: PORT must be a whole number from 1 to 65535, got "eighty"; GOOGLE_CLOUD_PROJECT is required',
      },
    );
  });

  it('uses a default only where the variable is not set', () => {
    const settings = { PORT: setting.wholeNumber({ default: 8080 }) };
    assert.equal(loadConfig(settings, {}).PORT, 8080);
    assert.deepEqual(problemsOf(settings, { PORT: '' }), ['PORT must be a whole number, got ""']);
  });

  it('takes an empty variable as not set where the setting is optional', () => {
    const settings = { CANARY: setting.optional(setting.wholeNumber()) };
    assert.equal(loadConfig(settings, { CANARY: '' }).CANARY, undefined);
    assert.equal(loadConfig(settings, { CANARY: '7' }).CANARY, 7);
    assert.deepEqual(problemsOf(settings, { CANARY: 'x' }), ['CANARY must be a whole number, got "x"']);
  });

  for (const text of ['1.5', '1e3', '0x10', ' 7', '7 ', '', '-', '12345678901234567890', '0', '11']) {
    it(`refuses ${JSON.stringify(text)} as a whole number from 1 to 10`, () => {
      assert.equal(problemsOf({ N: setting.wholeNumber({ min: 1, max: 10 }) }, { N: text }).length, 1);
    });
  }

  it('matches a pattern against the whole text, and describes it', () => {
    const settings = { ID: setting.string({ pattern: /[a-z]+/, expected: 'lower-case letters' }) };
    assert.equal(loadConfig(settings, { ID: 'abc' }).ID, 'abc');
    assert.deepEqual(problemsOf(settings, { ID: 'abc1' }), ['ID must be lower-case letters, got "abc1"']);
  });

  it('lists the words of oneOf', () => {
    assert.deepEqual(problemsOf({ MODE: setting.oneOf(['live', 'test']) }, { MODE: 'Live' }), [
      'MODE must be one of live, test, got "Live"',
    ]);
  });

  it('refuses a URL of another protocol, and a relative one', () => {
    const settings = { A: setting.url(), B: setting.url({ protocols: ['smtp:'] }) };
    assert.deepEqual(problemsOf(settings, { A: 'ftp://x', B: '/mail' }), [
      'A must be an absolute URL (http://… on this machine alone or https://…), got "ftp://x"',
      'B must be an absolute URL (smtp://…), got "/mail"',
    ]);
  });

  it('refuses yes and 1 as booleans', () => {
    assert.equal(problemsOf({ A: setting.boolean(), B: setting.boolean() }, { A: 'yes', B: '1' }).length, 2);
  });

  it('never prints a secret or the password of a URL', () => {
    const problems = problemsOf(
      { KEY: setting.secret({ minLength: 20 }), DB: setting.url({ protocols: ['https:'] }) },
      { KEY: 'hunter2', DB: 'http://me:hunter2@host/' },
    ).join();
    assert.match(problems, /KEY must be a secret of at least 20 characters, got 7 characters \(not shown\)/);
    assert.match(problems, /DB must be .*got "http:\/\/…@host\/"/);
    assert.doesNotMatch(problems, /hunter2/);
  });

  it('shortens a long wrong value', () => {
    const [problem] = problemsOf({ N: setting.wholeNumber() }, { N: 'x'.repeat(5_000) });
    assert.ok(problem && problem.length < 200);
  });
});
