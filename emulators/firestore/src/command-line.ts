import type { ParseArgsOptionsConfig } from 'node:util';
import {
  CommandLineError,
  type FlagProblem,
  type ListenOptions,
  listenFlags,
  readFlags,
  readListenOptions,
} from '@waybill/emulator-kit';
import { type RerunSettings, RerunSettingsError, readRerunSettings } from './transactions/rerun-plan.ts';

export const HELP = `Firestore on this machine, for the official clients: set FIRESTORE_EMULATOR_HOST to its address.

Options:
  --host HOST     where to listen; default 127.0.0.1
  --port PORT     default 8900; 0 takes any free port
  --allow-host NAME  answer requests to this host too, such as the name of its container; may be repeated
  --data-dir DIR  keep the data there, over restarts and kill -9; default: in memory only
  --faults JSON   abort read-write transactions at their first commit, each once, so that their functions run twice:
                  {"seed":1,"rerunShare":0.2}; the share is from 0 to 1
  --help          show this

Environment:
  EMULATOR_ALLOW_HOST        as --allow-host; names are separated by commas
  FIRESTORE_EMULATOR_FAULTS  as --faults
`;

/** What a command line asks for. */
export type CommandLine =
  | { readonly help: true }
  | { readonly help: false; readonly options: ListenOptions & { readonly faults?: RerunSettings } };

const FLAGS = {
  ...listenFlags('8900'),
  faults: { type: 'string' },
  help: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

/** @throws {CommandLineError} naming all problems at once */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const { values, problems } = readFlags(args, FLAGS, { describe: describeProblem });
  if (values.help) return { help: true };
  for (const [name, value] of Object.entries(values)) {
    if (value === '') problems.push(`--${name} needs a value`);
  }
  const options = readListenOptions(values, environment, problems);
  const faults = readFaults(values.faults ?? environment['FIRESTORE_EMULATOR_FAULTS'], problems);
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  return { help: false, options: { ...options, ...(faults !== undefined && { faults }) } };
}

function readFaults(text: string | undefined, problems: string[]): RerunSettings | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return readRerunSettings(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof RerunSettingsError || error instanceof SyntaxError)) throw error;
    problems.push(error instanceof SyntaxError ? `--faults must be JSON: ${error.message}` : error.message);
    return undefined;
  }
}

function describeProblem({ kind, name, message }: FlagProblem): string {
  if (kind === 'unknown flag') return `unknown option ${name}`;
  if (kind === 'positional not expected') return `unknown argument "${name}"`;
  return kind === 'value missing' ? `${name} needs a value` : message;
}
