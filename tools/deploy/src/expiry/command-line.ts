import { CommandLineError, readFlags } from '@waybill/emulator-kit';

export const HELP = `Usage: npm run expiry -- set --project PROJECT [options]

Gives documents of earlier versions the times at which they expire: orders, receipts and operators' actions their
expireAt, and dead letters their eraseAt. New documents have them. Safe while services run, and safe to repeat.
Costs a read for each document, and a write for each that has no time.

  --project PROJECT     the Google Cloud project
  --database DATABASE   its Firestore database, default (default)
  --endpoint HOST:PORT  an emulator, instead of Google
  --help

Exit codes: 0 done; 1 an error, run it again.
`;

/** The target of a command line. */
export interface ExpiryCommandLine {
  readonly project: string;
  readonly database: string;
  /** `host:port` of an emulator. */
  readonly endpoint?: string;
}

const FLAGS = {
  project: { type: 'string' },
  database: { type: 'string', default: '(default)' },
  endpoint: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const HINT = 'See npm run expiry -- --help.';

/**
 * Reads a command line; undefined where help is asked for.
 * @throws {CommandLineError} naming all problems at once
 */
export function readExpiryCommandLine(args: readonly string[]): ExpiryCommandLine | undefined {
  const { values, positionals, problems } = readFlags(args, FLAGS, { allowPositionals: true });
  if (problems.length > 0) throw new CommandLineError(problems, HINT);
  if (values.help) return undefined;
  const { project = '', database, endpoint } = values;
  if (positionals.join(' ') !== 'set') {
    const got = positionals.length === 0 ? 'nothing' : `"${positionals.join(' ')}"`;
    problems.push(`the command must be set, got ${got}`);
  }
  if (!/^[A-Za-z0-9:.-]+$/.test(project)) {
    problems.push(`--project must be a project's id, got ${project === '' ? 'nothing' : `"${project}"`}`);
  }
  if (endpoint !== undefined && !/^(\[[0-9a-f:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/i.test(endpoint)) {
    problems.push(`--endpoint must be host:port, such as 127.0.0.1:8080, got "${endpoint}"`);
  }
  if (problems.length > 0) throw new CommandLineError(problems, HINT);
  return { project, database, ...(endpoint !== undefined && { endpoint }) };
}
