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
      canaryPercent: undefined,
      canaryServices: undefined,
      version: undefined,
      secrets: true,
    });
  });

  it('needs a project only to deploy', () => {
    assert.equal(readCommandLine(['stage'])?.command, 'stage');
    assert.equal(readCommandLine(['rehearse'])?.project, undefined);
    assert.equal(readCommandLine(['rehearse', 'worker', '--project', 'my-project'])?.project, 'my-project');
    assert.throws(() => readCommandLine(['rehearse', '--project', 'P']), /a project's id, .*, got "P"/);
    assert.throws(() => readCommandLine(['deploy']), /--project must be a project's id, .*, got nothing/);
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

  it('reads a canary, of worker and front together', () => {
    assert.equal(readCommandLine(['deploy', '--project', 'my-project', '--canary', '5'])?.canaryPercent, 5);
    for (const [args, problem] of [
      [['deploy', '--canary', '100'], /--canary must be a whole number from 1 to 99, got "100"/],
      [['deploy', '--canary', '0.5'], /--canary must be a whole number/],
      [['deploy', 'worker', '--canary', '5'], /--canary is for npm run deploy without -w/],
      [['deploy', '--canary-services', 'billing'], /--canary-services goes with --canary/],
    ] as const) {
      assert.throws(() => readCommandLine([...args, '--project', 'my-project']), problem);
    }
  });

  it('is asked for help', () => assert.equal(readCommandLine(['deploy', '--help']), undefined));
});
