import type { ParseArgsOptionsConfig } from 'node:util';
import { CommandLineError, listenFlags, readFlags, readListenOptions } from '@waybill/emulator-kit';
import { type FaultSettings, FaultSettingsError, readFaultSettings } from './faults/fault-settings.ts';
import type { CloudTasksEmulatorOptions } from './start-cloud-tasks-emulator.ts';

export const HELP = `Usage: cloud-tasks-emulator [options]

Cloud Tasks on this machine, for the official clients.

  --host HOST                  where to listen (default 127.0.0.1)
  --port PORT                  default 8123; 0 for any free one
  --allow-host NAME            answer requests to this host too, such as the name of its container; may be given
                               more than once (default: localhost and loopback addresses)
  --data-dir FOLDER            keep queues and tasks there (default: in memory)
  --queues FILE                create the queues of this file, or give them its settings
  --project PROJECT            the project of those queues (default local)
  --location LOCATION          their location (default us-central1)
  --app-engine-url URL         where tasks with an App Engine target go
  --app-engine-header 'N: V'   sent with each of them; may be given more than once
  --app-engine-host-suffix S   what follows the project in App Engine hosts (default that of the location,
                               such as uc.r.appspot.com)
  --issuer URL                 the issuer of the ID tokens that HTTP tasks carry (default: where this listens); the
                               key set is below it at /oauth2/v3/certs
  --allow-loopback-http-tokens let tasks carry tokens over plain http to this machine; the service wants https
  --faults JSON                inject faults, such as {"seed":1,"duplicateShare":0.2,"dropAnswerShare":0.1,
                               "maxDelayMs":200,"reorderShare":0.1,"refuseShare":0.05}; shares from 0 to 1
  --log-events                 one line of JSON on stdout for each event
  --help

Environment:
  CLOUD_TASKS_EMULATOR_APP_ENGINE_HEADER   one more 'Name: value', for secrets
  CLOUD_TASKS_EMULATOR_FAULTS              as --faults
  EMULATOR_ALLOW_HOST                      as --allow-host; names are separated by commas
  EMULATOR_EXIT_WITH_PARENT=1              end when stdin closes
`;

/** What a command line asks for. */
export type CommandLine =
  | { readonly help: true }
  | { readonly help: false; readonly options: CloudTasksEmulatorOptions; readonly logEvents: boolean };

const FLAGS = {
  ...listenFlags('8123'),
  queues: { type: 'string' },
  project: { type: 'string', default: 'local' },
  location: { type: 'string', default: 'us-central1' },
  'app-engine-url': { type: 'string' },
  'app-engine-header': { type: 'string', multiple: true, default: [] },
  'app-engine-host-suffix': { type: 'string' },
  issuer: { type: 'string' },
  'allow-loopback-http-tokens': { type: 'boolean', default: false },
  faults: { type: 'string' },
  'log-events': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {CommandLineError} naming all problems at once */
export function readCommandLine(args: readonly string[], env: Environment): CommandLine {
  const { values, problems } = readFlags(args, FLAGS);
  if (values.help) return { help: true };
  const listen = readListenOptions(values, env, problems);
  const appEngineUrl = readUrl(values['app-engine-url'], problems);
  const issuer = readIssuer(values.issuer, problems);
  const headers = readHeaders(values['app-engine-header'], env, problems);
  const faults = readFaults(values.faults ?? env['CLOUD_TASKS_EMULATOR_FAULTS'], problems);
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  const hostSuffix = values['app-engine-host-suffix'];
  return {
    help: false,
    logEvents: values['log-events'],
    options: {
      ...listen,
      ...(values.queues !== undefined && {
        queues: { project: values.project, location: values.location, file: values.queues },
      }),
      ...(issuer !== undefined && { issuer }),
      ...(values['allow-loopback-http-tokens'] && { allowLoopbackHttpTokens: true }),
      ...(faults !== undefined && { faults }),
      ...(appEngineUrl !== undefined && {
        appEngine: { url: appEngineUrl, headers, ...(hostSuffix !== undefined && { hostSuffix }) },
      }),
    },
  };
}

function readUrl(text: string | undefined, problems: string[]): string | undefined {
  if (text !== undefined && !isHttpUrl(text)) {
    problems.push(`--app-engine-url must be a URL such as http://127.0.0.1:8080, got "${text}"`);
  }
  return text;
}

function readIssuer(text: string | undefined, problems: string[]): string | undefined {
  if (text !== undefined && (!isHttpUrl(text) || text.endsWith('/'))) {
    problems.push(`--issuer must be a URL without a slash at its end, got "${text}"`);
  }
  return text;
}

function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}

function readHeaders(
  flags: readonly string[],
  env: Environment,
  problems: string[],
): Readonly<Record<string, string>> {
  const fromEnv = env['CLOUD_TASKS_EMULATOR_APP_ENGINE_HEADER'];
  const headers: Record<string, string> = {};
  for (const [origin, text] of [
    ...flags.map((value) => ['--app-engine-header', value] as const),
    ...(fromEnv ? [['CLOUD_TASKS_EMULATOR_APP_ENGINE_HEADER', fromEnv] as const] : []),
  ]) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*)$/.exec(text);
    // The value may be a secret: it isn't shown.
    if (match === null) problems.push(`${origin} must have the form 'Name: value'`);
    else headers[match[1] ?? ''] = match[2] ?? '';
  }
  return headers;
}

function readFaults(text: string | undefined, problems: string[]): FaultSettings | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return readFaultSettings(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof FaultSettingsError || error instanceof SyntaxError)) throw error;
    problems.push(error instanceof SyntaxError ? `--faults must be JSON: ${error.message}` : error.message);
    return undefined;
  }
}
