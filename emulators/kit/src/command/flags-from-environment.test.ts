import assert from 'node:assert/strict';
import { flagsFromEnvironment } from './flags-from-environment.ts';

const FLAGS = {
  host: { type: 'string' },
  port: { type: 'string' },
  queue: { type: 'string', multiple: true },
  'log-events': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function complete(args: string[], env: Record<string, string>) {
  return flagsFromEnvironment(args, FLAGS, { env, prefix: 'X', except: ['help'] });
}

describe('flagsFromEnvironment()', () => {
  it('adds values, lists and switches', () => {
    const { args, originOf } = complete(['--host', '::1'], {
      X_PORT: '1',
      X_QUEUE: 'a, b',
      X_LOG_EVENTS: 'true',
      X_HELP: '1',
    });
    assert.deepEqual(args, ['--port=1', '--queue=a', '--queue=b', '--log-events', '--host', '::1']);
    assert.deepEqual([originOf('port'), originOf('host')], ['X_PORT', '--host']);
  });

  it('prefers the command line, and ignores empty variables', () => {
    const { args } = complete(['--port=2', '--queue', 'c'], {
      X_PORT: '1',
      X_QUEUE: 'a',
      X_HOST: '',
      X_LOG_EVENTS: '0',
    });
    assert.deepEqual(args, ['--port=2', '--queue', 'c']);
  });

  for (const [address, expected] of [
    ['127.0.0.1:8123', ['--host=127.0.0.1', '--port=8123']],
    ['[::1]:8123', ['--host=::1', '--port=8123']],
    ['localhost', ['--host=localhost']],
    ['::1', ['--host=::1']],
  ] as const) {
    it(`listens at the clients' address ${address}`, () => {
      assert.deepEqual(complete([], { X_HOST: address }).args, expected);
    });
  }

  it("prefers the port's own variable to the clients' address", () => {
    assert.deepEqual(complete([], { X_HOST: 'a:1', X_PORT: '2' }).args, ['--host=a', '--port=2']);
  });

  it('names a switch that is neither on nor off', () => {
    assert.deepEqual(complete([], { X_LOG_EVENTS: 'maybe' }).problems, [
      'X_LOG_EVENTS must be 1 or 0, got "maybe"',
    ]);
  });
});
