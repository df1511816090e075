import { CommandLineError, readFlags } from '@waybill/emulator-kit';
import { FIRESTORE_TARGET_FLAGS, type FirestoreTarget, readFirestoreTarget } from '../firestore-target.ts';

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

const FLAGS = {
  ...FIRESTORE_TARGET_FLAGS,
  help: { type: 'boolean', default: false },
} as const;

const HINT = 'See npm run expiry -- --help.';

/**
 * Reads a command line; undefined where help is asked for.
 * @throws {CommandLineError} naming all problems at once
 */
export function readExpiryCommandLine(args: readonly string[]): FirestoreTarget | undefined {
  const { values, positionals, problems } = readFlags(args, FLAGS, { allowPositionals: true });
  if (problems.length > 0) throw new CommandLineError(problems, HINT);
  if (values.help) return undefined;
  if (positionals.join(' ') !== 'set') {
    const got = positionals.length === 0 ? 'nothing' : `"${positionals.join(' ')}"`;
    problems.push(`the command must be set, got ${got}`);
  }
  const target = readFirestoreTarget(values, problems);
  if (problems.length > 0) throw new CommandLineError(problems, HINT);
  return target;
}
