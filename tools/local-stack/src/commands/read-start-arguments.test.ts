import assert from 'node:assert/strict';
import { CommandLineError } from '@waybill/emulator-kit';
import { PORT_FLAGS, readStartArguments, START_HELP } from './read-start-arguments.ts';

describe('readStartArguments()', () => {
  it('fills in the defaults', () => {
    assert.deepEqual(readStartArguments([]), {
      port: 8080,
      tasksPort: 8123,
      firestorePort: 8900,
      smtpPort: 1025,
      dataDir: '.waybill',
      taskTarget: 'app-engine',
      fresh: false,
      staged: false,
      inspect: false,
      allowHosts: [],
      help: false,
    });
  });

  it('reads every flag, with = and without', () => {
    assert.deepEqual(
      readStartArguments([
        ...['--port', '1', '--tasks-port=2', '--firestore-port', '3', '--smtp-port=0'],
        ...[
          '--data-dir',
          'x',
          '--task-target',
          'http',
          '--fresh',
          '--staged',
          '--inspect',
          '--allow-host=shop,10.0.0.7',
          '--help',
        ],
      ]),
      {
        port: 1,
        tasksPort: 2,
        firestorePort: 3,
        smtpPort: 0,
        dataDir: 'x',
        taskTarget: 'http',
        fresh: true,
        staged: true,
        inspect: true,
        allowHosts: ['shop', '10.0.0.7'],
        help: true,
      },
    );
  });

  it('names every problem at once', () => {
    assert.throws(
      () =>
        readStartArguments([
          '--port',
          'eighty',
          '--tasks-port=70000',
          '--prot',
          '1',
          '--fresh=yes',
          '--data-dir',
        ]),
      (error) => {
        assert.ok(error instanceof CommandLineError);
        assert.deepEqual(
          error.problems.map((problem) => problem.replace(/; there are .*/, '')),
          [
            '--prot is not known',
            '--fresh takes no value, got "yes"',
            '--data-dir needs a value',
            '"1" is not expected: only flags are',
            '--port must be a whole number from 0 to 65535, got "eighty"',
            '--tasks-port must be a whole number from 0 to 65535, got "70000"',
          ],
        );
        return true;
      },
    );
  });

  it('does not take the next flag for a value', () => {
    assert.throws(() => readStartArguments(['--port', '--fresh']), { message: '--port needs a value' });
  });

  it('tells of flags that npm did not pass on', () => {
    assert.throws(
      () => readStartArguments(['9090'], { npm_config_fresh: 'true', npm_config_tasks_port: 'true' }),
      {
        problems: [
          'npm kept --tasks-port for itself: write -- before the flags',
          'npm kept --fresh for itself: write -- before the flags',
          '"9090" is not expected: only flags are',
        ],
      },
    );
  });

  it('refuses one port for two things, but 0 may be given more than once', () => {
    assert.throws(() => readStartArguments(['--smtp-port', '8080']), {
      message: '--port and --smtp-port are both 8080: give one of them another',
    });
    assert.equal(readStartArguments(['--port=0', '--smtp-port=0']).port, 0);
  });

  it('has every flag in the help', () => {
    for (const name of [...Object.keys(PORT_FLAGS), 'data-dir', 'fresh', 'inspect', 'help']) {
      assert.match(START_HELP, new RegExp(`^ {2}--${name}\\b`, 'm'));
    }
  });

  it('names the targets there are where it is given another', () => {
    assert.throws(() => readStartArguments(['--task-target', 'cloud-run']), {
      problems: ['--task-target must be one of app-engine, http, got "cloud-run"'],
    });
  });
});
