import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findFreePort } from '@waybill/emulator-kit';
import { readDeployableAppYaml } from '../../src/configuration/read-deployable-app-yaml.ts';
import { type EmulatedCloud, startEmulatedCloud } from '../../src/rehearsal/emulated-cloud.ts';
import { ownNodeDir } from '../../src/rehearsal/install-stage.ts';
import { StagedProcess } from '../../src/rehearsal/staged-process.ts';
import { secretsOfService } from '../../src/release/secrets-of-service.ts';
import { stageService } from '../../src/staging/stage-service.ts';

const rootDir = join(import.meta.dirname, '../../../..');
const START_TIMEOUT_MS = 60_000;
/** Of the emulated cloud's variables, those that only say where it is. */
const EMULATORS = /^(METADATA_SERVER_DETECTION|GCE_METADATA_HOST|\w+_EMULATOR_HOST)$/;

/** The flags of each `gcloud run deploy` in docs/cloud-run.md, by the service's folder. */
const commands = new Map(
  readFileSync(join(rootDir, 'docs/cloud-run.md'), 'utf8')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => {
      const [, name = '', flags] = /^gcloud run deploy waybill-(\w+) (.*)$/.exec(line) ?? [];
      return flags === undefined ? [] : [[name, flags] as const];
    }),
);

/** What a command sets, by name: `--set-env-vars=A=b,C=d`, quoted or not. */
function variablesOf(flags: string): Record<string, string> {
  const [, quoted, plain = ''] = /--set-env-vars=(?:'([^']*)'|(\S+))/.exec(flags) ?? [];
  const text = (quoted ?? plain).replaceAll(/\bPROJECT\b/g, 'rehearsal').replaceAll('NUMBER', '123456789012');
  return Object.fromEntries(text.split(',').map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
}

describe('the commands of docs/cloud-run.md', () => {
  let outDir: string;
  let cloud: EmulatedCloud;
  let service: StagedProcess | undefined;
  before(async () => {
    outDir = mkdtempSync(join(tmpdir(), 'cloud-run-'));
    const queuesFile = join(rootDir, 'queue-config/queues.yaml');
    cloud = await startEmulatedCloud({ serviceUrl: 'http://127.0.0.1:9', queuesFile });
  });
  after(async () => {
    await cloud?.close();
    rmSync(outDir, { recursive: true, force: true });
  });
  afterEach(async () => {
    service?.signal('SIGKILL');
    await service?.ended;
  });

  it('deploy the worker and the front', () => assert.deepEqual([...commands.keys()], ['worker', 'frontend']));

  it('set what the services are set to on App Engine', () => {
    for (const [folder, flags] of commands) {
      const { envVariables } = readDeployableAppYaml(join(rootDir, 'apps', folder, 'app.yaml'));
      // The database is the default one either way. The shop's address follows from the project on App Engine alone.
      const { FIRESTORE_DATABASE, SHOP_URL: _, ...expected } = envVariables;
      assert.equal(FIRESTORE_DATABASE, '(default)');
      const actual = variablesOf(flags);
      assert.deepEqual({ ...actual, ...expected }, actual, folder);
    }
  });

  it('let Cloud Run verify signatures only where it checks callers and nobody outside gets in', () => {
    for (const flags of commands.values()) {
      const byCloudRun = variablesOf(flags)['TASK_TOKEN_SIGNATURE'] === 'cloud-run';
      assert.equal(byCloudRun, flags.includes('--no-allow-unauthenticated'));
      assert.equal(byCloudRun, flags.includes('--ingress=internal'));
    }
  });

  it('give each service the secrets that it needs', () => {
    for (const [folder, flags] of commands) {
      const [, list = ''] = /--set-secrets=(\S+)/.exec(flags) ?? [];
      assert.deepEqual(
        list.split(',').map((pair) => pair.split('=')[0]),
        secretsOfService(rootDir, folder),
      );
    }
  });

  for (const [folder, flags] of commands) {
    it(`start the stage of apps/${folder} with their environment alone, and a forged task gets nowhere`, async () => {
      const { folder: stageDir } = await stageService({ rootDir, folder, outDir: join(outDir, folder) });
      const port = await findFreePort('0.0.0.0');
      const secrets = secretsOfService(rootDir, folder);
      service = new StagedProcess({
        entrypoint: readDeployableAppYaml(join(stageDir, 'app.yaml')).entrypoint,
        folder: stageDir,
        environment: {
          PATH: [ownNodeDir(process.execPath), '/usr/bin', '/bin'].join(delimiter),
          // Cloud Run's own.
          ...{ PORT: String(port), K_SERVICE: `waybill-${folder}`, K_REVISION: `waybill-${folder}-00001` },
          ...variablesOf(flags),
          ...Object.fromEntries(
            Object.entries(cloud.environment).filter(
              ([name]) => EMULATORS.test(name) || secrets.includes(name),
            ),
          ),
        },
      });
      const url = `http://127.0.0.1:${port}`;
      const deadlineMs = performance.now() + START_TIMEOUT_MS;
      const ready = async (): Promise<number> => (await fetch(`${url}/_ah/warmup`)).status;
      for (;;) {
        const status = await ready().catch(() => undefined);
        if (status !== undefined) {
          assert.equal(status, 200, service.lastLines.join('\n'));
          break;
        }
        assert.ok(service.end === undefined && performance.now() < deadlineMs, service.lastLines.join('\n'));
        await Promise.race([service.ended, new Promise((resolve) => setTimeout(resolve, 50))]);
      }
      if (folder === 'frontend') return;
      const forged = await fetch(`${url}/tasks/charge-payment/v1`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-CloudTasks-TaskName': 'forged',
          'X-CloudTasks-QueueName': 'payments',
          'X-AppEngine-TaskName': 'forged',
          'X-AppEngine-QueueName': 'payments',
        },
        body: '{}',
      });
      assert.equal(forged.status, 403);
    });
  }
});
