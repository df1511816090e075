import type { ParseArgsOptionsConfig } from 'node:util';
import {
  ALLOW_HOST_FLAG,
  CommandLineError,
  readAllowedHosts,
  readFlags,
  readPort,
} from '@waybill/emulator-kit';

export const HELP = `Usage: app-engine-emulator [options] app.yaml [more.yaml ...]

Runs the services of the given app.yaml files, or of the folders that hold them, behind one port, as App Engine does.

  --port NUMBER       port of the front door (default 8080; 0 takes a free one)
  --host ADDRESS      address to listen on (default 127.0.0.1)
  --allow-host NAME   answer requests to this host too, such as a custom domain; may be repeated
  --project ID        project in host names and GOOGLE_CLOUD_PROJECT (default demo)
  --region-id ID      region's short id in host names (default uc)
  --version NAME      version of every service (default v1)
  --cron FILE         cron.yaml
  --dispatch FILE     dispatch.yaml
  --admin-port NUMBER port of the Admin API, for \`gcloud app deploy\` (default: none; 0 takes a free one)
  --gcloud-config DIR writes a configuration of gcloud there that uses this Admin API; needs --admin-port
  --env NAME=VALUE    environment variable for every service, over all others; may be repeated
  --help              this text

A request with the header X-App-Engine-Emulator-Token and the value of the environment variable
APP_ENGINE_EMULATOR_TOKEN may send X-AppEngine-* headers, as Cloud Tasks does. The environment variable
EMULATOR_ALLOW_HOST is read as --allow-host; names are separated by commas.
`;

/** What a command line asks for. */
export interface CommandLine {
  readonly host: string;
  readonly port: number;
  readonly allowHosts: readonly string[];
  readonly project: string;
  readonly regionId: string;
  /** Files, or the folders that hold them. */
  readonly appYamls: readonly string[];
  readonly version: string;
  readonly cronYaml?: string;
  readonly dispatchYaml?: string;
  /** undefined: no Admin API. */
  readonly adminPort?: number;
  readonly gcloudConfig?: string;
  /** Environment variables of every service. */
  readonly env: Readonly<Record<string, string>>;
}

const FLAGS = {
  port: { type: 'string', default: '8080' },
  host: { type: 'string', default: '127.0.0.1' },
  ...ALLOW_HOST_FLAG,
  project: { type: 'string', default: 'demo' },
  'region-id': { type: 'string', default: 'uc' },
  version: { type: 'string', default: 'v1' },
  cron: { type: 'string' },
  dispatch: { type: 'string' },
  'admin-port': { type: 'string' },
  'gcloud-config': { type: 'string' },
  env: { type: 'string', multiple: true, default: [] },
} satisfies ParseArgsOptionsConfig;

/** @throws {CommandLineError} naming all problems at once */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const { values, positionals, problems } = readFlags(args, FLAGS, { allowPositionals: true });
  const { host, project, version, cron, dispatch } = values;
  const port = readPort('--port', values.port, problems);
  const allowHosts = readAllowedHosts(values['allow-host'], environment, problems);
  const env = readVariables(values.env, problems);
  const adminPortText = values['admin-port'];
  const adminPort =
    adminPortText === undefined ? undefined : readPort('--admin-port', adminPortText, problems);
  const gcloudConfig = values['gcloud-config'];
  if (gcloudConfig !== undefined && adminPort === undefined)
    problems.push('--gcloud-config needs --admin-port');
  const hasServices = positionals.length > 0;
  if (!hasServices) problems.push('give at least one app.yaml');
  if (problems.length > 0) throw new CommandLineError(problems, hasServices ? 'See --help.' : `\n${HELP}`);
  return {
    host,
    port,
    allowHosts,
    project,
    regionId: values['region-id'],
    appYamls: positionals,
    version,
    ...(cron !== undefined && { cronYaml: cron }),
    ...(dispatch !== undefined && { dispatchYaml: dispatch }),
    ...(adminPort !== undefined && { adminPort }),
    ...(gcloudConfig !== undefined && { gcloudConfig }),
    env,
  };
}

function readVariables(variables: readonly string[], problems: string[]): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const text of variables) {
    const [, name, value] = /^([a-zA-Z_]\w*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) problems.push(`--env must be NAME=VALUE, got "${text}"`);
    else env[name] = value;
  }
  return env;
}
