import assert from 'node:assert/strict';
import { HELP, readCommandLine } from './command-line.ts';

describe('readCommandLine()', () => {
  it('has a default for everything', () => {
    assert.deepEqual(readCommandLine([], {}), { help: false, options: { host: '127.0.0.1', port: 8900 } });
  });

  it('reads every option from the environment, and prefers the command line', () => {
    const command = readCommandLine(['--port', '1'], {
      FIRESTORE_EMULATOR_HOST: 'localhost:8901',
      FIRESTORE_EMULATOR_DATA_DIR: 'd',
      FIRESTORE_EMULATOR_FAULTS: '{"seed":1,"rerunShare":1}',
    });
    assert.deepEqual(command, {
      help: false,
      options: { host: 'localhost', port: 1, dataDir: 'd', faults: { seed: 1, rerunShare: 1 } },
    });
  });

  it('names problems of the command line and of the environment together', () => {
    assert.throws(
      () =>
        readCommandLine(['--nope', '--data-dir='], {
          FIRESTORE_EMULATOR_PORT: 'x',
          FIRESTORE_EMULATOR_FAULTS: '{',
        }),
      (error: Error) => {
        for (const pattern of [
          /--nope/,
          /--data-dir needs a value/,
          /FIRESTORE_EMULATOR_PORT must be/,
          /FIRESTORE_EMULATOR_FAULTS must be JSON/,
        ]) {
          assert.match(error.message, pattern);
        }
        return true;
      },
    );
  });

  it('reads --version and --help, which names every option', () => {
    assert.deepEqual(readCommandLine(['--version'], {}), { help: false, version: true });
    assert.deepEqual(readCommandLine(['--help'], {}), { help: true });
    for (const option of ['host', 'port', 'allow-host', 'data-dir', 'faults', 'version', 'help']) {
      assert.match(HELP, new RegExp(`--${option}\\b`));
    }
  });
});
