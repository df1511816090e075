import assert from 'node:assert/strict';
import { readCommandLine } from './command-line.ts';

describe('readCommandLine()', () => {
  it('reads a deployment of one service', () => {
    assert.deepEqual(readCommandLine(['deploy', 'worker', '--project', 'my-project', '--dry-run']), {
      command: 'deploy',
      folders: ['worker'],
      project: 'my-project',
      dryRun: true,
      allowDrift: false,
      version: undefined,
      secrets: true,
    });
  });

  it('needs a project only to deploy', () => {
    assert.equal(readCommandLine(['stage'])?.command, 'stage');
    assert.equal(readCommandLine(['rehearse'])?.project, undefined);
    assert.equal(readCommandLine(['rehearse', 'worker', '--project', 'my-project'])?.project, 'my-project');
    assert.throws(() => readCommandLine(['rehearse', '--project', 'P']), /a project's id, got "P"/);
    assert.throws(() => readCommandLine(['deploy']), /--project must be a project's id, got nothing/);
  });

  it('names all problems at once', () => {
    assert.throws(() => readCommandLine(['ship', '--version', 'V_1']), {
      message:
        'the command must be one of stage, rehearse, deploy, got ship; --version must be lower-case letters, digits and hyphens, at most 31, got "V_1". --help tells more',
    });
    assert.throws(
      () => readCommandLine(['deploy', '--promote']),
      /Unknown option '--promote'.* --help tells more/,
    );
  });

  it('is asked for help', () => assert.equal(readCommandLine(['deploy', '--help']), undefined));
});
