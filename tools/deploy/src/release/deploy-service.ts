import { join, relative } from 'node:path';
import { readDeployableAppYaml } from '../configuration/read-deployable-app-yaml.ts';
import { DeploymentError } from '../deployment-error.ts';
import { type Command, shellText } from '../process/command.ts';
import {
  deleteVersionCommand,
  describeSecretCommand,
  describeServiceCommand,
  listServicesCommand,
  readLogsCommand,
  setTrafficCommand,
  type Target,
  uploadCommand,
  versionEnvironmentCommand,
  versionUrlCommand,
} from '../process/gcloud-commands.ts';
import type { RunCommand } from '../process/run-command.ts';
import { copyStage } from './copy-stage.ts';
import { secretsOfService } from './secrets-of-service.ts';
import { type SmokeResult, smokePaths } from './smoke-test.ts';
import { TASK_SCHEMAS, type TaskSchemas } from './task-schemas.ts';
import { withRemedy } from './with-remedy.ts';

/** The effects of a deployment; `--dry-run` and tests have others. */
export interface DeployTools {
  /** Makes the stage and resolves to its folder. */
  readonly stage: (folder: string) => Promise<string>;
  readonly rehearse: (stageDir: string) => Promise<void>;
  readonly run: RunCommand;
  readonly smokeTest: (url: string, paths: readonly string[]) => Promise<SmokeResult>;
  /** Gets the lines for people. */
  readonly print: (line: string) => void;
}

/** The service to deploy, and its target. */
export interface DeployOptions {
  readonly rootDir: string;
  /** The folder in apps/. */
  readonly folder: string;
  readonly project: string;
  readonly version: string;
  /** Print the commands, and run none. */
  readonly dryRun: boolean;
  /** The schemas of the tasks that the services send and read. */
  readonly taskSchemas: TaskSchemas;
  /**
   * Whether all services are deployed. Services that read each other's tasks are then not held up by each other: a task
   * that one of them does not read yet waits for the minutes that this takes.
   */
  readonly isPartOfAll?: boolean;
  /** Whether references to the secrets in Secret Manager are added. */
  readonly secrets: boolean;
  /**
   * For a canary, how many percent of the front's traffic the version gets. Its immediate tasks go to the versions of the
   * same name of {@link canaryServices}, which get no traffic; delayed ones go to the version that serves when they are due.
   */
  readonly canaryPercent?: number | undefined;
  /** For a canary, the services that do tasks and have a version of it. The others' tasks go to the version that serves. */
  readonly canaryServices?: readonly string[] | undefined;
}

/** The traffic of a service and who may reach it. */
interface ServiceState {
  /** The share of each version, as a fraction of 1. */
  readonly allocations: Readonly<Record<string, number>>;
  readonly ingress: string;
}

const STEPS = 5;
const OPEN_INGRESS = 'INGRESS_TRAFFIC_ALLOWED_ALL';
const ONLY_REHEARSED = 'From here nobody can ask it: that it works, the rehearsal alone has shown.';

/**
 * Deploys one service, unless it would send tasks that their reader does not know: stage, rehearse, upload without traffic, try the new version at its own address, give it the
 * traffic. Each step and command is printed before it is done. The error of a step that fails names the remedy.
 * @throws {DeploymentError} naming the step
 */
export async function deployService(options: DeployOptions, tools: DeployTools): Promise<void> {
  const deployment = new ServiceDeployment(options, tools);
  await deployment.checkReaders();
  const stageDir = await deployment.stage();
  await deployment.rehearse(stageDir);
  await deployment.upload(stageDir);
  const { allocations } = await deployment.tryVersion();
  await deployment.moveTraffic(allocations);
}

/** One deployment of one service; its methods are the steps, in this order. */
class ServiceDeployment {
  readonly #options: DeployOptions;
  readonly #tools: DeployTools;
  readonly #target: Target;
  /** The command that starts the deployment anew. */
  readonly #again: string;
  #step = 0;

  constructor(options: DeployOptions, tools: DeployTools) {
    const { rootDir, folder, project, version, canaryPercent } = options;
    this.#options = options;
    this.#tools = tools;
    const { service } = readDeployableAppYaml(join(rootDir, 'apps', folder, 'app.yaml'));
    this.#target = { project, service, version };
    this.#again =
      canaryPercent === undefined
        ? `npm run deploy -w apps/${folder} -- --project ${project}`
        : `npm run deploy -- --project ${project} --canary ${canaryPercent}`;
  }

  /**
   * Checks that every version with traffic of the services that read this one's tasks reads what it sends.
   * @throws {DeploymentError} naming the contracts
   */
  async checkReaders(): Promise<void> {
    const { taskSchemas, isPartOfAll = false, folder, project, dryRun } = this.#options;
    const { service } = this.#target;
    const isReader = taskSchemas.readers.includes(service);
    const others = taskSchemas.readers.filter((reader) => reader !== service);
    if (dryRun || others.length === 0 || (isReader && isPartOfAll)) return;
    this.#tools.print(`\n[${folder}] The services that read its tasks`);
    const listed = (await this.#run(listServicesCommand(project))).split('\n');
    for (const reader of others) {
      if (!listed.includes(reader)) {
        this.#tools.print(
          `  There is no service "${reader}" yet: its tasks wait in their queues until there is`,
        );
        continue;
      }
      await this.#checkReader(reader);
    }
  }

  async #checkReader(reader: string): Promise<void> {
    const { taskSchemas, project } = this.#options;
    const state = parseServiceState(await this.#run(describeServiceCommand({ project, service: reader })));
    const serving = Object.entries(state.allocations).filter(([, share]) => share > 0);
    for (const [version] of serving) {
      const target = { project, service: reader, version };
      const described = JSON.parse((await this.#run(versionEnvironmentCommand(target))).trim() || 'null') as {
        envVariables?: Record<string, string>;
      } | null;
      const unread = taskSchemas.unreadBy(reader, described?.envVariables?.[TASK_SCHEMAS]);
      if (unread.length === 0) continue;
      throw new DeploymentError(
        `Version ${version} of "${reader}" has traffic and does not read what this one sends: ${unread.join('; ')}.\nNothing was changed. Deploy all services, which promotes readers first: npm run deploy -- --project ${project}`,
      );
    }
  }

  /** @returns the folder of the stage */
  async stage(): Promise<string> {
    const { rootDir, folder, dryRun } = this.#options;
    this.#begin('Stage');
    this.#tools.print(`  $ npm run stage -w apps/${folder}`);
    if (dryRun) return join(rootDir, '.stage', folder);
    return this.#withRemedy(
      () => this.#tools.stage(folder),
      `Nothing was changed. Mend it, then: ${this.#again}`,
    );
  }

  async rehearse(stageDir: string): Promise<void> {
    this.#begin('Rehearse');
    this.#tools.print(`  $ npm run rehearse -w apps/${this.#options.folder}`);
    if (this.#options.dryRun) return;
    await this.#withRemedy(
      () => this.#tools.rehearse(stageDir),
      `Nothing was uploaded. Mend it, then: ${this.#again}`,
    );
  }

  async upload(stageDir: string): Promise<void> {
    const { rootDir, version, dryRun, canaryPercent, canaryServices = [] } = this.#options;
    this.#begin(`Upload version ${version}, without traffic`);
    const pinned = canaryServices.map((name) => `${name}=${version}`).join(' ');
    const routing = canaryPercent === undefined ? {} : { TASK_ROUTING_VERSION: pinned };
    const schemas = this.#options.taskSchemas.valueFor(this.#target.service);
    const added = { ...routing, ...(schemas !== undefined && { [TASK_SCHEMAS]: schemas }) };
    const references = await this.#secretReferences();
    const variables = { ...references, ...added };
    const names = Object.keys(variables);
    // As seen from the root, where the commands are run, and are to be typed if one fails.
    const plainYaml = join(relative(rootDir, stageDir) || '.', 'app.yaml');
    if (names.length > 0) {
      this.#tools.print(`  (a copy of ${plainYaml} with ${names.join(', ')} is uploaded, then removed)`);
    }
    if (Object.keys(references).length > 0) {
      this.#tools.print('  (secrets stay in Secret Manager: the service reads them when it starts)');
    }
    const copy = names.length > 0 && !dryRun ? copyStage(stageDir, variables) : undefined;
    try {
      await this.#withRemedy(
        () => this.#run(uploadCommand(copy?.appYaml ?? plainYaml, this.#target)),
        `No traffic was moved. Then again: ${this.#again}`,
      );
    } finally {
      copy?.remove();
    }
  }

  /** Tries the new version at its own address, where that can be reached. @returns the service before it gets traffic */
  async tryVersion(): Promise<ServiceState> {
    this.#begin('Try the new version at its own address');
    const target = this.#target;
    const undo = `It has no traffic, and may stay. To see its log: ${shellText(readLogsCommand(target))}. To remove it: ${shellText(deleteVersionCommand(target))}. To try again: ${this.#again}`;
    const url = (await this.#withRemedy(() => this.#run(versionUrlCommand(target)), undo)).trim();
    const state = parseServiceState(
      await this.#withRemedy(() => this.#run(describeServiceCommand(target)), undo),
    );
    if (state.ingress === OPEN_INGRESS) await this.#smokeTest(url, undo);
    else {
      this.#tools.print(`  The ingress of "${target.service}" is ${state.ingress}. ${ONLY_REHEARSED}`);
    }
    return state;
  }

  async moveTraffic(allocations: ServiceState['allocations']): Promise<void> {
    const { version, canaryPercent } = this.#options;
    const { service } = this.#target;
    const shares = newShares({ version, service, allocations, canaryPercent });
    if (shares === undefined) {
      this.#begin(`Leave version ${version} of "${service}" without traffic`);
      this.#tools.print('  The tasks of the front of the same version are sent to it by name.');
      return;
    }
    this.#begin(`Give version ${version} ${canaryPercent ?? 100} % of the traffic of "${service}"`);
    const promote = setTrafficCommand(this.#target, shares);
    await this.#withRemedy(
      () => this.#run(promote),
      `The old version still serves. To go on: ${shellText(promote)}`,
    );
    const others = Object.keys(allocations).filter((name) => name !== version);
    if (others.length === 0) return;
    const isReader = this.#options.taskSchemas.readers.includes(service);
    const first = isReader ? ' (first the services that send it tasks: docs/deploy.md)' : '';
    this.#tools.print(`  To go back${first}: ${shellText(setTrafficCommand(this.#target, allocations))}`);
  }

  #begin(title: string): void {
    this.#step += 1;
    this.#tools.print(`\n[${this.#options.folder} ${this.#step}/${STEPS}] ${title}`);
  }

  async #run(command: Command, quiet = false): Promise<string> {
    this.#tools.print(`  $ ${shellText(command)}`);
    return this.#options.dryRun ? '' : this.#tools.run(command, { quiet });
  }

  #withRemedy<T>(work: () => Promise<T>, remedy: string): Promise<T> {
    return withRemedy(work, remedy, `${this.#options.folder}, step ${this.#step} of ${STEPS}: `);
  }

  /** References to the newest versions of the service's secrets. One that its app.yaml sets, as to a certain version, stays. */
  async #secretReferences(): Promise<Record<string, string>> {
    const { secrets, rootDir, folder, project } = this.#options;
    if (!secrets) return {};
    const { envVariables } = readDeployableAppYaml(join(rootDir, 'apps', folder, 'app.yaml'));
    const references: Record<string, string> = {};
    for (const name of secretsOfService(rootDir, this.#target.service)) {
      if (envVariables[name] !== undefined) continue;
      await this.#checkSecret(name);
      references[name] = `secret://projects/${project}/secrets/${name}/versions/latest`;
    }
    return references;
  }

  /** Checks that a secret has a value, which is not read. */
  async #checkSecret(name: string): Promise<void> {
    const remedy = `Nothing was uploaded. tools/deploy/bootstrap.sh makes the secret ${name}, docs/deploy.md tells how to give it a value. Then: ${this.#again}`;
    await this.#withRemedy(async () => {
      const state = (await this.#run(describeSecretCommand(this.#options.project, name), true)).trim();
      if (/^(disabled|destroyed)$/i.test(state)) {
        throw new DeploymentError(`The newest version of the secret ${name} is ${state.toLowerCase()}`);
      }
    }, remedy);
  }

  async #smokeTest(url: string, remedy: string): Promise<void> {
    const { dryRun } = this.#options;
    const paths = smokePaths(this.#target.service);
    const urls = paths.map((path) => (dryRun ? `<version's address>${path}` : new URL(path, url).href));
    this.#tools.print(`  GET ${urls.join(', ')}`);
    if (dryRun) return;
    const result = await this.#withRemedy(() => this.#tools.smokeTest(url, paths), remedy);
    if (result === 'behind-iap') {
      this.#tools.print(`  Identity-Aware Proxy stands before it. ${ONLY_REHEARSED}`);
    }
  }
}

/** The weight that each version gets; undefined where nothing changes, because only the front's traffic is split. */
function newShares(options: {
  version: string;
  service: string;
  /** The shares that the versions have, as fractions of 1. */
  allocations: ServiceState['allocations'];
  canaryPercent: number | undefined;
}): Record<string, number> | undefined {
  const { version, service, allocations, canaryPercent } = options;
  if (canaryPercent === undefined) return { [version]: 1 };
  if (service !== 'default') return undefined;
  const others = Object.entries(allocations).filter(([name]) => name !== version);
  const rest = others.map(([name, share]) => [name, Math.round(share * (100 - canaryPercent))] as const);
  return { [version]: canaryPercent, ...Object.fromEntries(rest) };
}

/** Reads App Engine's description of a service; an unknown service has no traffic and is open to all. */
function parseServiceState(text: string): ServiceState {
  const content = JSON.parse(text.trim() || 'null') as {
    split?: { allocations?: Record<string, number> };
    networkSettings?: { ingressTrafficAllowed?: string };
  } | null;
  const allocations = content?.split?.allocations ?? {};
  return { allocations, ingress: content?.networkSettings?.ingressTrafficAllowed ?? OPEN_INGRESS };
}
