import { join, relative } from 'node:path';
import { readDeployableAppYaml } from '../configuration/read-deployable-app-yaml.ts';
import { DeploymentError } from '../deployment-error.ts';
import {
  type Command,
  deleteVersionCommand,
  describeServiceCommand,
  readLogsCommand,
  readSecretCommand,
  setTrafficCommand,
  shellText,
  type Target,
  uploadCommand,
  versionUrlCommand,
} from '../process/gcloud-commands.ts';
import type { RunCommand } from '../process/run-command.ts';
import { type SmokeResult, smokePaths } from './smoke-test.ts';
import { copyStage, secretsOfServices } from './stage-copy.ts';

/** What a deployment does to the world; `--dry-run` and tests have others. */
export interface DeployTools {
  /** Makes the stage and resolves to its folder. */
  readonly stage: (folder: string) => Promise<string>;
  readonly rehearse: (stageDir: string) => Promise<void>;
  readonly run: RunCommand;
  readonly smokeTest: (url: string, paths: readonly string[]) => Promise<SmokeResult>;
  /** Gets the lines for people. */
  readonly print: (line: string) => void;
}

/** What to deploy, and where. */
export interface DeployOptions {
  readonly rootDir: string;
  /** The folder in apps/. */
  readonly folder: string;
  readonly project: string;
  readonly version: string;
  /** Print the commands, and run none. */
  readonly dryRun: boolean;
  /** Whether secrets are added from Secret Manager. */
  readonly secrets: boolean;
  /**
   * For a canary, how many percent of the front's traffic the version gets. Its immediate tasks go to the worker's version of
   * the same name, which gets no traffic; delayed ones go to whatever serves when they are due.
   */
  readonly canaryPercent?: number | undefined;
}

/**
 * Deploys one service: stage, rehearse, upload without traffic, try the new version at its own address, give it the
 * traffic. Each step and command is printed before it is done; one that fails says how to go on or back.
 * @throws {DeploymentError} naming the step
 */
export async function deployService(options: DeployOptions, tools: DeployTools): Promise<void> {
  const { rootDir, folder, project, version, dryRun } = options;
  const { print } = tools;
  const { service } = readDeployableAppYaml(join(rootDir, 'apps', folder, 'app.yaml'));
  const target: Target = { project, service, version };
  const { canaryPercent } = options;
  const again =
    canaryPercent === undefined
      ? `npm run deploy -w apps/${folder} -- --project ${project}`
      : `npm run deploy -- --project ${project} --canary ${canaryPercent}`;
  const steps = 5;
  let step = 0;
  const begin = (what: string): void => print(`\n[${folder} ${++step}/${steps}] ${what}`);
  const run = async (command: Command, quiet = false): Promise<string> => {
    print(`  $ ${shellText(command)}`);
    return dryRun ? '' : tools.run(command, { quiet });
  };

  begin('Stage');
  print(`  $ npm run stage -w apps/${folder}`);
  const stageDir = dryRun
    ? join(rootDir, '.stage', folder)
    : await orSay(() => tools.stage(folder), `Nothing was changed. Mend it, then: ${again}`);

  begin('Rehearse');
  print(`  $ npm run rehearse -w apps/${folder}`);
  if (!dryRun) {
    await orSay(() => tools.rehearse(stageDir), `Nothing was uploaded. Mend it, then: ${again}`);
  }

  begin(`Upload version ${version}, without traffic`);
  const secretNames = options.secrets ? (secretsOfServices[service] ?? []) : [];
  const secrets: Record<string, string> = {};
  for (const name of secretNames) {
    const read = (): Promise<string> => run(readSecretCommand(project, name), true);
    const how = `Nothing was uploaded. tools/deploy/bootstrap.sh makes the secret ${name}, docs/deploy.md tells how to give it a value and who may read it. Then: ${again}`;
    secrets[name] = (await orSay(read, how)).replace(/\r?\n$/, '');
  }
  // As seen from the root, where the commands are run, and are to be typed if one fails.
  const plainYaml = join(relative(rootDir, stageDir) || '.', 'app.yaml');
  const routing = canaryPercent === undefined ? {} : { TASK_ROUTING_VERSION: version };
  const variables = { ...secrets, ...routing };
  const names = [...secretNames, ...Object.keys(routing)];
  if (names.length > 0)
    print(`  (a copy of ${plainYaml} with ${names.join(', ')} is uploaded, then removed)`);
  const copy = names.length > 0 && !dryRun ? copyStage(stageDir, variables) : undefined;
  try {
    await orSay(
      () => run(uploadCommand(copy?.appYaml ?? plainYaml, target)),
      `No traffic was moved. Then again: ${again}`,
    );
  } finally {
    copy?.remove();
  }

  begin('Try the new version at its own address');
  const undo = `It has no traffic, and may stay. To see its log: ${shellText(readLogsCommand(target))}. To remove it: ${shellText(deleteVersionCommand(target))}. To try again: ${again}`;
  const url = (await orSay(() => run(versionUrlCommand(target)), undo)).trim();
  const { allocations, ingress } = serviceOf(await orSay(() => run(describeServiceCommand(target)), undo));
  const paths = smokePaths(service);
  const onlyRehearsed = 'From here nobody can ask it: that it works, the rehearsal alone has shown.';
  if (ingress === OPEN_INGRESS) {
    const urls = paths.map((path) => (dryRun ? `<version's address>${path}` : new URL(path, url).href));
    print(`  GET ${urls.join(', ')}`);
    const result = dryRun ? 'serves' : await orSay(() => tools.smokeTest(url, paths), undo);
    if (result === 'behind-iap') print(`  Identity-Aware Proxy stands before it. ${onlyRehearsed}`);
  } else print(`  The ingress of "${service}" is ${ingress}. ${onlyRehearsed}`);

  const shares = sharesOf(version, service, allocations, canaryPercent);
  if (shares === undefined) {
    begin(`Leave version ${version} of "${service}" without traffic`);
    print('  The tasks of the front of the same version are sent to it by name.');
    return;
  }
  begin(`Give version ${version} ${canaryPercent ?? 100} % of the traffic of "${service}"`);
  const promote = setTrafficCommand(target, shares);
  await orSay(() => run(promote), `The old version still serves. To go on: ${shellText(promote)}`);
  const others = Object.keys(allocations).filter((name) => name !== version);
  if (others.length > 0) print(`  To go back: ${shellText(setTrafficCommand(target, allocations))}`);

  function orSay<T>(work: () => Promise<T>, how: string): Promise<T> {
    return orSayHow(work, how, `${folder}, step ${step} of ${steps}: `);
  }
}

/** Does something; where it fails, the error ends with how to go on or back. @param where put before its message */
export async function orSayHow<T>(work: () => Promise<T>, how: string, where = ''): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    throw new DeploymentError(`${where}${error.message}\n${how}`, { cause: error });
  }
}

/**
 * What each version is to get, as weights; undefined where nothing is to change, because only the front's traffic is split.
 * @param allocations what they have, as fractions of 1
 */
function sharesOf(
  version: string,
  service: string,
  allocations: Readonly<Record<string, number>>,
  canaryPercent: number | undefined,
): Record<string, number> | undefined {
  if (canaryPercent === undefined) return { [version]: 1 };
  if (service !== 'default') return undefined;
  const others = Object.entries(allocations).filter(([name]) => name !== version);
  const rest = others.map(([name, share]) => [name, Math.round(share * (100 - canaryPercent))] as const);
  return { [version]: canaryPercent, ...Object.fromEntries(rest) };
}

const OPEN_INGRESS = 'INGRESS_TRAFFIC_ALLOWED_ALL';

/** A service as App Engine describes it; where nothing is known, without traffic and open to all. */
function serviceOf(text: string): { allocations: Record<string, number>; ingress: string } {
  const content = JSON.parse(text.trim() || 'null') as {
    split?: { allocations?: Record<string, number> };
    networkSettings?: { ingressTrafficAllowed?: string };
  } | null;
  const allocations = content?.split?.allocations ?? {};
  return { allocations, ingress: content?.networkSettings?.ingressTrafficAllowed ?? OPEN_INGRESS };
}
