import { join } from 'node:path';
import { readDeployableCronJobs } from '../configuration/read-deployable-cron-jobs.ts';
import {
  readDeployableDispatchRules,
  type UrlDispatchRule,
} from '../configuration/read-deployable-dispatch-rules.ts';
import { readDeployableIndexes } from '../configuration/read-deployable-indexes.ts';
import { DeploymentError } from '../deployment-error.ts';
import { type Command, dispatchRulesCommand, shellText } from '../process/gcloud-commands.ts';
import { CommandError, type RunCommand } from '../process/run-command.ts';
import { cronDrift } from './cron-drift.ts';
import { dispatchDrift } from './dispatch-drift.ts';
import type { Comparison } from './drift.ts';
import { type DeployedField, type DeployedIndex, indexDrift } from './index-drift.ts';
import { cronJobsUrl, listDeployedCronJobs } from './list-deployed-cron-jobs.ts';

/** Which project is compared with the repository, and how. */
export interface DriftOptions {
  readonly rootDir: string;
  readonly project: string;
  /** Where queues and cron are. */
  readonly location: string;
  /** Firestore's; mostly `(default)`. */
  readonly database: string;
  /** Whether cron and dispatch rules are compared too; a deployment uploads them itself, after this. */
  readonly application: boolean;
  /** Print the commands, and run none. */
  readonly dryRun: boolean;
  /** Instead of Google's own; the first as `host:port`, the second with a slash at its end. */
  readonly endpoints?: { readonly cloudTasks?: string; readonly cloudScheduler?: string | undefined };
}

/** What a comparison does to the world: it only reads. */
export interface DriftTools {
  readonly run: RunCommand;
  /** Gets the lines for people. */
  readonly print: (line: string) => void;
}

/** `npm run queues -- drift` ends with this where there are differences. */
const QUEUES_DIFFER = 2;

/**
 * Compares a project with what the repository says of it: queues, Firestore's indexes, exemptions and time to live,
 * cron and dispatch rules. Prints each command before it is run, then each difference with what puts it right.
 * @throws {DeploymentError} if there is a difference, or something can't be read
 */
export async function checkDrift(options: DriftOptions, tools: DriftTools): Promise<void> {
  const { project } = options;
  tools.print(`\nIs ${project} as the repository says?`);
  const differences =
    (await queuesDiffer(options, tools)) +
    report(await compareIndexes(options, tools), tools) +
    (options.application
      ? report(await compareDispatch(options, tools), tools) +
        report(await compareCron(options, tools), tools)
      : 0);
  if (options.dryRun) return;
  if (differences > 0) throw new DeploymentError(`${project} is not as the repository says; see above`);
  tools.print('  no drift');
}

/**
 * The same before a deployment, which uploads cron and dispatch rules itself: a difference stops it, unless it is allowed.
 * @throws {DeploymentError} saying how to go on
 */
export async function checkDriftBeforeDeploying(
  options: Omit<DriftOptions, 'application'> & { readonly allowDrift: boolean },
  tools: DriftTools,
): Promise<void> {
  try {
    await checkDrift({ ...options, application: false }, tools);
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    if (options.allowDrift) return tools.print(`  ${error.message}; going on all the same`);
    const how = 'Nothing was uploaded. Put it right, or go on all the same with --allow-drift';
    throw new DeploymentError(`${error.message}\n${how}`, { cause: error });
  }
}

/** 1 if they do; the command itself tells how. */
async function queuesDiffer(
  { project, location, endpoints, dryRun }: DriftOptions,
  { run, print }: DriftTools,
): Promise<number> {
  const where = [`--project=${project}`, `--location=${location}`];
  if (endpoints?.cloudTasks !== undefined) where.push(`--endpoint=${endpoints.cloudTasks}`);
  const command: Command = ['npm', 'run', '--silent', 'queues', '--', 'drift', ...where];
  print(`  $ ${shellText(command)}`);
  if (dryRun) return 0;
  try {
    await run(command);
    return 0;
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== QUEUES_DIFFER) throw error;
    print(error.output.trimEnd().replace(/^/gm, '  '));
    print(`    ${shellText(['npm', 'run', 'queues', '--', 'apply', ...where])}`);
    return 1;
  }
}

async function compareIndexes(
  { rootDir, project, database, dryRun }: DriftOptions,
  tools: DriftTools,
): Promise<Comparison> {
  const list = async <T>(...what: string[]): Promise<T[]> => {
    const command: Command = [
      ...['gcloud', 'firestore', ...what, 'list'],
      ...[`--database=${database}`, `--project=${project}`, '--format=json'],
    ];
    tools.print(`  $ ${shellText(command)}`);
    return dryRun ? [] : (JSON.parse(await tools.run(command)) as T[]);
  };
  const composite = await list<DeployedIndex>('indexes', 'composite');
  const exempt = await list<DeployedField>('indexes', 'fields');
  const expiring = await list<DeployedField>('fields', 'ttls');
  if (dryRun) return { drift: [], notes: [] };
  const wanted = readDeployableIndexes(join(rootDir, 'firestore.indexes.json'));
  return indexDrift(wanted, { composite, fields: [...exempt, ...expiring] }, { project, database });
}

async function compareCron(
  { rootDir, project, location, endpoints, dryRun }: DriftOptions,
  { run, print }: DriftTools,
): Promise<Comparison> {
  const source = { project, location, endpoint: endpoints?.cloudScheduler };
  const token: Command = ['gcloud', 'auth', 'print-access-token'];
  print(
    `  $ curl -H "Authorization: Bearer $(${shellText(token)})" -H 'X-Goog-User-Project: ${project}' '${cronJobsUrl(source)}'`,
  );
  if (dryRun) return { drift: [], notes: [] };
  const jobs = await listDeployedCronJobs(source, (await run(token, { quiet: true })).trim());
  return cronDrift(readDeployableCronJobs(join(rootDir, 'cron.yaml')), jobs, { project, file: 'cron.yaml' });
}

async function compareDispatch(
  { rootDir, project, dryRun }: DriftOptions,
  { run, print }: DriftTools,
): Promise<Comparison> {
  const command = dispatchRulesCommand(project);
  print(`  $ ${shellText(command)}`);
  const wanted = readDeployableDispatchRules(join(rootDir, 'dispatch.yaml'));
  if (dryRun) return { drift: [], notes: [] };
  const { dispatchRules = [] } = (JSON.parse(await run(command)) ?? {}) as {
    dispatchRules?: UrlDispatchRule[];
  };
  return dispatchDrift(wanted, dispatchRules, { project, file: 'dispatch.yaml' });
}

/** Prints what a comparison came to. @returns how many differences there are */
function report({ drift, notes }: Comparison, { print }: DriftTools): number {
  for (const note of notes) print(`  (${note})`);
  for (const { what, mend } of drift) print(`  ${what}\n    ${mend}`);
  return drift.length;
}
