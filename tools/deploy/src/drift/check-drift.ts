import { join } from 'node:path';
import { readDeployableCronJobs } from '../configuration/read-deployable-cron-jobs.ts';
import {
  readDeployableDispatchRules,
  type UrlDispatchRule,
} from '../configuration/read-deployable-dispatch-rules.ts';
import { readDeployableIndexes } from '../configuration/read-deployable-indexes.ts';
import { DeploymentError } from '../deployment-error.ts';
import { type Command, shellText } from '../process/command.ts';
import { dispatchRulesCommand } from '../process/gcloud-commands.ts';
import { CommandError, type RunCommand } from '../process/run-command.ts';
import { cronDrift } from './cron-drift.ts';
import { dispatchDrift } from './dispatch-drift.ts';
import type { Comparison } from './drift.ts';
import { type DeployedField, type DeployedIndex, indexDrift } from './index-drift.ts';
import { cronJobsUrl, listDeployedCronJobs } from './list-deployed-cron-jobs.ts';

/** The project to compare with the repository. */
export interface DriftOptions {
  readonly rootDir: string;
  readonly project: string;
  /** Location of the queues and of cron. */
  readonly location: string;
  /** Firestore's database; mostly `(default)`. */
  readonly database: string;
  /** Whether cron and dispatch rules are compared too; a deployment uploads them itself, after the check. */
  readonly application: boolean;
  /** Print the commands, and run none. */
  readonly dryRun: boolean;
  /** Addresses instead of Google's; the first as `host:port`, the second with a slash at its end. */
  readonly endpoints?: { readonly cloudTasks?: string; readonly cloudScheduler?: string | undefined };
}

/** The effects of a comparison: it only reads. */
export interface DriftTools {
  readonly run: RunCommand;
  /** Gets the lines for people. */
  readonly print: (line: string) => void;
}

/** Exit code of `npm run queues -- drift` where there are differences. */
const QUEUES_DIFFER = 2;

/**
 * Compares a project with the repository: queues, Firestore's indexes, exemptions and time to live, cron and dispatch
 * rules. Prints each command before it is run, then each difference with its remedy.
 * @throws {DeploymentError} if there is a difference, or something can't be read
 */
export async function checkDrift(options: DriftOptions, tools: DriftTools): Promise<void> {
  const { project } = options;
  tools.print(`\nIs ${project} as the repository says?`);
  const differences =
    (await compareQueues(options, tools)) +
    printComparison(await compareIndexes(options, tools), tools) +
    (options.application
      ? printComparison(await compareDispatch(options, tools), tools) +
        printComparison(await compareCron(options, tools), tools)
      : 0);
  if (options.dryRun) return;
  if (differences > 0) throw new DeploymentError(`${project} is not as the repository says; see above`);
  tools.print('  no drift');
}

/**
 * Does {@link checkDrift} before a deployment, without cron and dispatch rules, which the deployment uploads. A difference
 * stops the deployment, unless drift is allowed.
 * @throws {DeploymentError} with the remedy
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
    const remedy = 'Nothing was uploaded. Put it right, or go on all the same with --allow-drift';
    throw new DeploymentError(`${error.message}\n${remedy}`, { cause: error });
  }
}

/** Compares the queues by their own command, which prints the differences. @returns 1 if there are any, else 0 */
async function compareQueues(
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
  const list = async <T>(...group: string[]): Promise<T[]> => {
    const command: Command = [
      ...['gcloud', 'firestore', ...group, 'list'],
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

/** Prints a comparison. @returns the number of differences */
function printComparison({ drift, notes }: Comparison, { print }: DriftTools): number {
  for (const note of notes) print(`  (${note})`);
  for (const { difference, remedy } of drift) print(`  ${difference}\n    ${remedy}`);
  return drift.length;
}
