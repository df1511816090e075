import { CommandLineError, readFlags } from '@waybill/emulator-kit';
import { checkProjectId } from '../check-project-id.ts';

export const HELP = `Usage: npm run queues -- COMMAND --project PROJECT --location LOCATION [options]

Compares the queues of a project with queue-config/queues.yaml.

  plan      show what apply would do
  apply     show it, ask, then do it; run again after a failure, it goes on where it stopped
  drift     tell where the project is not as the file says
  export    write the project's queues into the file

  --project PROJECT     the Google Cloud project
  --location LOCATION   where its queues are, e.g. europe-west1
  --endpoint HOST:PORT  an emulator, instead of Google
  --file FILE           default queue-config/queues.yaml
  --root FOLDER         the application's folder, from which FILE is named; default the present one
  --yes                 don't ask; needed where there is no terminal
  --help

Exit codes: 0 nothing to do, or done; 1 an error; 2 there are differences, or the answer was no.
`;

export const COMMANDS = ['plan', 'apply', 'drift', 'export'] as const;

/** What a command line asks for. */
export interface CommandLine {
  readonly command: (typeof COMMANDS)[number];
  readonly project: string;
  readonly location: string;
  readonly endpoint?: { readonly host: string; readonly port: number };
  readonly file: string;
  readonly yes: boolean;
}

const FLAGS = {
  project: { type: 'string' },
  location: { type: 'string' },
  endpoint: { type: 'string' },
  file: { type: 'string', default: 'queue-config/queues.yaml' },
  yes: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const HINT = 'See npm run queues -- --help.';

/**
 * Reads a command line; undefined where help is asked for.
 * @throws {CommandLineError} naming all problems at once
 */
export function readCommandLine(args: readonly string[]): CommandLine | undefined {
  const { values, positionals, problems } = readFlags(args, FLAGS, { allowPositionals: true });
  if (problems.length > 0) throw new CommandLineError(problems, HINT);
  if (values.help) return undefined;
  const [command, ...rest] = positionals;
  const known = COMMANDS.find((name) => name === command);
  if (known === undefined || rest.length > 0) {
    const got = positionals.length === 0 ? 'nothing' : `"${positionals.join(' ')}"`;
    problems.push(`the command must be one of ${COMMANDS.join(', ')}, got ${got}`);
  }
  const { project = '', location = '' } = values;
  checkProjectId(project, problems);
  if (!/^[a-z0-9-]+$/.test(location)) {
    const got = location === '' ? 'nothing' : `"${location}"`;
    problems.push(`--location must be a location such as europe-west1, got ${got}`);
  }
  const endpoint = /^(\[[0-9a-f:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/i.exec(values.endpoint ?? '');
  const port = Number(endpoint?.[2]);
  if (values.endpoint !== undefined && (endpoint === null || port < 1 || port > 65_535)) {
    problems.push(`--endpoint must be host:port, such as 127.0.0.1:8123, got "${values.endpoint}"`);
  }
  if (known === undefined || problems.length > 0) {
    throw new CommandLineError(problems, HINT);
  }
  return {
    command: known,
    project,
    location,
    ...(endpoint && { endpoint: { host: endpoint[1] ?? '', port } }),
    file: values.file,
    yes: values.yes,
  };
}
