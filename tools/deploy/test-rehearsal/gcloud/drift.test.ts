import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type CloudTasksEmulator, startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import { checkDrift } from '../../src/drift/check-drift.ts';
import { changeFieldCommand } from '../../src/indexes/index-commands.ts';
import { deployConfigCommand } from '../../src/process/gcloud-commands.ts';
import { createRunCommand, type RunCommand } from '../../src/process/run-command.ts';
import {
  type AdminApiStandIn,
  STAND_IN_PROJECT,
  startAdminApiStandIn,
} from '../admin-api/admin-api-stand-in.ts';
import { needGcloud } from './gcloud.ts';
import { offlineGcloud } from './offline-gcloud.ts';

const rootDir = join(import.meta.dirname, '../../../..');
const LOCATION = 'us-central1';
const SERVICES = ['default', 'worker', 'console'];

describe('a project compared with the repository, by the real gcloud', () => {
  let workDir: string;
  let google: AdminApiStandIn;
  let cloudTasks: CloudTasksEmulator;
  let run: RunCommand;
  let printed: string[];

  before(async function () {
    workDir = mkdtempSync(join(tmpdir(), 'drift-'));
    const configDir = join(workDir, 'config');
    await needGcloud(this, offlineGcloud(STAND_IN_PROJECT, configDir));
    google = await startAdminApiStandIn({ services: SERVICES, secrets: {}, configDir });
    const tokenFile = join(workDir, 'token');
    writeFileSync(tokenFile, 'a-token');
    run = createRunCommand(
      {
        ...google.environment,
        CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'false',
        CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile,
        METADATA_SERVER_DETECTION: 'none',
      },
      rootDir,
    );
    cloudTasks = await startCloudTasksEmulator({
      port: 0,
      queues: {
        project: google.project,
        location: LOCATION,
        file: join(rootDir, 'queue-config/queues.yaml'),
      },
      appEngine: { url: 'http://127.0.0.1:9' },
    });
  });
  after(async () => {
    await cloudTasks?.close();
    await google?.close();
    rmSync(workDir, { recursive: true, force: true });
  });
  beforeEach(() => {
    printed = [];
  });

  const account = (name: string): string => `waybill-${name}@${google.project}.iam.gserviceaccount.com`;

  /** Runs it with the real gcloud; of npm, which would ask Google's Cloud Tasks, only its name is there. */
  async function bootstrap(...more: string[]): Promise<void> {
    const binDir = join(workDir, 'bin');
    mkdirSync(binDir, { recursive: true });
    writeFileSync(join(binDir, 'npm'), '#!/bin/sh\n', { mode: 0o755 });
    const { environment, project } = google;
    const args = [
      '--project',
      project,
      '--region',
      LOCATION,
      '--iap-members',
      'group:ops@example.com',
      ...more,
    ];
    await promisify(execFile)('bash', [join(rootDir, 'tools/deploy/bootstrap.sh'), ...args], {
      env: { ...environment, PATH: [binDir, environment['PATH']].join(delimiter) },
    });
  }

  const check = (location = LOCATION): Promise<void> =>
    checkDrift(
      {
        rootDir,
        project: google.project,
        location,
        database: '(default)',
        application: true,
        dryRun: false,
        endpoints: {
          cloudTasks: `127.0.0.1:${cloudTasks.port}`,
          cloudScheduler: google.environment['CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER'],
        },
      },
      { run, print: (line) => printed.push(line) },
    );

  it('is told to lack everything while it is empty', async () => {
    await assert.rejects(check(), /^DeploymentError: demo-project is not as the repository says; see above$/);
    const text = printed.join('\n');
    assert.match(text, /index tasks \(shard, dueAt\) is in the file, but not in the project/);
    assert.match(text, /tasks\.payload is indexed, the file says it is not/);
    assert.match(text, /time to live by tasks\.expireAt is not set, the file says it is on/);
    assert.match(text, /\/cron\/sweep of worker, every 1 minutes \(UTC\), is in the file/);
    assert.doesNotMatch(text, /queues? (is|are) not/);
  });

  it('is set up by tools/deploy/bootstrap.sh, once and again, and then is as the repository says', async function () {
    this.timeout(900_000);
    const { admin } = google;
    await bootstrap();
    assert.deepEqual([...admin.accounts].sort(), [
      account('console'),
      account('frontend'),
      account('worker'),
    ]);
    assert.deepEqual([...admin.databases], ['(default)']);
    assert.equal(admin.secrets.size, 5);
    const open = 'INGRESS_TRAFFIC_ALLOWED_ALL';
    assert.deepEqual(Object.fromEntries(google.ingress), { default: open, console: open });
    const role = `projects/${google.project}/roles/waybillQueueOperator`;
    const mayChangeQueues = [...(admin.bindings.get(`projects/${google.project}`) ?? [])].filter((binding) =>
      binding.endsWith(role),
    );
    assert.deepEqual(mayChangeQueues, [`serviceAccount:${account('console')} ${role}`]);
    // Nobody is ever locked out of the shop.
    assert.deepEqual(admin.iap, { enabled: true, letInBefore: ['default', 'worker', 'console'] });
    const behindIap = `projects/${admin.number}/iap_web/appengine-${google.project}/services/`;
    const letIn = (service: string) => [...(admin.bindings.get(behindIap + service) ?? [])];
    assert.deepEqual(letIn('default'), ['allUsers roles/iap.httpsResourceAccessor']);
    assert.deepEqual(letIn('console'), ['group:ops@example.com roles/iap.httpsResourceAccessor']);

    const state = () =>
      JSON.stringify([[...admin.bindings].map(([name, each]) => [name, ...each]), google.firestore.indexes]);
    const before = state();
    assert.deepEqual(admin.customRoles.get('waybillTaskCreator'), ['appengine.applications.get']);
    assert.deepEqual(
      [...(admin.bindings.get(`projects/${google.project}/secrets/SMTP_URL`) ?? [])],
      [`serviceAccount:${account('worker')} roles/secretmanager.secretAccessor`],
    );
    // As an earlier bootstrap gave it: the next one takes it away.
    await run(
      [
        ...[
          'gcloud',
          'projects',
          'add-iam-policy-binding',
          google.project,
          '--condition=None',
          '--format=none',
        ],
        ...['--role=roles/appengine.appViewer', `--member=serviceAccount:${account('worker')}`],
      ],
      { quiet: true },
    );
    assert.notEqual(state(), before);
    await bootstrap('--worker-ingress', 'internal-only');
    assert.equal(google.ingress.get('worker'), 'INGRESS_TRAFFIC_ALLOWED_INTERNAL_ONLY');
    assert.equal(state(), before);

    await run(deployConfigCommand(google.project, 'cron.yaml', 'dispatch.yaml'), { quiet: true });
    await check();
    assert.equal(printed.at(-1), '  no drift');
  });

  it('is told to have what the repository does not say', async () => {
    const field = { collectionGroup: 'tasks', fieldPath: 'surplus' };
    const database = { project: google.project, database: '(default)' };
    await run(changeFieldCommand(field, '--disable-indexes', database), { quiet: true });
    const [job] = google.cronJobs;
    assert.ok(job);
    google.dispatchRules.push({ domain: '*', path: '/tasks/*', service: 'default' });
    google.cronJobs.push({ ...job, name: 'older', appEngineHttpTarget: { relativeUri: '/cron/older' } });
    await assert.rejects(check(), /is not as the repository says/);
    const text = printed.join('\n');
    assert.match(
      text,
      /tasks\.surplus has index settings of its own, the file does not name it\n.*--clear-exemption/,
    );
    assert.match(text, /cron asks for \/cron\/older of default, which is not in the file/);
    assert.match(text, /dispatch rules are \*\/tasks\/\* → default, the file says none/);
    google.firestore.fields.delete('tasks/fields/surplus');
    google.dispatchRules.pop();
    google.cronJobs.pop();
  });

  it('is told to have other queues than the file', async () => {
    // The emulator has none there.
    await assert.rejects(check('europe-west1'), /.+/);
    assert.match(printed.join('\n'), /Drift: \d+ queues are not as queue-config\/queues\.yaml says/);
    assert.match(
      printed.join('\n'),
      /npm run queues -- apply --project=demo-project --location=europe-west1/,
    );
  });
});
