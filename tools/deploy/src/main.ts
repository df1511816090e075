import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCatalogue } from '@waybill/contract-tools';
import { CommandLineError, takeRootFlag, terminalWriter } from '@waybill/emulator-kit';
import { listServiceFolders } from '@waybill/google-config';
import { type CommandLine, HELP, readCommandLine } from './command-line.ts';
import { readDeployableAppYaml } from './configuration/read-deployable-app-yaml.ts';
import { DeploymentError } from './deployment-error.ts';
import { checkDrift, checkDriftBeforeDeploying } from './drift/check-drift.ts';
import { createRunCommand } from './process/run-command.ts';
import { contractFixtures } from './rehearsal/contract-fixtures.ts';
import { readContractHistories } from './rehearsal/read-contract-histories.ts';
import { rehearse } from './rehearsal/rehearse.ts';
import { scenarios } from './rehearsal/scenarios/index.ts';
import { deployAll } from './release/deploy-all.ts';
import { type DeployTools, deployService } from './release/deploy-service.ts';
import { secretsOfService } from './release/secrets-of-service.ts';
import { smokeTest } from './release/smoke-test.ts';
import { taskSchemasOf } from './release/task-schemas.ts';
import { deployLines } from './staging/deploy-lines.ts';
import { stageService } from './staging/stage-service.ts';

const ownRootDir = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const { rootDir, rest: args } = readRoot(process.argv.slice(2));
/** For commands that ask Google: as it was, for on Google's machines their credentials are the metadata server's. */
const commandEnvironment = { ...process.env };
// Google's clients look for a metadata server; a rehearsal talks to this machine alone.
process.env['METADATA_SERVER_DETECTION'] ??= 'none';
const runCommand = createRunCommand(commandEnvironment, rootDir);
const print = (line: string): void => void terminalWriter(process.stdout)(`${line}\n`);

const stage = async (folder: string): Promise<string> => {
  const made = await stageService({ rootDir, folder });
  const megabytes = (made.bytes / 1e6).toFixed(1);
  print(`staged apps/${folder}: ${made.folder}, ${made.files.length} files, ${megabytes} MB`);
  return made.folder;
};

const rehearseStage = async (stageDir: string): Promise<void> => {
  const { service } = readDeployableAppYaml(join(stageDir, 'app.yaml'));
  print(`rehearsing ${stageDir}`);
  return rehearse({
    stageDir,
    queuesFile: join(rootDir, 'queue-config/queues.yaml'),
    scenario: scenarios[service],
    fixtures: contractFixtures(rootDir, service, await loadCatalogue(rootDir)),
    secrets: secretsOfService(rootDir, service),
    environment: process.env,
    report: (line) => print(`  ${line}`),
  });
};

// Then whatever is under way is undone: a service that is rehearsed is ended, a copy with secrets in it removed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

try {
  const asked = readCommandLine(args);
  if (asked === undefined) print(HELP);
  else await run(asked);
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error;
  terminalWriter(process.stderr)(`${error.message}\n`);
  process.exitCode = 1;
}

async function run(asked: CommandLine): Promise<void> {
  const folders = asked.folders.length > 0 ? asked.folders : listServiceFolders(rootDir);
  const drift = { run: runCommand, print };
  if (asked.command !== 'deploy') {
    for (const folder of folders) {
      const stageDir = await stage(folder);
      if (asked.command === 'rehearse') await rehearseStage(stageDir);
      else for (const line of deployLines(rootDir, folder, stageDir)) print(line);
    }
    if (asked.command === 'rehearse' && asked.project !== undefined) {
      const project = projectOf(asked.project, folders);
      await checkDrift({ ...project, application: true, dryRun: false }, drift);
    }
    return;
  }
  const { project, dryRun, secrets, allowDrift, canaryPercent, canaryServices } = asked;
  const taskSchemas = taskSchemasOf(await loadCatalogue(rootDir), readContractHistories(rootDir));
  await checkDriftBeforeDeploying({ ...projectOf(project, folders), dryRun, allowDrift }, drift);
  const tools: DeployTools = { stage, rehearse: rehearseStage, run: runCommand, smokeTest, print };
  const version = asked.version ?? `v${new Date().toISOString().slice(0, 19).replace(/\D/g, '')}`;
  const options = { rootDir, project, version, dryRun, secrets, canaryPercent, canaryServices, taskSchemas };
  const [only] = asked.folders;
  if (only !== undefined && asked.folders.length === 1)
    await deployService({ ...options, folder: only }, tools);
  else await deployAll(folders, options, tools);
}

function readRoot(argv: readonly string[]): ReturnType<typeof takeRootFlag> {
  try {
    return takeRootFlag(argv, ownRootDir);
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    terminalWriter(process.stderr)(`${error.message}\n`);
    process.exit(1);
  }
}

/** A project, and where its queues and data are: by the first service's app.yaml; all of them say the same. */
function projectOf(project: string, [folder = '']: readonly string[]) {
  const { envVariables } = readDeployableAppYaml(join(rootDir, 'apps', folder, 'app.yaml'));
  const { TASKS_LOCATION: location = '', FIRESTORE_DATABASE: database = '(default)' } = envVariables;
  const endpoints = { cloudScheduler: commandEnvironment['CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER'] };
  return { rootDir, project, location, database, endpoints };
}
