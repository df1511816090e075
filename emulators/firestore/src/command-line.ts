import type { ParseArgsOptionsConfig } from 'node:util';
import {
  CommandLineError,
  type Environment,
  type FlagProblem,
  flagsFromEnvironment,
  type ListenOptions,
  listenFlags,
  readFlags,
  readListenOptions,
} from '@waybill/emulator-kit';
import { type RerunSettings, RerunSettingsError, readRerunSettings } from './transactions/rerun-plan.ts';

export const HELP = `Usage: firestore-emulator [options]

Firestore on this machine, for the official clients: set FIRESTORE_EMULATOR_HOST to its address.

  --host HOST        where to listen (default 127.0.0.1)
  --port PORT        default 8900; 0 for any free one
  --allow-host NAME  answer requests to this host too, such as the name of its container; may be given more than once
                     (default: localhost and loopback addresses)
  --data-dir DIR     keep the data there, over restarts and kill -9 (default: in memory)
  --indexes FILE     refuse queries that the indexes of this firestore.indexes.json do not serve, as production does
  --import DIR       set the documents of a folder that an export wrote, at the start
  --export-on-exit DIR
                     export all documents into that folder at the end
  --faults JSON      abort read-write transactions at their first commit, each once, so that their functions run twice:
                     {"seed":1,"rerunShare":0.2}; the share is from 0 to 1
  --version
  --help

Environment, where the command line says nothing:
  FIRESTORE_EMULATOR_PORT, FIRESTORE_EMULATOR_DATA_DIR, … each option by its name
  FIRESTORE_EMULATOR_HOST      HOST or HOST:PORT, as clients read it
  EMULATOR_ALLOW_HOST          as --allow-host, for every emulator; names are separated by commas
  EMULATOR_EXIT_WITH_PARENT=1  end when stdin closes
`;

/** What a command line asks for. */
export type CommandLine =
  | { readonly help: true }
  | { readonly help: false; readonly version: true; readonly options?: never }
  | {
      readonly help: false;
      readonly version?: never;
      readonly options: ListenOptions & {
        readonly faults?: RerunSettings;
        readonly indexes?: string;
        readonly importDir?: string;
        readonly exportDir?: string;
      };
    };

const FLAGS = {
  ...listenFlags('8900'),
  indexes: { type: 'string' },
  import: { type: 'string' },
  'export-on-exit': { type: 'string' },
  faults: { type: 'string' },
  version: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

/** @throws {CommandLineError} naming all problems at once */
export function readCommandLine(args: readonly string[], env: Environment): CommandLine {
  const completed = flagsFromEnvironment(args, FLAGS, {
    env,
    prefix: 'FIRESTORE_EMULATOR',
    except: ['version', 'help'],
  });
  const { originOf } = completed;
  const { values, problems: flagProblems } = readFlags(completed.args, FLAGS, { describe: describeProblem });
  if (values.help) return { help: true };
  if (values.version) return { help: false, version: true };
  const problems = [...completed.problems, ...flagProblems];
  for (const [name, value] of Object.entries(values)) {
    if (value === '') problems.push(`--${name} needs a value`);
  }
  const options = readListenOptions(values, env, problems, originOf);
  const faults = readFaults(values.faults, originOf('faults'), problems);
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  const { indexes, import: importDir, 'export-on-exit': exportDir } = values;
  return {
    help: false,
    options: {
      ...options,
      ...(faults !== undefined && { faults }),
      ...(indexes !== undefined && { indexes }),
      ...(importDir !== undefined && { importDir }),
      ...(exportDir !== undefined && { exportDir }),
    },
  };
}

function readFaults(text: string | undefined, origin: string, problems: string[]): RerunSettings | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return readRerunSettings(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof RerunSettingsError || error instanceof SyntaxError)) throw error;
    problems.push(error instanceof SyntaxError ? `${origin} must be JSON: ${error.message}` : error.message);
    return undefined;
  }
}

function describeProblem({ kind, name, message }: FlagProblem): string {
  if (kind === 'unknown flag') return `unknown option ${name}`;
  if (kind === 'positional not expected') return `unknown argument "${name}"`;
  return kind === 'value missing' ? `${name} needs a value` : message;
}
