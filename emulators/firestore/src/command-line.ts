import type { ParseArgsOptionsConfig } from 'node:util';
import {
  CommandLineError,
  type FlagProblem,
  type ListenOptions,
  listenFlags,
  readFlags,
  readListenOptions,
} from '@waybill/emulator-kit';

export const HELP = `Firestore on this machine, for the official clients: set FIRESTORE_EMULATOR_HOST to its address.

Options:
  --host HOST     where to listen; default 127.0.0.1
  --port PORT     default 8900; 0 takes any free port
  --data-dir DIR  keep the data there, over restarts and kill -9; default: in memory only
  --help          show this
`;

/** What a command line asks for. */
export type CommandLine = { readonly help: true } | { readonly help: false; readonly options: ListenOptions };

const FLAGS = {
  ...listenFlags('8900'),
  help: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

/** @throws {CommandLineError} naming all problems at once */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, problems } = readFlags(args, FLAGS, { describe: describeProblem });
  if (values.help) return { help: true };
  for (const [name, value] of Object.entries(values)) {
    if (value === '') problems.push(`--${name} needs a value`);
  }
  const options = readListenOptions(values, problems);
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  return { help: false, options };
}

function describeProblem({ kind, name, message }: FlagProblem): string {
  if (kind === 'unknown flag') return `unknown option ${name}`;
  if (kind === 'positional not expected') return `unknown argument "${name}"`;
  return kind === 'value missing' ? `${name} needs a value` : message;
}
