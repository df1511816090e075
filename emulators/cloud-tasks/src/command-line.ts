import type { ParseArgsOptionsConfig } from 'node:util';
import {
  CommandLineError,
  type Environment,
  flagsFromEnvironment,
  listenFlags,
  readFlags,
  readListenOptions,
} from '@waybill/emulator-kit';
import { FaultSettingsError, readFaultSettings } from './faults/fault-settings.ts';
import type { DeclaredQueue } from './queue-file.ts';
import type { CloudTasksEmulatorOptions } from './start-cloud-tasks-emulator.ts';

/** Prefix of this command's environment variables. */
const PREFIX = 'CLOUD_TASKS_EMULATOR';

export const HELP = `Usage: cloud-tasks-emulator [options]

Cloud Tasks on this machine, for the official clients.

  --host HOST                  where to listen (default 127.0.0.1)
  --port PORT                  default 8123; 0 for any free one
  --allow-host NAME            answer requests to this host too, such as the name of its container; may be given
                               more than once (default: localhost and loopback addresses)
  --data-dir FOLDER            keep queues and tasks there (default: in memory)
  --queues FILE                create the queues of this file, or give them its settings; applied again when it changes.
                               A queues.yaml, or App Engine's queue.yaml
  --queue NAME                 create this queue with default settings: a short name, or
                               projects/P/locations/L/queues/NAME; may be given more than once
  --auto-create-queues         create a missing queue when a task is created for it
  --max-attempts N             give up each task after N attempts, whatever its queue says: for tests
  --project PROJECT            the project of those queues (default local)
  --location LOCATION          their location (default us-central1)
  --app-engine-url URL         where tasks with an App Engine target go
  --app-engine-header 'N: V'   sent with each of them; may be given more than once
  --app-engine-host-suffix S   what follows the project in App Engine hosts (default that of the location,
                               such as uc.r.appspot.com)
  --issuer URL                 the issuer of the ID tokens that HTTP tasks carry (default: where this listens); the
                               key set is below it at /oauth2/v3/certs
  --functions-url URL          where the functions of Firebase's tasks are (default http://127.0.0.1:5001)
  --allow-loopback-http-tokens let tasks carry tokens over plain http to this machine; the service wants https
  --faults JSON                inject faults, such as {"seed":1,"duplicateShare":0.2,"dropAnswerShare":0.1,
                               "maxDelayMs":200,"reorderShare":0.1,"refuseShare":0.05}; shares from 0 to 1
  --throttle-on-errors         halve a queue's rate on 429, 503 and many failures, as the service does in its own way
  --heed-retry-after           wait as long as Retry-After of a 429 or 503 says
  --slow-start RATE            let new, idle and resumed queues grow from RATE per second, by half every 5 minutes
  --log-events                 one line of JSON on stdout for each event
  --version
  --help

Environment, where the command line says nothing:
  CLOUD_TASKS_EMULATOR_PORT, CLOUD_TASKS_EMULATOR_DATA_DIR, … each option by its name; 1 for an option without a value,
                               a list with commas for --queue
  CLOUD_TASKS_EMULATOR_HOST    HOST or HOST:PORT, as clients read it
  CLOUD_TASKS_EMULATOR_APP_ENGINE_HEADER   one more 'Name: value', for secrets
  EMULATOR_ALLOW_HOST          as --allow-host, for every emulator; names are separated by commas
  EMULATOR_EXIT_WITH_PARENT=1  end when stdin closes
`;

/** What a command line asks for. */
export type CommandLine =
  | { readonly help: true }
  | { readonly help: false; readonly version: true; readonly options?: never; readonly logEvents?: never }
  | {
      readonly help: false;
      readonly version?: never;
      readonly options: CloudTasksEmulatorOptions;
      readonly logEvents: boolean;
    };

const FLAGS = {
  ...listenFlags('8123'),
  queues: { type: 'string' },
  queue: { type: 'string', multiple: true, default: [] },
  'auto-create-queues': { type: 'boolean', default: false },
  'max-attempts': { type: 'string' },
  project: { type: 'string', default: 'local' },
  location: { type: 'string', default: 'us-central1' },
  'app-engine-url': { type: 'string' },
  'app-engine-header': { type: 'string', multiple: true, default: [] },
  'app-engine-host-suffix': { type: 'string' },
  issuer: { type: 'string' },
  'functions-url': { type: 'string' },
  'allow-loopback-http-tokens': { type: 'boolean', default: false },
  faults: { type: 'string' },
  'throttle-on-errors': { type: 'boolean', default: false },
  'heed-retry-after': { type: 'boolean', default: false },
  'slow-start': { type: 'string' },
  'log-events': { type: 'boolean', default: false },
  version: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

/** @throws {CommandLineError} naming all problems at once */
export function readCommandLine(args: readonly string[], env: Environment): CommandLine {
  const completed = flagsFromEnvironment(args, FLAGS, {
    env,
    prefix: PREFIX,
    except: ['app-engine-header', 'version', 'help'],
  });
  const { originOf } = completed;
  const { values, problems: flagProblems } = readFlags(completed.args, FLAGS);
  if (values.help) return { help: true };
  if (values.version) return { help: false, version: true };
  const problems = [...completed.problems, ...flagProblems];
  const issuer = readOrigin(originOf('issuer'), values.issuer, problems);
  const functionsUrl = readOrigin(originOf('functions-url'), values['functions-url'], problems);
  const options: CloudTasksEmulatorOptions = {
    ...readListenOptions(values, env, problems, originOf),
    ...readQueues(values, originOf, problems),
    ...(issuer !== undefined && { issuer }),
    ...(functionsUrl !== undefined && { functionsUrl }),
    ...(values['allow-loopback-http-tokens'] && { allowLoopbackHttpTokens: true }),
    ...(values['auto-create-queues'] && { autoCreateQueues: true }),
    ...readMaxAttempts(values['max-attempts'], originOf('max-attempts'), problems),
    ...readThrottling(values, originOf('slow-start'), problems),
    ...readFaults(values.faults, originOf('faults'), problems),
    ...readAppEngine(values, env, originOf('app-engine-url'), problems),
  };
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  return { help: false, logEvents: values['log-events'], options };
}

/** The queues of `--queues` and `--queue`. */
function readQueues(
  values: { queues?: string | undefined; queue: string[]; project: string; location: string },
  originOf: (flag: string) => string,
  problems: string[],
): Pick<CloudTasksEmulatorOptions, 'queues'> {
  const list: DeclaredQueue[] = [];
  let { project, location } = values;
  const places = new Set<string>();
  for (const given of values.queue) {
    const full = /^projects\/([^/]+)\/locations\/([^/]+)\/queues\/([^/]+)$/.exec(given);
    const name = full?.[3] ?? given;
    if (!/^[A-Za-z0-9-]{1,100}$/.test(name)) {
      problems.push(
        `${originOf('queue')} must be 1 to 100 letters, digits and hyphens, or projects/P/locations/L/queues/NAME, got "${given}"`,
      );
      continue;
    }
    if (full !== null) {
      [project, location] = [full[1] ?? '', full[2] ?? ''];
      places.add(`${project}/${location}`);
    }
    list.push({ name, settings: {} });
  }
  if (places.size > 1) {
    problems.push(
      `${originOf('queue')} must name queues of one project and location, got ${[...places].join(', ')}`,
    );
  }
  if (list.length === 0 && values.queues === undefined) return {};
  return {
    queues: {
      project,
      location,
      ...(values.queues !== undefined && { file: values.queues, watch: true }),
      ...(list.length > 0 && { list }),
    },
  };
}

function readMaxAttempts(
  text: string | undefined,
  origin: string,
  problems: string[],
): Pick<CloudTasksEmulatorOptions, 'maxAttempts'> {
  if (text === undefined) return {};
  if (/^[1-9]\d{0,8}$/.test(text)) return { maxAttempts: Number(text) };
  problems.push(`${origin} must be a whole number from 1 on, got "${text}"`);
  return {};
}

function readThrottling(
  values: {
    'throttle-on-errors': boolean;
    'heed-retry-after': boolean;
    'slow-start'?: string | undefined;
  },
  origin: string,
  problems: string[],
): Pick<CloudTasksEmulatorOptions, 'throttling'> {
  const { 'throttle-on-errors': onErrors, 'heed-retry-after': retryAfter, 'slow-start': slowStart } = values;
  const slowStartPerSecond = slowStart === undefined ? undefined : Number(slowStart);
  if (slowStartPerSecond !== undefined && !(slowStartPerSecond > 0 && slowStartPerSecond < Infinity)) {
    problems.push(`${origin} must be a rate per second above 0, got "${slowStart}"`);
  }
  if (!onErrors && !retryAfter && slowStartPerSecond === undefined) return {};
  return {
    throttling: { onErrors, retryAfter, ...(slowStartPerSecond !== undefined && { slowStartPerSecond }) },
  };
}

function readOrigin(origin: string, text: string | undefined, problems: string[]): string | undefined {
  if (text !== undefined && (!isHttpUrl(text) || text.endsWith('/'))) {
    problems.push(`${origin} must be a URL without a slash at its end, got "${text}"`);
  }
  return text;
}

function readAppEngine(
  values: {
    'app-engine-url'?: string | undefined;
    'app-engine-header': string[];
    'app-engine-host-suffix'?: string | undefined;
  },
  env: Environment,
  origin: string,
  problems: string[],
): Pick<CloudTasksEmulatorOptions, 'appEngine'> {
  const { 'app-engine-url': url, 'app-engine-host-suffix': hostSuffix } = values;
  const headers = readHeaders(values['app-engine-header'], env, problems);
  if (url === undefined) return {};
  if (!isHttpUrl(url)) problems.push(`${origin} must be a URL such as http://127.0.0.1:8080, got "${url}"`);
  return { appEngine: { url, headers, ...(hostSuffix !== undefined && { hostSuffix }) } };
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

function readFaults(
  text: string | undefined,
  origin: string,
  problems: string[],
): Pick<CloudTasksEmulatorOptions, 'faults'> {
  if (text === undefined || text === '') return {};
  try {
    return { faults: readFaultSettings(JSON.parse(text)) };
  } catch (error) {
    if (!(error instanceof FaultSettingsError || error instanceof SyntaxError)) throw error;
    problems.push(error instanceof SyntaxError ? `${origin} must be JSON: ${error.message}` : error.message);
    return {};
  }
}
