// `npm run cold-start -w bench -- --runs 10`: a staged worker, with values of secrets and with references to Secret Manager,
// beside the shape of Google's sample, started in turns.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  appEngineEnvironment,
  installStage,
  ownNodeDir,
  REHEARSAL_PROJECT,
  readDeployableAppYaml,
  stageService,
  startEmulatedCloud,
  storeSampleOrder,
} from '@waybill/deploy';
import { findFreePort } from '@waybill/emulator-kit';
import { startSecretManagerStandIn } from '@waybill/service-kit/testing';
import { measureStart, type Start, type Subject } from './measure-start.ts';

const rootDir = join(import.meta.dirname, '../..');
// Google's clients look for a metadata server; nothing here leaves the machine but what npm installs.
process.env['METADATA_SERVER_DETECTION'] = 'none';
const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1)
  throw new Error(`--runs must be a whole number from 1, got ${values.runs}`);

const nodeDir = ownNodeDir(realpathSync(process.execPath));
const workDir = mkdtempSync(join(tmpdir(), 'cold-start-'));
const cloud = await startEmulatedCloud({
  serviceUrl: 'http://127.0.0.1:9',
  queuesFile: join(rootDir, 'queue-config/queues.yaml'),
});

const SECRETS = ['STRIPE_API_KEY', 'SMTP_URL', 'WAREHOUSE_URL', 'WAREHOUSE_SECRET'];
const versionOf = (name: string): string => `projects/${REHEARSAL_PROJECT}/secrets/${name}/versions/latest`;
const secretManager = await startSecretManagerStandIn(
  Object.fromEntries(SECRETS.map((name) => [versionOf(name), cloud.environment[name] ?? ''])),
);
const referring = {
  ...Object.fromEntries(SECRETS.map((name) => [name, `secret://${versionOf(name)}`])),
  SECRET_MANAGER_EMULATOR_HOST: secretManager.host,
};

try {
  const sample = join(workDir, 'google-sample');
  cpSync(join(import.meta.dirname, 'google-sample'), sample, { recursive: true });
  execFileSync('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund'], {
    cwd: sample,
    stdio: 'ignore',
  });
  const { folder: stage } = await stageService({
    rootDir,
    folder: 'worker',
    outDir: join(workDir, 'waybill'),
  });

  const subjects = [
    { name: "Google's sample's shape", folder: sample, variables: {}, starts: [] as Start[] },
    { name: 'Waybill, staged', folder: stage, variables: {}, starts: [] as Start[] },
    {
      name: 'The same, with 4 references to Secret Manager',
      folder: stage,
      variables: referring,
      starts: [] as Start[],
    },
  ];
  const setup = new Map<string, { uploadBytes: number; installMs: number }>();
  for (const { name, folder } of subjects) {
    const uploadBytes = bytesOf(folder);
    const startedAt = performance.now();
    await installStage({ folder, environment: process.env, nodeDir });
    setup.set(name, { uploadBytes, installMs: performance.now() - startedAt });
  }

  // In turns, so that whatever else the machine does meets both; the first of each only warms the page cache.
  for (let run = 0; run <= runs; run += 1) {
    for (const { folder, variables, starts } of subjects) {
      const start = await measureStart(await subjectOf(folder, variables, run));
      if (run > 0) starts.push(start);
    }
  }

  const row = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} cores, ${runs} starts of each in turns, median (least–most)\n\n`,
  );
  row([
    '',
    'first answer, ms',
    'first finished task, ms',
    'processor, ms',
    'memory, MB',
    'upload, MB',
    'install, s',
  ]);
  row(['---', '---', '---', '---', '---', '---', '---']);
  for (const { name, starts } of subjects) {
    const { uploadBytes = 0, installMs = 0 } = setup.get(name) ?? {};
    row([
      name,
      spread(starts.map(({ firstResponseMs }) => firstResponseMs)),
      spread(starts.map(({ firstTaskMs }) => firstTaskMs)),
      spread(starts.map(({ cpuMs }) => cpuMs)),
      spread(starts.map(({ memoryMb }) => memoryMb)),
      (uploadBytes / 1e6).toFixed(1),
      (installMs / 1000).toFixed(1),
    ]);
  }
} finally {
  secretManager.close();
  await cloud.close();
  rmSync(workDir, { recursive: true, force: true });
}

async function subjectOf(
  folder: string,
  variables: Readonly<Record<string, string>>,
  run: number,
): Promise<Subject> {
  const appYaml = readDeployableAppYaml(join(folder, 'app.yaml'));
  const port = await findFreePort('0.0.0.0');
  const payload = await storeSampleOrder(cloud.firestore);
  const isSample = appYaml.service === 'default';
  return {
    entrypoint: appYaml.entrypoint,
    folder,
    port,
    environment: appEngineEnvironment({
      appYaml,
      project: REHEARSAL_PROJECT,
      version: 'bench',
      port,
      path: `${nodeDir}:/usr/bin:/bin`,
      temporaryFolder: workDir,
      extra: { ...cloud.environment, ...variables },
    }),
    task: {
      path: isSample ? '/task' : '/tasks/reserve-inventory/v1',
      headers: {
        'Content-Type': 'application/json',
        'X-AppEngine-QueueName': 'order-processing',
        'X-AppEngine-TaskName': `bench-${run}-${port}`,
        'X-AppEngine-TaskETA': String(Date.now() / 1000),
        'X-AppEngine-TaskRetryCount': '0',
        'X-AppEngine-TaskExecutionCount': '0',
      },
      body: JSON.stringify(payload),
    },
  };
}

function spread(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const shown = (value: number | undefined): string => Math.round(value ?? 0).toString();
  return `${shown(sorted[Math.floor(sorted.length / 2)])} (${shown(sorted[0])}–${shown(sorted.at(-1))})`;
}

function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
}
