import type { Command } from './command.ts';

/** Where a version of a service goes. */
export interface Target {
  readonly project: string;
  /** App Engine's name of the service. */
  readonly service: string;
  readonly version: string;
}

/** The account that a service runs as; tools/deploy/bootstrap.sh makes one for each. */
function serviceAccountOf({ project, service }: Pick<Target, 'project' | 'service'>): string {
  // `default` is App Engine's name of the service that the front is.
  const name = service === 'default' ? 'frontend' : service;
  return `waybill-${name}@${project}.iam.gserviceaccount.com`;
}

/** Uploads a folder as a new version that gets no traffic. */
export function uploadCommand(appYaml: string, { project, version, service }: Target): Command {
  return [
    ...['gcloud', 'app', 'deploy', appYaml],
    `--project=${project}`,
    `--version=${version}`,
    `--service-account=${serviceAccountOf({ project, service })}`,
    '--no-promote',
    '--quiet',
  ];
}

/** Tells a version's own address. */
export function versionUrlCommand({ project, service, version }: Target): Command {
  return [
    ...['gcloud', 'app', 'versions', 'describe', version],
    `--service=${service}`,
    `--project=${project}`,
    '--format=value(versionUrl)',
  ];
}

/** Tells the environment of a version, as JSON. */
export function versionEnvironmentCommand({ project, service, version }: Target): Command {
  return [
    ...['gcloud', 'app', 'versions', 'describe', version],
    `--service=${service}`,
    `--project=${project}`,
    '--format=json(envVariables)',
  ];
}

/** Lists a project's services, one id a line. */
export function listServicesCommand(project: string): Command {
  return ['gcloud', 'app', 'services', 'list', `--project=${project}`, '--format=value(id)'];
}

/** Tells which versions have a service's traffic, and who may reach it, as JSON. */
export function describeServiceCommand({ project, service }: Pick<Target, 'project' | 'service'>): Command {
  return [
    ...['gcloud', 'app', 'services', 'describe', service],
    `--project=${project}`,
    '--format=json(split.allocations,networkSettings.ingressTrafficAllowed)',
  ];
}

/** Gives versions their shares of a service's traffic. */
export function setTrafficCommand(
  { project, service }: Pick<Target, 'project' | 'service'>,
  shares: Readonly<Record<string, number>>,
): Command {
  const splits = Object.entries(shares).map(([version, share]) => `${version}=${share}`);
  return [
    ...['gcloud', 'app', 'services', 'set-traffic', service],
    `--splits=${splits.join(',')}`,
    `--project=${project}`,
    '--quiet',
  ];
}

/** Deletes a version. */
export function deleteVersionCommand({ project, service, version }: Target): Command {
  return [
    ...['gcloud', 'app', 'versions', 'delete', version],
    `--service=${service}`,
    `--project=${project}`,
    '--quiet',
  ];
}

/** Shows what a version logged when it started. */
export function readLogsCommand({ project, service, version }: Target): Command {
  return [
    ...['gcloud', 'app', 'logs', 'read'],
    `--service=${service}`,
    `--version=${version}`,
    `--project=${project}`,
  ];
}

/** Tells the state of a secret's newest version, and not its value. */
export function describeSecretCommand(project: string, name: string): Command {
  return [
    ...['gcloud', 'secrets', 'versions', 'describe', 'latest'],
    `--secret=${name}`,
    `--project=${project}`,
    '--format=value(state)',
  ];
}

/** Uploads files of the whole application: cron.yaml, dispatch.yaml. Each replaces all that was there. */
export function deployConfigCommand(project: string, ...files: readonly string[]): Command {
  return ['gcloud', 'app', 'deploy', ...files, `--project=${project}`, '--quiet'];
}

/** Tells an application's dispatch rules, as JSON. */
export function dispatchRulesCommand(project: string): Command {
  return ['gcloud', 'app', 'describe', `--project=${project}`, '--format=json(dispatchRules)'];
}
