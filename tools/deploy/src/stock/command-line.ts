import { CommandLineError, readFlags } from '@waybill/emulator-kit';
import { FIRESTORE_TARGET_FLAGS, type FirestoreTarget, readFirestoreTarget } from '../firestore-target.ts';

export const HELP = `Usage: npm run stock -- COMMAND --project PROJECT [options]

Shows and changes where the stock of products is. Workers divide the stock of a hot product over several documents.

  show     list the products whose stock is divided, or may not be divided
  gather   gather each stock in its product's document, and have workers leave it there; safe while workers run
  allow    let workers divide stock again

  --project PROJECT     the Google Cloud project
  --database DATABASE   its Firestore database, default (default)
  --endpoint HOST:PORT  an emulator, instead of Google
  --help

Exit codes: 0 done, or no stock is divided; 1 an error, run it again; 2 (show only) a stock is divided.
`;

const COMMANDS = ['show', 'gather', 'allow'] as const;

/** The command and target of a command line. */
export interface StockCommandLine extends FirestoreTarget {
  readonly command: (typeof COMMANDS)[number];
}

const FLAGS = {
  ...FIRESTORE_TARGET_FLAGS,
  help: { type: 'boolean', default: false },
} as const;

const HINT = 'See npm run stock -- --help.';

/**
 * Reads a command line; undefined where help is asked for.
 * @throws {CommandLineError} naming all problems at once
 */
export function readStockCommandLine(args: readonly string[]): StockCommandLine | undefined {
  const { values, positionals, problems } = readFlags(args, FLAGS, { allowPositionals: true });
  if (problems.length > 0) throw new CommandLineError(problems, HINT);
  if (values.help) return undefined;
  const [name, ...rest] = positionals;
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined || rest.length > 0) {
    const got = positionals.length === 0 ? 'nothing' : `"${positionals.join(' ')}"`;
    problems.push(`the command must be one of ${COMMANDS.join(', ')}, got ${got}`);
  }
  const target = readFirestoreTarget(values, problems);
  if (command === undefined || problems.length > 0) throw new CommandLineError(problems, HINT);
  return { command, ...target };
}
