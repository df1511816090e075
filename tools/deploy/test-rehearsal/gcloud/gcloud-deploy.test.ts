import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listServiceFolders } from '@waybill/google-config';
import { catalogue } from '@waybill/task-contracts';
import { readDeployableAppYaml } from '../../src/configuration/read-deployable-app-yaml.ts';
import { createRunCommand } from '../../src/process/run-command.ts';
import { contractFixtures } from '../../src/rehearsal/contract-fixtures.ts';
import { readContractHistories } from '../../src/rehearsal/read-contract-histories.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import { scenarios } from '../../src/rehearsal/scenarios/index.ts';
import { deployAll } from '../../src/release/deploy-all.ts';
import { secretsOfService } from '../../src/release/secrets-of-service.ts';
import { smokeTest } from '../../src/release/smoke-test.ts';
import { taskSchemasOf } from '../../src/release/task-schemas.ts';
import { stageService } from '../../src/staging/stage-service.ts';
import {
  type AdminApiStandIn,
  STAND_IN_PROJECT,
  startAdminApiStandIn,
} from '../admin-api/admin-api-stand-in.ts';
import type { ReceivedVersion } from '../admin-api/app-engine-routes.ts';
import { gcloud, needGcloud } from './gcloud.ts';
import { offlineGcloud } from './offline-gcloud.ts';

const rootDir = join(import.meta.dirname, '../../../..');
const taskSchemas = taskSchemasOf(catalogue, readContractHistories(rootDir));
const queuesFile = join(rootDir, 'queue-config/queues.yaml');

describe('the real gcloud, offline', () => {
  let workDir: string;
  let google: AdminApiStandIn;

  before(async function () {
    workDir = mkdtempSync(join(tmpdir(), 'gcloud-deploy-'));
    await needGcloud(this, offlineGcloud(STAND_IN_PROJECT, join(workDir, 'config')));
  });
  after(() => rmSync(workDir, { recursive: true, force: true }));

  beforeEach(async () => {
    google = await startAdminApiStandIn({
      services: ['default'],
      secrets: Object.fromEntries(
        secretsOfService(rootDir, 'worker').map((name) => [name, `value of ${name}`]),
      ),
      configDir: join(workDir, 'config'),
    });
  });
  afterEach(() => google.close());

  /** What was uploaded, in a folder, passes the rehearsal. */
  async function rehearseReceived(version: ReceivedVersion): Promise<void> {
    const folder = mkdtempSync(join(workDir, 'received-'));
    google.restore(version, folder);
    await rehearse({
      stageDir: folder,
      queuesFile,
      scenario: scenarios[version.service],
      fixtures: contractFixtures(rootDir, version.service),
      environment: process.env,
    });
  }

  it('is run by `npm run deploy` from the first command to the last, and what it uploads passes the rehearsal', async () => {
    const folders = listServiceFolders(rootDir);
    const printed: string[] = [];
    await deployAll(
      folders,
      { rootDir, project: google.project, version: 'v1', dryRun: false, secrets: true, taskSchemas },
      {
        stage: async (folder) =>
          (await stageService({ rootDir, folder, outDir: join(workDir, 'stages', folder) })).folder,
        // What arrives is rehearsed instead.
        rehearse: async () => {},
        run: createRunCommand(google.environment, rootDir),
        smokeTest,
        print: (line) => printed.push(line),
      },
    );
    const services = folders.map(
      (folder) => readDeployableAppYaml(join(rootDir, 'apps', folder, 'app.yaml')).service,
    );
    assert.deepEqual(google.versions.map(({ service }) => service).sort(), [...services].sort());
    assert.equal(google.versions.at(-1)?.service, 'default');
    for (const version of google.versions) {
      const { service, id, runtime, envVariables } = version;
      assert.deepEqual(google.traffic.get(service), { [id]: 1 });
      assert.equal(runtime, 'nodejs24');
      assert.equal(
        version.serviceAccount,
        `waybill-${service === 'default' ? 'frontend' : service}@demo-project.iam.gserviceaccount.com`,
      );
      for (const name of secretsOfService(rootDir, service)) {
        assert.equal(
          envVariables?.[name],
          `secret://projects/${google.project}/secrets/${name}/versions/latest`,
        );
      }
      assert.ok(google.requests.includes('GET /readyz'), google.requests.join('\n'));
    }
    assert.equal(google.cronJobs.length, 1);
    for (const version of google.versions) await rehearseReceived(version);
  });

  it('deploys the front service from the root, where it is typed out of habit, and that passes the rehearsal', async () => {
    const { code, stderr } = await gcloud(
      ['app', 'deploy', '--quiet', '--version=habit', '--no-promote'],
      google.environment,
      rootDir,
    );
    assert.equal(code, 0, stderr);
    const [version] = google.versions;
    assert.ok(version);
    assert.equal(version.service, 'default');
    assert.equal(version.entrypoint?.shell, readDeployableAppYaml(join(rootDir, 'app.yaml')).entrypoint);
    const files = Object.keys(version.deployment.files);
    const unwanted = files.filter((path) =>
      /\.test\.ts$|(^|\/)(test|testing|node_modules)\/|emulator|local-stack|apps\/worker|^\.|\/\./.test(path),
    );
    assert.deepEqual(unwanted, []);
    await rehearseReceived(version);
  });

  for (const folder of listServiceFolders(rootDir)) {
    it(`refuses to deploy apps/${folder} alone, before anything is uploaded, and names the command`, async () => {
      const { code, stderr } = await gcloud(
        ['app', 'deploy', '--quiet'],
        google.environment,
        join(rootDir, 'apps', folder),
      );
      assert.notEqual(code, 0);
      assert.match(stderr, /Type this instead - npm run deploy -- --project PROJECT/);
      assert.deepEqual(google.versions, []);
      assert.ok(!google.requests.some((line) => /upload/.test(line)), google.requests.join('\n'));
    });

    it(`uploads all of the stage of apps/${folder}, and nothing else`, async () => {
      const { folder: stageDir, files } = await stageService({
        rootDir,
        folder,
        outDir: join(workDir, 'list', folder),
      });
      mkdirSync(join(stageDir, 'node_modules/left-over'), { recursive: true });
      const { code, stdout } = await gcloud(
        ['meta', 'list-files-for-upload', stageDir],
        google.environment,
        workDir,
      );
      assert.equal(code, 0);
      assert.deepEqual(
        stdout.trim().split('\n').sort(),
        files.filter((path) => path !== '.gcloudignore'),
      );
    });
  }

  it('leaves nothing in the folders that it deploys', () => {
    assert.ok(existsSync(join(rootDir, '.gcloudignore')));
    assert.deepEqual(
      readdirSync(rootDir).filter((name) => name.startsWith('.gcloud')),
      ['.gcloudignore'],
    );
  });
});
