import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/**
 * Thrown when the files of an open database were removed, moved or replaced: SQLite goes on writing into files that no
 * later start finds.
 */
export class DatabaseGoneError extends Error {
  override readonly name = 'DatabaseGoneError';
  readonly code = 'DATABASE_GONE';

  constructor(file: string) {
    super(
      `${file} was removed, moved or replaced while it was in use, so nothing more can be kept: end what uses it before you change its folder, then start again`,
    );
  }
}

/** The exit code of an emulator whose data is gone; whoever restarts emulators should leave this one. EX_IOERR of sysexits.h. */
export const DATABASE_GONE_EXIT_CODE = 74;

/**
 * Tells whether a database's files are still where it opened them. Who acknowledges a commit asks after it: what was
 * on the disk in its place by then is found again. Two calls of stat, a few microseconds.
 */
export class DatabaseFiles {
  /** Resolves when the files were found to be gone. */
  readonly gone: Promise<DatabaseGoneError>;
  readonly #resolveGone: (error: DatabaseGoneError) => void;
  readonly #identities = new Map<string, string>();

  /** @param database open, and written to or read from before, so that its files are there; in memory it has none */
  constructor(database: DatabaseSync) {
    const { promise, resolve } = Promise.withResolvers<DatabaseGoneError>();
    this.gone = promise;
    this.#resolveGone = resolve;
    const file = database.location();
    if (file === null) return;
    // What was committed last is in the write-ahead log alone.
    for (const each of [file, `${file}-wal`]) {
      const identity = identityOf(each);
      if (identity !== undefined) this.#identities.set(each, identity);
    }
  }

  /** @throws {DatabaseGoneError} naming the first file that is not in its place */
  assertInPlace(): void {
    for (const [file, identity] of this.#identities) {
      if (identityOf(file) === identity) continue;
      const error = new DatabaseGoneError(file);
      this.#resolveGone(error);
      throw error;
    }
  }
}

/** No other file has the same as long as this one is open, even if it has no name any more. Undefined if nothing is there. */
function identityOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
