import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listServiceFolders } from '@waybill/google-config';
import { readDeployableAppYaml } from '../../src/configuration/read-deployable-app-yaml.ts';
import { contractFixtures } from '../../src/rehearsal/contract-fixtures.ts';
import { startEmulatedCloud } from '../../src/rehearsal/emulated-cloud.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import { scenarios } from '../../src/rehearsal/scenarios/index.ts';
import { stageService } from '../../src/staging/stage-service.ts';

const rootDir = join(import.meta.dirname, '../../../..');
const queuesFile = join(rootDir, 'queue-config/queues.yaml');

describe('the services of apps/', () => {
  let outDir: string;
  before(() => {
    outDir = mkdtempSync(join(tmpdir(), 'staged-'));
  });
  after(() => rmSync(outDir, { recursive: true, force: true }));

  for (const folder of listServiceFolders(rootDir)) {
    // The guard of the bundle: Firestore's and Cloud Tasks' clients make real calls from the staged folder.
    it(`does real work from its stage: ${folder}`, async () => {
      const { folder: stageDir } = await stageService({ rootDir, folder, outDir: join(outDir, folder) });
      const { service } = readDeployableAppYaml(join(stageDir, 'app.yaml'));
      const lines: string[] = [];
      await rehearse({
        stageDir,
        queuesFile,
        scenario: scenarios[service],
        fixtures: contractFixtures(rootDir, service),
        environment: process.env,
        report: (line) => lines.push(line),
      });
      assert.equal(lines.at(-1)?.split(' ')[0], 'files');
    });
  }

  it('are given nothing in a rehearsal that docs/deploy.md does not name', async () => {
    const cloud = await startEmulatedCloud({ serviceUrl: 'http://127.0.0.1:9', queuesFile });
    await cloud.close();
    const text = readFileSync(join(rootDir, 'docs/deploy.md'), 'utf8');
    const unnamed = Object.keys(cloud.environment).filter((name) => !text.includes(`\`${name}\``));
    assert.deepEqual(unnamed, []);
  });

  for (const folder of ['worker', 'frontend']) {
    it(`catches a queue that apps/${folder} uses and the queue file lacks`, async () => {
      const file = join(outDir, `queues-of-${folder}.yaml`);
      writeFileSync(file, readFileSync(queuesFile, 'utf8').replace('name: payments', 'name: receipts'));
      const rehearsal = rehearse({
        stageDir: join(outDir, folder),
        queuesFile: file,
        scenario: scenarios[folder === 'worker' ? 'worker' : 'default'],
        environment: process.env,
      });
      await assert.rejects(
        rehearsal,
        /failed at "work": there is no such queue: charge-payment in "payments".*; queue-config\/queues\.yaml has/,
      );
    });
  }

  it('catches a recorded payload that the staged worker no longer reads', async () => {
    const [fixture] = contractFixtures(rootDir, 'worker');
    assert.ok(fixture);
    const options = {
      stageDir: join(outDir, 'worker'),
      queuesFile,
      environment: process.env,
      fixtures: [{ ...fixture, name: 'broken', payload: { of: 'long ago' } }],
    };
    await assert.rejects(rehearse(options), /failed at "fixtures": .* not understood: broken: .*orderId/);
  });

  it('has fixtures for every task of the worker', () => {
    assert.ok(contractFixtures(rootDir, 'worker').length >= 8);
    assert.deepEqual(contractFixtures(rootDir, 'nothing'), []);
  });
});
