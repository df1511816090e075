import type { Firestore } from '@google-cloud/firestore';
import { setMissingExpiry } from '@waybill/orders';
import { setMissingEraseTimes } from '@waybill/task-runtime/operator';
import type { FirestoreTarget } from '../firestore-target.ts';
import { HELP, readExpiryCommandLine } from './command-line.ts';

/** The command's connections to the outside. */
export interface ExpiryCommandEffects {
  /** Creates the client of a database. */
  readonly connect: (target: FirestoreTarget) => Firestore;
  /** Standard output. */
  readonly write: (text: string) => void;
  /** Standard error. */
  readonly writeError: (text: string) => void;
}

/** Runs `set`. Never throws: errors are written, and make the exit code 1. */
export async function runExpiryCommand(
  args: readonly string[],
  { connect, write, writeError }: ExpiryCommandEffects,
): Promise<0 | 1> {
  let firestore: Firestore | undefined;
  try {
    const commandLine = readExpiryCommandLine(args);
    if (commandLine === undefined) {
      write(HELP);
      return 0;
    }
    firestore = connect(commandLine);
    for (const { collection, checked, set } of await setMissingExpiry(firestore)) {
      write(`${collection}: ${set} of ${checked} documents had no expireAt, and have it now\n`);
    }
    const { checked, set } = await setMissingEraseTimes(firestore);
    write(`tasks: ${set} of ${checked} dead letters had no eraseAt, and have it now\n`);
    return 0;
  } catch (error) {
    writeError(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await firestore?.terminate().catch(() => {});
  }
}
