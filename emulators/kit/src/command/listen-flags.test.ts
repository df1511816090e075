import assert from 'node:assert/strict';
import { listenFlags, readListenOptions } from './listen-flags.ts';
import { readFlags } from './read-flags.ts';

type Environment = Readonly<Record<string, string>>;

function read(...args: string[]) {
  return readWith({}, ...args);
}

function readWith(environment: Environment, ...args: string[]) {
  const { values, problems } = readFlags(args, listenFlags('8123'));
  return { options: readListenOptions(values, environment, problems), problems };
}

describe('readListenOptions()', () => {
  it('has a default for host and port, and keeps data in memory', () => {
    assert.deepEqual(read(), { options: { host: '127.0.0.1', port: 8123 }, problems: [] });
  });

  it('reads all three', () => {
    assert.deepEqual(read('--host', '::1', '--port=0', '--data-dir', 'd').options, {
      host: '::1',
      port: 0,
      dataDir: 'd',
    });
  });

  it('reads allowed hosts from flags and from the environment', () => {
    const { options, problems } = readWith(
      { EMULATOR_ALLOW_HOST: 'tasks, 10.0.0.7' },
      ...['--allow-host', 'cloud-tasks', '--allow-host=my_host.internal'],
    );
    assert.deepEqual(options.allowHosts, ['cloud-tasks', 'my_host.internal', 'tasks', '10.0.0.7']);
    assert.deepEqual(problems, []);
  });

  it('refuses allowed hosts with a port, a scheme or a wildcard', () => {
    const { problems } = readWith(
      { EMULATOR_ALLOW_HOST: '*' },
      '--allow-host=tasks:8123',
      '--allow-host=http://a',
    );
    assert.deepEqual(problems, [
      '--allow-host must be a host name or an IP address without a port, got "tasks:8123"',
      '--allow-host must be a host name or an IP address without a port, got "http://a"',
      'EMULATOR_ALLOW_HOST must be a host name or an IP address without a port, got "*"',
    ]);
  });

  for (const port of ['65536', 'eighty', '', '1.5', '000080', '-1']) {
    it(`refuses the port "${port}"`, () => {
      assert.deepEqual(read(`--port=${port}`).problems, [
        `--port must be a whole number from 0 to 65535, got "${port}"`,
      ]);
    });
  }
});
