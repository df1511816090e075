import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listServiceFolders } from '@waybill/google-config';
import { catalogue } from '@waybill/task-contracts';
import { checkDrift } from '../../src/drift/check-drift.ts';
import {
  changeFieldCommand,
  changeTtlCommand,
  deleteIndexCommand,
} from '../../src/indexes/index-commands.ts';
import { shellText } from '../../src/process/command.ts';
import {
  deleteVersionCommand,
  readLogsCommand,
  versionEnvironmentCommand,
} from '../../src/process/gcloud-commands.ts';
import { readContractHistories } from '../../src/rehearsal/read-contract-histories.ts';
import { deployAll } from '../../src/release/deploy-all.ts';
import { taskSchemasOf } from '../../src/release/task-schemas.ts';
import { STAND_IN_PROJECT } from '../admin-api/admin-api-stand-in.ts';
import { gcloud, needGcloud } from './gcloud.ts';
import { offlineGcloud } from './offline-gcloud.ts';

const rootDir = join(import.meta.dirname, '../../../..');
const taskSchemas = taskSchemasOf(catalogue, readContractHistories(rootDir));

/** Reads files by the classes with which `gcloud app deploy` reads them. */
const PARSER = `
import sys
root, files = sys.argv[1], sys.argv[2:]
sys.path[:0] = [root + '/lib', root + '/lib/third_party']
from googlecloudsdk.api_lib.app import yaml_parsing
for file in files:
  kind = yaml_parsing.ConfigYamlInfo if file.endswith(('cron.yaml', 'dispatch.yaml')) else yaml_parsing.ServiceYamlInfo
  assert kind.FromFile(file), file + ' was not recognised'
`;

describe("gcloud's own parsers", () => {
  let workDir: string;
  let environment: Record<string, string>;

  before(async function () {
    workDir = mkdtempSync(join(tmpdir(), 'gcloud-parses-'));
    environment = offlineGcloud(STAND_IN_PROJECT, join(workDir, 'config'));
    await needGcloud(this, environment);
  });
  after(() => rmSync(workDir, { recursive: true, force: true }));

  async function parse(files: readonly string[]): Promise<void> {
    const { stdout } = await gcloud(['info', '--format=value(installation.sdk_root)'], environment, workDir);
    const python = (
      await gcloud(['info', '--format=value(basic.python_location)'], environment, workDir)
    ).stdout.trim();
    await promisify(execFile)(python, ['-c', PARSER, stdout.trim(), ...files], {
      env: environment,
      cwd: workDir,
    });
  }

  it('accept every app.yaml, cron.yaml and dispatch.yaml', async () => {
    const files = globSync(['app.yaml', 'apps/*/app.yaml', 'cron.yaml', 'dispatch.yaml'], { cwd: rootDir });
    assert.ok(files.length >= 4, files.join());
    await parse(files.map((file) => join(rootDir, file)));
  });

  it('would refuse one that is wrong', async () => {
    const file = join(workDir, 'app.yaml');
    writeFileSync(file, `${readFileSync(join(rootDir, 'app.yaml'), 'utf8')}scaling: none\n`);
    await assert.rejects(parse([file]), /Unexpected attribute 'scaling'/);
  });

  /** The commands that gcloud does not understand, each with its reason. */
  async function misunderstood(commands: readonly string[]): Promise<string[]> {
    const file = join(workDir, 'commands.json');
    writeFileSync(
      file,
      JSON.stringify([...new Set(commands)].map((command) => ({ command_string: command }))),
    );
    const { code, stdout, stderr } = await gcloud(
      ['meta', 'lint-gcloud-commands', `--commands-file=${file}`],
      environment,
      workDir,
    );
    assert.equal(code, 0, stderr);
    const results = JSON.parse(stdout) as {
      command_string: string;
      success: boolean;
      error_message: string | null;
    }[];
    assert.equal(results.length, new Set(commands).size);
    return results
      .filter(({ success }) => !success)
      .map((result) => `${result.command_string}: ${result.error_message}`);
  }

  it('understand every command that a deployment prints', async () => {
    const printed: string[] = [];
    const nothing = async (): Promise<never> => assert.fail('a dry run does nothing');
    const print = (line: string): void => void printed.push(line);
    for (const canaryPercent of [undefined, 10]) {
      await deployAll(
        listServiceFolders(rootDir),
        {
          rootDir,
          project: 'demo-project',
          version: 'v1',
          dryRun: true,
          secrets: true,
          canaryPercent,
          taskSchemas,
        },
        { stage: nothing, rehearse: nothing, run: nothing, smokeTest: nothing, print },
      );
    }
    const database = { project: 'demo-project', database: '(default)' };
    await checkDrift(
      { rootDir, ...database, location: 'us-central1', application: true, dryRun: true },
      { run: nothing, print },
    );
    const target = { project: 'demo-project', service: 'worker', version: 'v1' };
    const field = { collectionGroup: 'tasks', fieldPath: 'x' };
    const commands = [
      ...gcloudCommandsOf(printed.join('\n')),
      ...[
        readLogsCommand(target),
        versionEnvironmentCommand(target),
        deleteVersionCommand(target),
        deleteIndexCommand('id', database),
        changeFieldCommand(field, '--clear-exemption', database),
        changeTtlCommand(field, '--disable-ttl', database),
        ['gcloud', 'auth', 'print-access-token'],
      ].map(shellText),
    ];
    assert.ok(commands.length > 10);
    assert.deepEqual(await misunderstood(commands), []);
  });

  it('understand every command of tools/deploy/bootstrap.sh', async () => {
    const { stdout } = await promisify(execFile)('bash', [
      join(rootDir, 'tools/deploy/bootstrap.sh'),
      ...[
        '--project',
        'demo-project',
        '--region',
        'europe-west1',
        '--iap-members',
        'group:ops@example.com',
        '--cloud-run',
        '--worker-ingress',
        'internal-only',
        '--dry-run',
      ],
    ]);
    const commands = gcloudCommandsOf(stdout);
    assert.ok(commands.length > 60, String(commands.length));
    assert.ok(commands.some((command) => command.includes('--enable-ttl')));
    assert.ok(commands.some((command) => command.includes('roles/run.invoker')));
    assert.deepEqual(await misunderstood(commands), []);
  });

  for (const document of ['docs/deploy.md', 'docs/cloud-run.md', 'docs/runbook.md'])
    it(`understand every command of ${document}`, async () => {
      const text = readFileSync(join(rootDir, document), 'utf8');
      const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) =>
        block.replaceAll('\\\n', ' '),
      );
      const commands = blocks.flatMap((block) =>
        [...block.matchAll(/(?:^ *|\| )(gcloud .*)$/gm)].map(([, command = '']) => command),
      );
      assert.ok(commands.length > 2, String(commands.length));
      const known = commands.map((command) =>
        command.replaceAll(/\bPROJECT\b/g, 'demo-project').replaceAll('NUMBER', '123456789012'),
      );
      assert.deepEqual(await misunderstood(known), []);
    });

  it('understand every command that `npm run queues` names', async () => {
    const sourceDir = join(rootDir, 'tools/deploy/src/queues');
    const sources = globSync('*.ts', { cwd: sourceDir, exclude: ['*.test.ts'] })
      .map((name) => readFileSync(join(sourceDir, name), 'utf8'))
      .join('\n');
    // Each ends with its flags, or with the quote around it.
    const commands = [...sources.matchAll(/\bgcloud \w.*?(?:\$\{flags\}|(?=\\?`))/g)].map(
      ([command]) => command,
    );
    assert.equal(commands.length, [...sources.matchAll(/\bgcloud \w/g)].length);
    assert.ok(commands.length > 4, commands.join('\n'));
    const values: Readonly<Record<string, string>> = {
      flags: '--project=demo-project --location=us-central1',
      project: 'demo-project',
      name: 'payments',
    };
    const known = commands.map((command) =>
      command.replaceAll(/\$\{(\w+)\}/g, (_all, name: string) => values[name] ?? assert.fail(name)),
    );
    assert.deepEqual(await misunderstood(known), []);
  });

  it('would not understand a wrong one', async () => {
    const [problem] = await misunderstood(['gcloud app deploy app.yaml --promte']);
    assert.match(problem ?? '', /unrecognized arguments: --promte/);
  });
});

function gcloudCommandsOf(text: string): string[] {
  return [...text.matchAll(/^ {2}\$ (gcloud .*)$/gm)].map(([, command = '']) => command);
}
