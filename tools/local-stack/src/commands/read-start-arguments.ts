import { CommandLineError, readAllowedHosts } from '@waybill/emulator-kit';
import { TASK_TARGETS, type TaskTargetName } from '../services/http-tasks.ts';
import { readCommandLine } from './command-line.ts';

/** The command line of `npm start`, defaults filled in. */
export interface StartArguments {
  /** The front door's port; 0 takes a free one, here and below. */
  readonly port: number;
  /** Cloud Tasks (gRPC and REST). */
  readonly tasksPort: number;
  readonly firestorePort: number;
  readonly smtpPort: number;
  /** Folder of orders, tasks, charges and mails; relative to the current folder. */
  readonly dataDir: string;
  /** How tasks get to the worker. */
  readonly taskTarget: TaskTargetName;
  /** Start with an empty data folder. */
  readonly fresh: boolean;
  /** Run the services from .stage/ instead of their sources. */
  readonly staged: boolean;
  /** Open a debugger port in each service's process. */
  readonly inspect: boolean;
  /** Host names that requests may carry beside `localhost` and loopback addresses. */
  readonly allowHosts: readonly string[];
  readonly help: boolean;
}

/** The ports by flag, with their defaults, as `--help` lists them. */
export const PORT_FLAGS = {
  port: { default: 8080, description: 'front door of App Engine: the services, each by its host name' },
  'tasks-port': { default: 8123, description: 'Cloud Tasks (gRPC and REST)' },
  'firestore-port': { default: 8900, description: 'Firestore (gRPC)' },
  'smtp-port': { default: 1025, description: 'SMTP: the local mailbox' },
} as const;

type PortFlag = keyof typeof PORT_FLAGS;

const portNames = Object.keys(PORT_FLAGS) as PortFlag[];
const KNOWN_FLAGS = {
  withValue: [...portNames, 'data-dir', 'task-target', 'allow-host'],
  withoutValue: ['fresh', 'staged', 'inspect', 'help'],
};

/** Output of `--help`. */
export const START_HELP = `Starts the whole system on this machine: npm start -- [flags]

${portNames.map((name) => flagLine(`--${name} N`, `${PORT_FLAGS[name].description}; default ${PORT_FLAGS[name].default}`)).join('\n')}
${flagLine('--data-dir FOLDER', 'where orders, tasks, charges and mails are kept; default .waybill')}
${flagLine('--task-target http', 'tasks come over HTTP with ID tokens, as on Cloud Run; use --fresh when you change it')}
${flagLine('--allow-host NAMES', 'answer requests to these hosts too, separated by commas; or EMULATOR_ALLOW_HOST')}
${flagLine('--root FOLDER', 'the application, the folder with apps/ in it; default this repository')}
${flagLine('--fresh', 'empty that folder first')}
${flagLine('--staged', 'run what is deployed: the folders of npm run stage, not the sources')}
${flagLine('--inspect', 'open a Node debugger port per service, from 127.0.0.1:9229 on, and print them')}
${flagLine('--help', 'print this and end')}

A port 0 takes a free one. While it runs, from another terminal:
${flagLine('npm run clock -- advance 24h', 'move the clock ahead')}
${flagLine('npm run mail', 'list the mails that were sent')}
Ctrl-C ends everything; the next start goes on where it stopped.
`;

function flagLine(flag: string, description: string): string {
  return `  ${flag.padEnd(30)} ${description}`;
}

/**
 * Reads the command line.
 * @param args without node and the script
 * @param environment where npm leaves flags that it kept for itself
 * @throws {CommandLineError} naming every unknown flag and every bad value at once
 */
export function readStartArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): StartArguments {
  const { values, set, positionals, problems } = readCommandLine(args, environment, KNOWN_FLAGS);
  for (const positional of positionals) problems.push(`"${positional}" is not expected: only flags are`);
  const ports = Object.fromEntries(
    portNames.map((name) => [name, readPort(name, values.get(name), problems)]),
  ) as Record<PortFlag, number>;
  namePortsGivenTwice(ports, problems);
  const dataDir = values.get('data-dir') ?? '.waybill';
  const targetText = values.get('task-target') ?? 'app-engine';
  const taskTarget = TASK_TARGETS.find((name) => name === targetText);
  if (taskTarget === undefined) {
    problems.push(`--task-target must be one of ${TASK_TARGETS.join(', ')}, got "${targetText}"`);
  }
  const names = values.get('allow-host')?.split(',') ?? [];
  const allowHosts = readAllowedHosts(names, environment, problems);
  if (problems.length > 0 || taskTarget === undefined) throw new CommandLineError(problems);
  return {
    port: ports['port'],
    tasksPort: ports['tasks-port'],
    firestorePort: ports['firestore-port'],
    smtpPort: ports['smtp-port'],
    dataDir,
    taskTarget,
    fresh: set.has('fresh'),
    staged: set.has('staged'),
    inspect: set.has('inspect'),
    allowHosts,
    help: set.has('help'),
  };
}

function readPort(name: PortFlag, text: string | undefined, problems: string[]): number {
  if (text === undefined) return PORT_FLAGS[name].default;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  problems.push(`--${name} must be a whole number from 0 to 65535, got "${text}"`);
  return 0;
}

function namePortsGivenTwice(ports: Record<PortFlag, number>, problems: string[]): void {
  for (const [index, name] of portNames.entries()) {
    const other = portNames.slice(0, index).find((earlier) => ports[earlier] === ports[name]);
    if (other !== undefined && ports[name] !== 0) {
      problems.push(`--${other} and --${name} are both ${ports[name]}: give one of them another`);
    }
  }
}
