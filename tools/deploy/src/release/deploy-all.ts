import { join } from 'node:path';
import { readDeployableAppYaml } from '../configuration/read-deployable-app-yaml.ts';
import { readDeployableDispatchRules } from '../configuration/read-deployable-dispatch-rules.ts';
import { DeploymentError } from '../deployment-error.ts';
import { shellText } from '../process/command.ts';
import { deployConfigCommand, listServicesCommand } from '../process/gcloud-commands.ts';
import { type DeployOptions, type DeployTools, deployService } from './deploy-service.ts';
import { withRemedy } from './with-remedy.ts';

/** The folder of App Engine's service `default`. */
const FRONT = 'frontend';

/**
 * The order in which services are deployed: those that read tasks before those that only send them, so that whatever is
 * enqueued finds a handler that reads it.
 * @param options.hasDefault whether the project has a service `default`; App Engine takes no other before it
 * @param options.readers the folders of the services that read tasks
 */
export function deployOrder(
  folders: readonly string[],
  options: { hasDefault: boolean; readers: readonly string[] },
): string[] {
  const { hasDefault, readers } = options;
  const rank = (folder: string): number => {
    if (folder === FRONT && !hasDefault) return 0;
    if (readers.includes(folder)) return 1;
    return folder === FRONT ? 3 : 2;
  };
  return [...folders].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/**
 * Deploys several services in order, then the root's cron.yaml and dispatch.yaml. For a canary, the front and the services
 * that do tasks: all of them, or those that are named.
 * @throws {DeploymentError} at the first that fails; for a dispatch.yaml that takes tasks away, before anything is done
 */
export async function deployAll(
  folders: readonly string[],
  options: Omit<DeployOptions, 'folder'>,
  tools: DeployTools,
): Promise<void> {
  const { rootDir, project, dryRun, canaryPercent } = options;
  const isCanary = canaryPercent !== undefined;
  const { print } = tools;
  // It is uploaded last, but what is wrong with it must not be found then.
  readDeployableDispatchRules(join(rootDir, 'dispatch.yaml'));
  const list = listServicesCommand(project);
  print(`Services that there are\n  $ ${shellText(list)}`);
  const listed = dryRun
    ? 'default'
    : await withRemedy(
        () => tools.run(list),
        `Nothing was changed. Put it right, then again: npm run deploy -- --project ${project}`,
      );
  const hasDefault = listed.split('\n').includes('default');
  if (isCanary && !hasDefault) {
    throw new DeploymentError(`${project} has no version that serves yet, beside which a canary could be`);
  }
  const canaryServices = isCanary ? servicesOfCanary(folders, options) : [];
  const deployed = isCanary ? [...canaryServices, FRONT] : folders;
  const readers = deployed.filter((folder) =>
    options.taskSchemas.readers.includes(
      readDeployableAppYaml(join(rootDir, 'apps', folder, 'app.yaml')).service,
    ),
  );
  const order = deployOrder(deployed, { hasDefault, readers });
  if (!hasDefault) {
    print(
      '  App Engine wants its service "default" first: until the worker is there too, what is ordered waits in the queues',
    );
  }
  for (const folder of order) {
    await deployService(
      { ...options, canaryServices, folder, isPartOfAll: !isCanary || readers.includes(folder) },
      tools,
    );
  }
  if (isCanary) return;
  const config = deployConfigCommand(project, 'cron.yaml', 'dispatch.yaml');
  print(`\n[application] The sweep, each minute, and the dispatch rules\n  $ ${shellText(config)}`);
  if (dryRun) return;
  await withRemedy(
    () => tools.run(config),
    `The services are deployed and serve; cron and dispatch rules are as before. To go on: ${shellText(config)}`,
  );
}

/**
 * The services that have a version of the canary beside the front's.
 * @throws {DeploymentError} if one of those that are named does no tasks, or is not in apps/
 */
function servicesOfCanary(
  folders: readonly string[],
  { canaryServices, taskSchemas: { readers } }: Pick<DeployOptions, 'canaryServices' | 'taskSchemas'>,
): readonly string[] {
  const possible = readers.filter((service) => folders.includes(service));
  const unknown = (canaryServices ?? []).filter((service) => !possible.includes(service));
  if (unknown.length === 0) return canaryServices ?? possible;
  throw new DeploymentError(
    `--canary-services must name services that do tasks (${possible.join(', ')}), got ${unknown.join(', ')}`,
  );
}
