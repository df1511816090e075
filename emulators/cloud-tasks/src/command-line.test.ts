import assert from 'node:assert/strict';
import { HELP, readCommandLine } from './command-line.ts';

describe('readCommandLine()', () => {
  it('has a default for everything', () => {
    assert.deepEqual(readCommandLine([], {}), {
      help: false,
      logEvents: false,
      options: { host: '127.0.0.1', port: 8123 },
    });
  });

  it('reads every option', () => {
    const args =
      '--host 0.0.0.0 --port 0 --data-dir d --queues q.yaml --project p --location europe-west1 --app-engine-url http://127.0.0.1:8080 --app-engine-host-suffix x.test --issuer https://issuer.test --functions-url http://functions.test:5001 --allow-loopback-http-tokens --log-events --queue a --queue b --auto-create-queues --max-attempts 3';
    const command = readCommandLine([...args.split(' '), '--app-engine-header', 'X-A: 1'], {
      CLOUD_TASKS_EMULATOR_APP_ENGINE_HEADER: 'X-B: s:e c',
    });
    assert.deepEqual(command, {
      help: false,
      logEvents: true,
      options: {
        host: '0.0.0.0',
        port: 0,
        dataDir: 'd',
        queues: {
          project: 'p',
          location: 'europe-west1',
          file: 'q.yaml',
          watch: true,
          list: [
            { name: 'a', settings: {} },
            { name: 'b', settings: {} },
          ],
        },
        autoCreateQueues: true,
        maxAttempts: 3,
        issuer: 'https://issuer.test',
        functionsUrl: 'http://functions.test:5001',
        allowLoopbackHttpTokens: true,
        appEngine: {
          url: 'http://127.0.0.1:8080',
          headers: { 'X-A': '1', 'X-B': 's:e c' },
          hostSuffix: 'x.test',
        },
      },
    });
  });

  it('names all problems at once, but shows no header: it may be a secret', () => {
    assert.throws(
      () =>
        readCommandLine(['--port', '70000', '--app-engine-url', 'here', '--functions-url', 'http://f/'], {
          CLOUD_TASKS_EMULATOR_APP_ENGINE_HEADER: 'secret',
        }),
      (error: Error) => {
        assert.match(error.message, /--port.*70000/);
        assert.match(error.message, /--app-engine-url.*here/);
        assert.match(error.message, /--functions-url must be a URL without a slash at its end.*f\//);
        assert.match(error.message, /APP_ENGINE_HEADER must have the form/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
    assert.throws(() => readCommandLine(['--nope'], {}), /--nope/);
  });

  it('explains every option in --help', () => {
    assert.deepEqual(readCommandLine(['--help'], {}), { help: true });
    for (const option of [
      'host',
      'port',
      'data-dir',
      'queues',
      'queue',
      'auto-create-queues',
      'max-attempts',
      'project',
      'location',
      'log-events',
    ]) {
      assert.match(HELP, new RegExp(`--${option} `));
    }
  });

  it('reads --version', () => {
    assert.deepEqual(readCommandLine(['--version'], {}), { help: false, version: true });
  });

  it('reads every option from the environment', () => {
    const command = readCommandLine(['--max-attempts', '2'], {
      CLOUD_TASKS_EMULATOR_HOST: '0.0.0.0:8200',
      CLOUD_TASKS_EMULATOR_DATA_DIR: 'd',
      CLOUD_TASKS_EMULATOR_QUEUE: 'a, b',
      CLOUD_TASKS_EMULATOR_AUTO_CREATE_QUEUES: '1',
      CLOUD_TASKS_EMULATOR_MAX_ATTEMPTS: '5',
      CLOUD_TASKS_EMULATOR_PROJECT: 'p',
      CLOUD_TASKS_EMULATOR_LOG_EVENTS: 'true',
    });
    assert.deepEqual(command, {
      help: false,
      logEvents: true,
      options: {
        host: '0.0.0.0',
        port: 8200,
        dataDir: 'd',
        queues: {
          project: 'p',
          location: 'us-central1',
          list: [
            { name: 'a', settings: {} },
            { name: 'b', settings: {} },
          ],
        },
        autoCreateQueues: true,
        maxAttempts: 2,
      },
    });
  });

  it('takes the place of a whole queue name', () => {
    const { options } = readCommandLine(['--queue', 'projects/p/locations/europe-west1/queues/q'], {}) as {
      options: object;
    };
    assert.deepEqual((options as { queues: object }).queues, {
      project: 'p',
      location: 'europe-west1',
      list: [{ name: 'q', settings: {} }],
    });
  });

  it('names problems of the command line and of the environment together', () => {
    assert.throws(
      () =>
        readCommandLine(['--queue', 'a b', '--max-attempts', '0', '--nope'], {
          CLOUD_TASKS_EMULATOR_PORT: 'x',
          CLOUD_TASKS_EMULATOR_AUTO_CREATE_QUEUES: 'maybe',
        }),
      (error: Error) => {
        for (const pattern of [
          /--queue must be 1 to 100 letters.*got "a b"/,
          /--max-attempts must be a whole number from 1 on, got "0"/,
          /--nope/,
          /CLOUD_TASKS_EMULATOR_PORT must be a whole number from 0 to 65535, got "x"/,
          /CLOUD_TASKS_EMULATOR_AUTO_CREATE_QUEUES must be 1 or 0/,
        ]) {
          assert.match(error.message, pattern);
        }
        return true;
      },
    );
  });

  it('reads throttling, which is off without its flags', () => {
    const throttling = (...args: string[]) => {
      const command = readCommandLine(args, {});
      return !command.help && command.options?.throttling;
    };
    assert.equal(throttling(), undefined);
    assert.deepEqual(throttling('--heed-retry-after', '--slow-start', '2.5'), {
      onErrors: false,
      retryAfter: true,
      slowStartPerSecond: 2.5,
    });
    assert.deepEqual(throttling('--throttle-on-errors'), { onErrors: true, retryAfter: false });
    for (const rate of ['0', '-1', 'x', 'Infinity']) {
      assert.throws(
        () => throttling(`--slow-start=${rate}`),
        /--slow-start must be a rate per second above 0/,
      );
    }
  });

  it('reads faults from the flag or the environment, and names what is wrong with them', () => {
    const text = '{"seed":1,"duplicateShare":0.2}';
    for (const command of [
      readCommandLine(['--faults', text], {}),
      readCommandLine([], { CLOUD_TASKS_EMULATOR_FAULTS: text }),
    ]) {
      assert.deepEqual(!command.help && command.options?.faults, { seed: 1, duplicateShare: 0.2 });
    }
    assert.throws(() => readCommandLine(['--faults', '{'], {}), /--faults must be JSON/);
    assert.throws(() => readCommandLine(['--faults', '{}', '--port', 'x'], {}), /--port must.*seed must/s);
  });
});
