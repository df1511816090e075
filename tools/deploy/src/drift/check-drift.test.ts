import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Command, shellText } from '../process/command.ts';
import { CommandError } from '../process/run-command.ts';
import { checkDrift, checkDriftBeforeDeploying } from './check-drift.ts';

const options = {
  rootDir: join(import.meta.dirname, '../../../..'),
  project: 'demo',
  location: 'us-central1',
  database: '(default)',
  dryRun: false,
};

describe('checkDrift()', () => {
  let printed: string[];
  beforeEach(() => {
    printed = [];
  });
  const print = (line: string): void => void printed.push(line);
  const nothing = async (): Promise<never> => assert.fail('a dry run does nothing');

  it('prints its commands in a dry run, and runs none', async () => {
    await checkDrift({ ...options, application: true, dryRun: true }, { run: nothing, print });
    assert.deepEqual(printed.slice(1), [
      '  $ npm run --silent queues -- drift --project=demo --location=us-central1',
      "  $ gcloud firestore indexes composite list --database='(default)' --project=demo --format=json",
      "  $ gcloud firestore indexes fields list --database='(default)' --project=demo --format=json",
      "  $ gcloud firestore fields ttls list --database='(default)' --project=demo --format=json",
      "  $ gcloud app describe --project=demo --format='json(dispatchRules)'",
      `  $ curl -H "Authorization: Bearer $(gcloud auth print-access-token)" -H 'X-Goog-User-Project: demo' 'https://cloudscheduler.googleapis.com/v1beta1/projects/demo/locations/us-central1/jobs?legacyAppEngineCron=true&pageSize=500'`,
    ]);
  });

  it('passes on that the queues could not be read, and does not take it for a difference', async () => {
    const run = async (command: Command): Promise<string> => {
      if (command[0] === 'npm') throw new CommandError('no credentials', { exitCode: 1, output: '' });
      return assert.fail('nothing more is asked');
    };
    await assert.rejects(checkDrift({ ...options, application: true }, { run, print }), /no credentials/);
  });

  describe('before a deployment', () => {
    /** The queues differ; the database is empty. */
    const run = async (command: Command): Promise<string> => {
      if (command[0] === 'npm') throw new CommandError('2', { exitCode: 2, output: '  emails: is gone\n' });
      assert.match(shellText(command), /^gcloud firestore /);
      return '[]';
    };

    it('stops it where the project differs, and says how to go on; what it uploads itself is not asked for', async () => {
      await assert.rejects(
        checkDriftBeforeDeploying({ ...options, allowDrift: false }, { run, print }),
        /demo is not as the repository says; see above\nNothing was uploaded\. .* --allow-drift/,
      );
      assert.ok(printed.includes('    emails: is gone'));
      assert.match(printed.join('\n'), /index tasks \(shard, dueAt\) is in the file/);
    });

    it('lets it go on where that is allowed', async () => {
      await checkDriftBeforeDeploying({ ...options, allowDrift: true }, { run, print });
      assert.match(printed.at(-1) ?? '', /demo is not as the repository says.*; going on all the same/);
    });
  });
});
